/**
 * The mesh of all ranks, put together again from the parts that they own.
 *
 * @module
 */
import { bytesOf, type TypedArray, wordsOf } from "../arrays.ts";
import { onFirst } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { wordsPerRow } from "../snapshot/assemble.ts";
import { Geometry } from "./geometry.ts";
import type { IndexMap } from "./index_map.ts";
import type { RankMesh } from "./rank_mesh.ts";
import { storedMiddles } from "./stored_middles.ts";
import { Topology, type TopologyData } from "./topology.ts";

/** Puts the arrays of all ranks one behind the other, by rank. */
export type Gathers = Pick<Comm, "allgatherv">;

/** Gathers on the first rank only: the others get nothing. Collective. */
export function toFirst(comm: Comm): Gathers {
  return {
    allgatherv<T extends TypedArray>(own: T): T {
      const none = own.slice(0, 0) as T;
      const parts = Array.from({ length: comm.size }, (_, rank) => (rank === 0 ? own : none));
      const arrived = comm.alltoallv(parts);
      const make = own.constructor as new (length: number) => T;
      const out = new make(arrived.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const list of arrived) {
        bytesOf(out).set(bytesOf(list), at);
        at += list.byteLength;
      }
      return out;
    },
  };
}

/** The topology of all ranks on the first one, null on the others. Collective. */
export function topologyOnFirst(part: RankMesh, comm: Comm): Topology | null {
  const data = gatherTopologyData(part, toFirst(comm));
  return onFirst(comm, () => new Topology(data));
}

/**
 * The mesh of all ranks on the first one, null on the others; on one rank the mesh itself. Collective.
 */
export function wholeOnFirst(geometry: Geometry, comm: Comm): Geometry | null {
  const { topology: { rankMesh, dim }, coordinates, middles } = geometry;
  if (rankMesh === null) return geometry;
  const first = toFirst(comm), data = gatherTopologyData(rankMesh, first), { nodes } = rankMesh;
  const all = gatherThings(nodes, coordinates.slice(0, nodes.owned * dim), dim, first);
  const curved = middles === null
    ? null
    : gatherThings(rankMesh.edges, ownMiddles(geometry, rankMesh.edges), dim, first);
  return onFirst(comm, () => new Geometry(new Topology(data), all, curved));
}

/** Where the mid-side nodes of this rank are, `[owned x dim]`. */
function ownMiddles(geometry: Geometry, { owned }: IndexMap): Float64Array {
  return storedMiddles(geometry).slice(0, owned * geometry.topology.dim);
}

/** The topology of all ranks, where they are gathered. Collective. */
export function gatherTopologyData(part: RankMesh, comm: Gathers): TopologyData {
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
  return {
    dim,
    nodeCount: nodes.globalCount,
    cells: gatherThings(part.cells, globalNodes, corners, comm),
    boundaries: lists,
    regions: all,
    forest: forest ? { labels: bytes(forest.labels), levels: bytes(forest.levels) } : null,
    twins,
  };
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
  comm: Gathers,
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
  comm: Gathers,
): T {
  return ordered(comm.allgatherv(numbers), comm.allgatherv(own), width);
}

/** Which facets of a boundary are of cells that this rank owns. */
function ownFacets(part: RankMesh, name: string): Int32Array {
  const { cells, rows } = part.boundary(name);
  return Int32Array.from(rows.keys()).filter((f) => cells[f] < part.cells.owned);
}

/** Rows in the order of their ids, of which there are none between, with their exact bits. */
function ordered<T extends TypedArray>(ids: Int32Array, rows: T, width: number): T {
  const out = rows.slice() as T, from = wordsOf(rows), to = wordsOf(out);
  const size = wordsPerRow(rows, width);
  for (let i = 0; i < ids.length; i++) {
    for (let k = 0; k < size; k++) to[ids[i] * size + k] = from[i * size + k];
  }
  return out;
}
