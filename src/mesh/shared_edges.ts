/**
 * Edges over ranks, with the ids that they have in the whole mesh: the order in which they first appear in its cells.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { findEdges } from "./edge_table.ts";
import { Halo } from "./halo.ts";
import { IndexMap } from "./index_map.ts";
import type { CellRows } from "./neighbours.ts";
import { owningCells } from "./owning_cells.ts";
import { localEdges } from "./simplex.ts";
import { sumsBefore } from "./sums_before.ts";

/** The edges of one rank's cells. */
export interface SharedEdges {
  readonly indexMap: IndexMap;
  /** `[cellCount x 3 or 6]`, in the order of `localEdges`. */
  readonly cellEdges: Int32Array;
  /** The two vertices of every edge, `[count x 2]`, the one with the lower global id first. */
  readonly ends: Int32Array;
}

/**
 * Numbers the edges of a rank's cells. Collective.
 *
 * @param rows the cells of this rank by its own numbers of vertices.
 * @param vertexIds the global ids of these vertices.
 */
export function shareEdges(
  rows: CellRows,
  cells: IndexMap,
  vertexIds: Int32Array,
  comm: Comm,
): SharedEdges {
  const { count, cellEdges, nodes } = findEdges(rows);
  const sides = localEdges(rows.dim).length / 2, { owned } = cells, halo = Halo.of(cells, comm);
  const deciding = owningCells(cellEdges, sides, count, cells.ids);
  const firsts = new Int32Array(owned);
  for (let i = 0; i < owned * sides; i++) {
    const cell = (i / sides) | 0;
    if (deciding[cellEdges[i]] === cell) firsts[cell]++;
  }
  const { before, total } = sumsBefore(cells.ids.slice(0, owned), cells.globalCount, firsts, comm);
  const ids = new Int32Array(count).fill(-1), owners = new Int32Array(count);
  const table = new Float64Array(cells.count * 2 * sides).fill(-1);
  for (let i = 0; i < owned * sides; i++) {
    const cell = (i / sides) | 0, edge = cellEdges[i];
    if (deciding[edge] !== cell) continue;
    ids[edge] = before[cell]++;
    owners[edge] = comm.rank;
  }
  // First come the edges that are first seen in cells of others, then those of ghosts that no own cell has.
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < owned * sides; i++) {
      table[2 * i] = ids[cellEdges[i]];
      table[2 * i + 1] = owners[cellEdges[i]];
    }
    halo.sync(table, 2 * sides);
    for (let i = owned * sides; i < cellEdges.length; i++) {
      const edge = cellEdges[i];
      if (ids[edge] >= 0 || table[2 * i] < 0) continue;
      ids[edge] = table[2 * i];
      owners[edge] = table[2 * i + 1];
    }
  }
  const { map, locals } = IndexMap.sorted({ ids, owners, globalCount: total }, comm);
  const ends = new Int32Array(2 * count);
  for (let e = 0; e < count; e++) {
    const a = nodes[2 * e], b = nodes[2 * e + 1], inOrder = vertexIds[a] < vertexIds[b];
    ends[2 * locals[e]] = inOrder ? a : b;
    ends[2 * locals[e] + 1] = inOrder ? b : a;
  }
  return { indexMap: map, cellEdges: cellEdges.map((edge) => locals[edge]), ends };
}
