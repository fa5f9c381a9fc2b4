import { type NdArray, ndarray } from "../deps/ndarray.ts";
import type { Topology } from "./topology.ts";

/** A named part of a mesh's boundary. */
export interface MeshBoundary {
  /** The name of the boundary. */
  /** Unique among the boundaries of the mesh. */
  readonly name: string;
  /** How many facets it has. */
  readonly count: number;
  /** Node ids, `[count, dim]`: a copy. */
  readonly facets: NdArray<Int32Array>;
}

/** What users see of the boundaries of a topology. */
export function describeBoundaries(
  { boundaries, dim }: Topology,
): ReadonlyMap<string, MeshBoundary> {
  const entries = [...boundaries].map(([name, nodes]): [string, MeshBoundary] => {
    const count = nodes.length / dim;
    return [name, { name, count, facets: ndarray(nodes.slice(), [count, dim]) }];
  });
  return new Map(entries);
}
