/**
 * Some of the points that were found.
 *
 * @module
 */
import { takeRows } from "../arrays.ts";
import type { FoundPoints } from "./point_search.ts";

/** Some rows of a table, one behind the other. */
export function rowsAt(table: Float64Array, rows: Int32Array, width: number): Float64Array {
  const out = new Float64Array(rows.length * width);
  takeRows(table, rows, width, out);
  return out;
}

/** Points that were found, those in `rows`, in that order. */
export function chosenPoints(points: FoundPoints, rows: Int32Array): FoundPoints {
  const { cells, ranks, locals, barycentric } = points;
  return {
    count: rows.length,
    cells: rows.map((i) => cells[i]),
    ranks: rows.map((i) => ranks[i]),
    locals: rows.map((i) => locals[i]),
    barycentric: rowsAt(barycentric, rows, barycentric.length / Math.max(1, points.count)),
  };
}
