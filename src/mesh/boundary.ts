import { type NdArray, ndarray } from "../deps/ndarray.ts";
import type { Topology } from "./topology.ts";

/** A named part of a mesh's boundary. */
export interface MeshBoundary {
  /** Unique among the boundaries of the mesh. */
  readonly name: string;
  /** How many facets it has. */
  readonly count: number;
  /** Node ids, `[count, dim]`: a copy, made at each call. */
  readonly facets: NdArray<Int32Array>;
}

/** What users see of the boundaries of a topology. */
export function describeBoundaries(
  { boundaries, dim }: Topology,
): ReadonlyMap<string, MeshBoundary> {
  return new Map([...boundaries].map(([name, nodes]): [string, MeshBoundary] => {
    const count = nodes.length / dim;
    const boundary = {
      name,
      count,
      get facets(): NdArray<Int32Array> {
        return ndarray(nodes.slice(), [count, dim]);
      },
    };
    return [name, boundary];
  }));
}
