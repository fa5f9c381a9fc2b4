/**
 * The connected pieces of a mesh that is divided among ranks.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { DisjointSets } from "./disjoint_sets.ts";
import { Halo } from "./halo.ts";
import type { IndexMap } from "./index_map.ts";
import type { CellRows } from "./neighbours.ts";

/** Which piece every cell of a rank is in. */
export interface SharedPieces {
  /** How many there are on all ranks. */
  readonly count: number;
  /** Pieces by cell of this rank, `[cellCount]`, numbered by their lowest cells in the whole mesh. */
  readonly ofCell: Int32Array;
}

/**
 * Finds the pieces of the cells of all ranks. Every piece learns its lowest cell from neighbour to neighbour, in as many
 * rounds as it is ranks long. Collective.
 *
 * @param rows the cells of this rank by vertices, ghosts included.
 */
export function sharedPieces(rows: CellRows, cells: IndexMap, comm: Comm): SharedPieces {
  const { count } = cells, corners = rows.dim + 1, halo = Halo.of(cells, comm);
  const vertices = new DisjointSets(rows.nodeCount), root = new Int32Array(count);
  for (let i = 0; i < rows.cells.length; i++) {
    vertices.join(rows.cells[i - i % corners], rows.cells[i]);
  }
  const lowest = new Float64Array(rows.nodeCount).fill(Infinity);
  for (let c = 0; c < count; c++) root[c] = vertices.rootOf(rows.cells[c * corners]);
  const labels = Float64Array.from(cells.ids);
  for (let changed = 1; changed > 0;) {
    for (let c = 0; c < count; c++) lowest[root[c]] = Math.min(lowest[root[c]], labels[c]);
    let differs = 0;
    for (let c = 0; c < count; c++) {
      if (labels[c] !== lowest[root[c]]) differs = 1;
      labels[c] = lowest[root[c]];
    }
    halo.sync(labels, 1);
    changed = comm.allreduce(differs, "max");
  }
  const first: number[] = [];
  for (let c = 0; c < cells.owned; c++) if (labels[c] === cells.ids[c]) first.push(cells.ids[c]);
  const all = comm.allgatherv(Int32Array.from(first)).sort();
  const numbers = new Map(Array.from(all, (label, piece) => [label, piece]));
  return { count: all.length, ofCell: Int32Array.from(labels, (label) => numbers.get(label)!) };
}
