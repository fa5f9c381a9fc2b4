/**
 * The edges that cells share, each once, in the order in which they first appear. Edges stand in a list at
 * their lower node, so that finding them all takes one pass and no hashing.
 *
 * @module
 */
import type { CellRows } from "./neighbours.ts";
import { localEdges } from "./simplex.ts";

/** The edges of all cells, each once. */
export interface EdgeList {
  readonly count: number;
  /** `[count x 2]`, the smaller node id first. */
  readonly nodes: Int32Array;
  /** `[cellCount x 3 or 6]`, in the order of `localEdges`. */
  readonly cellEdges: Int32Array;
}

/** Numbers the edges of all cells. */
export function findEdges({ dim, cells, cellCount, nodeCount }: CellRows): EdgeList {
  const corners = dim + 1, local = localEdges(dim), sides = local.length / 2;
  const cellEdges = new Int32Array(cellCount * sides);
  const head = new Int32Array(nodeCount).fill(-1);
  const chain = new Int32Array(cellEdges.length);
  const ends = new Int32Array(2 * cellEdges.length);
  let count = 0;
  for (let c = 0; c < cellCount; c++) {
    for (let k = 0; k < sides; k++) {
      const a = cells[c * corners + local[2 * k]], b = cells[c * corners + local[2 * k + 1]];
      const low = a < b ? a : b, high = a < b ? b : a;
      let edge = head[low];
      while (edge >= 0 && ends[2 * edge + 1] !== high) edge = chain[edge];
      if (edge < 0) {
        edge = count++;
        chain[edge] = head[low];
        head[low] = edge;
        ends[2 * edge] = low;
        ends[2 * edge + 1] = high;
      }
      cellEdges[c * sides + k] = edge;
    }
  }
  return { count, nodes: ends.slice(0, 2 * count), cellEdges };
}
