/**
 * The data that a rank's piece of a view takes from other ranks: the values of ghosts as their
 * owners have them, and the numbers of edges that other ranks own. Captures keep the ghost values
 * of the rank, but a view shows every value once, and therefore shows the owner's.
 *
 * @module
 */
import { wordsOf } from "../../arrays.ts";
import { placeOf } from "../../mesh/ascending.ts";
import { type Collective, exchanged, gathered } from "../lockstep.ts";
import { dofsPerCell } from "../../mesh/dof_map.ts";
import type { EdgeList } from "../../mesh/edge_table.ts";
import { owningCells } from "../../mesh/owning_cells.ts";
import { quadraticCellsOf, type ShownEdges } from "./cells.ts";

/** The routes by which requested rows travel between ranks. */
export interface Routes {
  /** The rows that this rank sends, by receiver. */
  readonly out: readonly Int32Array[];
  /** The positions in this rank's request that the received rows fill, by sender. */
  readonly into: readonly Int32Array[];
}

/**
 * Finds the rank that has each requested key; at most one rank has each.
 *
 * @param find returns this rank's row for a key, or -1 if it has none.
 */
export function* routesOf(asked: Float64Array, find: (key: number) => number): Collective<Routes> {
  const out: Int32Array[] = [], places: Int32Array[] = [];
  for (const keys of yield* gathered(asked)) {
    const rows = Int32Array.from(keys, find);
    places.push(Int32Array.from(rows.keys()).filter((i) => rows[i] >= 0));
    out.push(rows.filter((row) => row >= 0));
  }
  return { out, into: yield* exchanged(places) };
}

/** Copies the requested rows into `into`, bit by bit; null stands for zeros. */
export function* fetchRows(
  routes: Routes,
  data: Float64Array | null,
  width: number,
  into: Float64Array,
): Collective<void> {
  const row = 2 * width, from = data === null ? null : wordsOf(data), to = wordsOf(into);
  const parts = routes.out.map((rows) => {
    const words = new Uint32Array(rows.length * row);
    if (from === null) return words;
    for (let i = 0; i < rows.length; i++) {
      for (let k = 0; k < row; k++) words[i * row + k] = from[rows[i] * row + k];
    }
    return words;
  });
  const arrived = yield* exchanged(parts);
  routes.into.forEach((places, rank) => {
    for (let i = 0; i < places.length; i++) {
      for (let k = 0; k < row; k++) to[places[i] * row + k] = arrived[rank][i * row + k];
    }
  });
}

/** The part of a mesh that a rank has, by global ids; owned items come first. */
export interface ViewPart {
  readonly nodeIds: Int32Array;
  readonly cellIds: Int32Array;
  /** The ids of the degrees of freedom of degree 2: nodes keep their own ids, and edges follow. */
  readonly dofIds: Int32Array | null;
  readonly ownedDofs: number;
  readonly globalNodes: number;
}

/** Quadratic cells: their connectivity in the order of dofs, and the edges in the same order. */
export interface Quadratic {
  /** `[owned cells x (6 or 10)]`. */
  readonly connectivity: Int32Array;
  readonly edges: ShownEdges;
  readonly ownedEdges: number;
}

/** The cells and nodes of a rank. */
export interface RankCells {
  readonly dim: 2 | 3;
  readonly cells: Int32Array;
  readonly ownedCells: number;
  readonly nodeCount: number;
  readonly ownedNodes: number;
}

/**
 * Numbers the edges of a rank's cells in the order of its degrees of freedom of degree 2: its own
 * edges by their first cell, then ghosts by global id, which their owners find by the two nodes.
 *
 * @throws {Error} on all ranks, when the ids do not belong to these cells.
 */
export function* quadraticOf(corners: RankCells, part: ViewPart): Collective<Quadratic> {
  const { dim, cells, nodeCount, ownedNodes, ownedCells } = corners;
  const { edges, connectivity: local } = quadraticCellsOf(cells, dim, nodeCount);
  const { nodeIds, ownedDofs, globalNodes } = part;
  const dofIds = part.dofIds ?? new Int32Array(0);
  const places = ownPlaces(edges, corners, part);
  const keyAt = (edge: number): number => {
    const a = nodeIds[edges.nodes[2 * edge]], b = nodeIds[edges.nodes[2 * edge + 1]];
    return Math.min(a, b) * globalNodes + Math.max(a, b);
  };
  const own = new Map<number, number>(), ghosts: number[] = [];
  places.forEach((place, edge) => place < 0 ? ghosts.push(edge) : own.set(keyAt(edge), place));
  const routes = yield* routesOf(Float64Array.from(ghosts, keyAt), (key) => own.get(key) ?? -1);
  const ids = new Float64Array(ghosts.length).fill(-1);
  const ownIds = Float64Array.from(dofIds.subarray(ownedNodes, ownedDofs));
  yield* fetchRows(routes, ownIds, 1, ids);
  const later = dofIds.subarray(ownedDofs), ghostNodes = nodeCount - ownedNodes;
  let fits = own.size === ownIds.length;
  ghosts.forEach((edge, i) => {
    const place = placeOf(later, ids[i]);
    fits &&= place >= ghostNodes;
    places[edge] = own.size + place - ghostNodes;
  });
  if ((yield* gathered(fits)).includes(false)) {
    throw new Error("the ids of a mesh on several ranks do not belong to its cells");
  }
  const nodes = new Int32Array(2 * edges.count);
  places.forEach((place, edge) =>
    nodes.set(edges.nodes.subarray(2 * edge, 2 * edge + 2), 2 * place)
  );
  const dofAt = (i: number): number => {
    if (i < nodeCount) return i < ownedNodes ? i : i - ownedNodes + ownedDofs;
    const place = places[i - nodeCount];
    return place < own.size ? ownedNodes + place : place - own.size + ownedDofs + ghostNodes;
  };
  const count = ownedCells * dofsPerCell(dim, 2);
  const connectivity = local.subarray(0, count).map(dofAt);
  return { connectivity, edges: { count: edges.count, nodes }, ownedEdges: own.size };
}

/** The position of each edge among those that this rank owns; -1 for others. */
function ownPlaces(
  { count, cellEdges }: EdgeList,
  { ownedCells }: RankCells,
  { cellIds }: ViewPart,
): Int32Array {
  const sides = cellEdges.length / cellIds.length;
  let next = 0;
  return owningCells(cellEdges, sides, count, cellIds)
    .map((cell) => cell < ownedCells ? next++ : -1);
}
