/**
 * The mid-side nodes of cells of order 2.
 *
 * @module
 */
import { MeshFormatError } from "../../errors.ts";
import type { EdgeMiddles } from "../mesh_data.ts";
import { type Cells, flatness } from "./cells.ts";
import type { RawMesh } from "./raw_mesh.ts";

/** The ends of Gmsh's mid-side nodes: in a tetrahedron the last two are the other way round than VTK's. */
const ends = {
  2: [0, 1, 1, 2, 2, 0],
  3: [0, 1, 1, 2, 2, 0, 3, 0, 2, 3, 1, 3],
} as const;

/** Middles of edges, and how many nodes of the file they are. */
export interface FoundMiddles extends EdgeMiddles {
  /** Nodes that are in the middle of edges and are not corners of cells. */
  readonly nodeCount: number;
  /** Nodes that are in the middle of an edge of one cell, and a corner of another one. */
  readonly hangingCount: number;
}

/**
 * The mid-side nodes of a mesh, each edge once.
 *
 * @throws {MeshFormatError} when one is not finite or not in the plane of the mesh, or two cells have different
 *   ones on an edge that they share.
 */
export function makeMiddles(raw: RawMesh, cells: Cells, path: string): FoundMiddles {
  const { dim, newIds } = cells, list = dim === 3 ? raw.tetrahedra : raw.triangles;
  const { middles, edges: sides, corners } = list, pairs = ends[dim];
  const places = new Map<string, number>(), edges: number[] = [];
  for (let i = 0; i < list.count * sides && middles.length > 0; i++) {
    if (middles[i] < 0) continue;
    const element = Math.floor(i / sides), side = 2 * (i % sides);
    const [a, b] = [pairs[side], pairs[side + 1]]
      .map((k) => newIds[list.nodes[element * corners + k]]).sort((p, q) => p - q);
    const key = `${a} ${b}`, known = places.get(key);
    if (known === undefined) {
      places.set(key, middles[i]);
      edges.push(a, b);
    } else if (known !== middles[i]) {
      const tags = [known, middles[i]].map((place) => raw.nodes!.tags[place]).join(" and ");
      throw new MeshFormatError(
        path,
        `${path}: element ${
          list.tags[element]
        } shares an edge with another element, but the nodes in its middle ` +
          `are ${tags}; mesh the geometry again`,
      );
    }
  }
  const nodes = Int32Array.from(places.values());
  const points = positionsOf(raw, nodes, dim, planeOf(raw, cells), path);
  const all = new Set(nodes), hangingCount = [...all].filter((node) => newIds[node] >= 0).length;
  return {
    edges: Int32Array.from(edges),
    points,
    nodeCount: all.size - hangingCount,
    hangingCount,
  };
}

/** The height of a plane mesh and how far from it a node may be; null in 3-D. */
function planeOf({ nodes }: RawMesh, { dim, coordinates, newIds }: Cells) {
  if (dim === 3) return null;
  let low = Infinity, high = -Infinity;
  for (const x of coordinates) {
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  const first = newIds.findIndex((id) => id >= 0);
  return { z: nodes!.coordinates[3 * first + 2], slack: flatness * (high - low) };
}

function positionsOf(
  { nodes }: RawMesh,
  places: Int32Array,
  dim: 2 | 3,
  plane: { readonly z: number; readonly slack: number } | null,
  path: string,
): Float64Array {
  const { coordinates: x, tags } = nodes!, out = new Float64Array(places.length * dim);
  for (let n = 0; n < places.length; n++) {
    const at = x.subarray(3 * places[n], 3 * places[n] + 3);
    const isFlat = plane === null || Math.abs(at[2] - plane.z) <= plane.slack;
    if (!at.every(Number.isFinite) || !isFlat) {
      const why = isFlat ? "" : ", and the mesh is in a plane z = constant";
      throw new MeshFormatError(
        path,
        `${path}: node ${tags[places[n]]} is at (${at.join(", ")})${why}`,
      );
    }
    for (let d = 0; d < dim; d++) out[n * dim + d] = at[d];
  }
  return out;
}
