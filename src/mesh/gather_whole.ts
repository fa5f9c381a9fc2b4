/**
 * The mesh of all ranks, put together again from the parts that they own.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import type { IndexMap } from "./index_map.ts";
import type { RankMesh } from "./rank_mesh.ts";
import { Topology } from "./topology.ts";

/** The topology of all ranks, on every rank. Collective. */
export function gatherTopology(part: RankMesh, comm: Comm): Topology {
  const { data: { dim, cells, boundaries, regions, forest }, nodes, twins } = part;
  const corners = dim + 1, { owned } = part.cells;
  const globalNodes = cells.slice(0, owned * corners);
  for (let i = 0; i < globalNodes.length; i++) globalNodes[i] = nodes.ids[globalNodes[i]];
  const lists = new Map<string, Int32Array>();
  for (const [name, facets] of boundaries) {
    const own = ownFacets(part, name), ids = own.map((f) => part.boundaryRows(name)[f]);
    const rows = new Int32Array(own.length * dim);
    for (let i = 0; i < rows.length; i++) {
      rows[i] = nodes.ids[facets[own[(i / dim) | 0] * dim + i % dim]];
    }
    lists.set(name, ordered(comm.allgatherv(ids), comm.allgatherv(rows), dim));
  }
  const all = new Map<string, Int32Array>();
  for (const [name, here] of regions) {
    const own = here.filter((cell) => cell < owned).map((cell) => part.cells.ids[cell]);
    all.set(name, comm.allgatherv(own).sort());
  }
  const bytes = (of: Uint8Array) => gatherThings(part.cells, of.slice(0, owned), 1, comm);
  return new Topology({
    dim,
    nodeCount: nodes.globalCount,
    cells: gatherThings(part.cells, globalNodes, corners, comm),
    boundaries: lists,
    regions: all,
    forest: forest ? { labels: bytes(forest.labels), levels: bytes(forest.levels) } : null,
    twins,
  });
}

/**
 * The rows of all owners by global id, `[globalCount x width]`. Collective.
 *
 * @param own of owned things, `[owned x width]`.
 */
export function gatherThings<T extends TypedArray>(
  { ids, owned }: IndexMap,
  own: T,
  width: number,
  comm: Comm,
): T {
  return gatherInOrder(ids.slice(0, owned), own, width, comm);
}

/**
 * The rows of all ranks in the order of their numbers, of which each is there once, and none between is missing.
 * Collective.
 *
 * @param own `[numbers x width]`.
 */
export function gatherInOrder<T extends TypedArray>(
  numbers: Int32Array,
  own: T,
  width: number,
  comm: Comm,
): T {
  return ordered(comm.allgatherv(numbers), comm.allgatherv(own), width);
}

/** Which facets of a boundary are of cells that this rank owns. */
function ownFacets(part: RankMesh, name: string): Int32Array {
  const { cells, rows } = part.boundary(name);
  return Int32Array.from(rows.keys()).filter((f) => cells[f] < part.cells.owned);
}

/** Rows in the order of their ids, of which there are none between. */
function ordered<T extends TypedArray>(ids: Int32Array, rows: T, width: number): T {
  const out = rows.slice() as T, from = rows as Int32Array, to = out as Int32Array;
  for (let i = 0; i < ids.length; i++) {
    for (let k = 0; k < width; k++) to[ids[i] * width + k] = from[i * width + k];
  }
  return out;
}
