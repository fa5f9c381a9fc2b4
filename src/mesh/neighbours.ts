/**
 * Which cells share a facet. Facets wait in a list at their lowest node until the second cell comes by,
 * so that finding them all takes one pass and no hashing.
 *
 * @module
 */
import { localFacets } from "./simplex.ts";

/** Cells of one kind by their nodes. */
export interface CellRows {
  readonly dim: 2 | 3;
  readonly nodeCount: number;
  readonly cellCount: number;
  /** `[cellCount x (dim + 1)]`. */
  readonly cells: Int32Array;
}

/**
 * The cell across the facet opposite to each vertex, `[cellCount x (dim + 1)]`; -1 where there is none.
 *
 * @throws {RangeError} when a facet has more than two cells.
 */
export function findNeighbours(rows: CellRows): Int32Array {
  return rows.dim === 2 ? acrossEdges(rows) : acrossFaces(rows);
}

function acrossEdges(rows: CellRows): Int32Array {
  const { cells, cellCount, nodeCount } = rows;
  const table = new Int32Array(cells.length).fill(-1);
  const head = new Int32Array(nodeCount).fill(-1);
  const chain = new Int32Array(cells.length), far = new Int32Array(cells.length);
  for (let c = 0; c < cellCount; c++) {
    for (let k = 0; k < 3; k++) {
      const here = 3 * c + k;
      const a = cells[k === 2 ? here - 2 : here + 1], b = cells[k === 0 ? here + 2 : here - 1];
      const low = a < b ? a : b, high = a < b ? b : a;
      let place = head[low];
      while (place >= 0 && far[place] !== high) place = chain[place];
      if (place < 0) {
        chain[here] = head[low];
        head[low] = here;
        far[here] = high;
      } else if (table[place] < 0) {
        table[place] = c;
        table[here] = (place / 3) | 0;
      } else throw tooMany(rows, here, place, table[place]);
    }
  }
  return table;
}

function acrossFaces(rows: CellRows): Int32Array {
  const { cells, cellCount, nodeCount } = rows;
  const table = new Int32Array(cells.length).fill(-1);
  const head = new Int32Array(nodeCount).fill(-1);
  const chain = new Int32Array(cells.length);
  const middle = new Int32Array(cells.length), far = new Int32Array(cells.length);
  for (let c = 0; c < cellCount; c++) {
    for (let k = 0; k < 4; k++) {
      const here = 4 * c + k;
      const p = cells[4 * c + ((k + 1) & 3)], q = cells[4 * c + ((k + 2) & 3)];
      const r = cells[4 * c + ((k + 3) & 3)];
      const low = p < q ? (p < r ? p : r) : q < r ? q : r;
      const high = p > q ? (p > r ? p : r) : q > r ? q : r;
      const mid = p ^ q ^ r ^ low ^ high;
      let place = head[low];
      while (place >= 0 && (far[place] !== high || middle[place] !== mid)) place = chain[place];
      if (place < 0) {
        chain[here] = head[low];
        head[low] = here;
        middle[here] = mid;
        far[here] = high;
      } else if (table[place] < 0) {
        table[place] = c;
        table[here] = place >> 2;
      } else throw tooMany(rows, here, place, table[place]);
    }
  }
  return table;
}

function tooMany({ dim, cells }: CellRows, here: number, first: number, second: number) {
  const corners = dim + 1, k = here % corners, start = here - k;
  const nodes = Array.from(
    localFacets(dim).subarray(k * dim, (k + 1) * dim),
    (vertex) => cells[start + vertex],
  );
  const owners = [Math.floor(first / corners), second, start / corners].join(", ");
  return new RangeError(
    `the facet with nodes ${
      nodes.sort((a, b) => a - b).join(", ")
    } has more than two cells: ${owners}`,
  );
}
