/**
 * Exchanges rows of sparse matrices between ranks. Columns are sent as places among the columns of all
 * ranks; each row is sent as its length, then places and values in turn.
 *
 * @module
 */
import type { SparseRows } from "../linear/sparse_product.ts";

/** Rows whose columns are places among those of all ranks. */
export interface PlacedRows {
  /** `[rows + 1]` */
  readonly starts: Int32Array;
  readonly places: Int32Array;
  readonly values: Float64Array;
}

/** Some rows of a matrix as numbers. */
export function packRows(
  rows: Int32Array,
  { starts, columns, values }: SparseRows,
  places: Int32Array,
): Float64Array {
  let length = rows.length;
  for (const i of rows) length += 2 * (starts[i + 1] - starts[i]);
  const out = new Float64Array(length);
  let at = 0;
  for (const i of rows) {
    out[at++] = starts[i + 1] - starts[i];
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      out[at++] = places[columns[k]];
      out[at++] = values[k];
    }
  }
  return out;
}

/** The rows of all parts, one after the other. */
export function unpackRows(parts: readonly Float64Array[]): PlacedRows {
  let rows = 0, entries = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 1 + 2 * part[at]) {
      rows++;
      entries += part[at];
    }
  }
  const starts = new Int32Array(rows + 1);
  const places = new Int32Array(entries), values = new Float64Array(entries);
  let row = 0, k = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      for (let left = part[at++]; left > 0; left--) {
        places[k] = part[at++];
        values[k++] = part[at++];
      }
      starts[++row] = k;
    }
  }
  return { starts, places, values };
}

/**
 * The first rows of one matrix, and under them those of another.
 *
 * @param order Which rows of `below`, in this order. Defaults to all of them.
 */
export function stacked(
  first: number,
  above: Omit<SparseRows, "rows" | "cols">,
  below: Omit<SparseRows, "rows" | "cols">,
  cols: number,
  order: Int32Array = Int32Array.from({ length: below.starts.length - 1 }, (_, i) => i),
): SparseRows {
  const kept = above.starts[first];
  const rows = first + order.length;
  const starts = new Int32Array(rows + 1);
  starts.set(above.starts.subarray(0, first + 1));
  order.forEach((i, k) => {
    starts[first + k + 1] = starts[first + k] + below.starts[i + 1] - below.starts[i];
  });
  const columns = new Int32Array(starts[rows]), values = new Float64Array(starts[rows]);
  columns.set(above.columns.subarray(0, kept));
  values.set(above.values.subarray(0, kept));
  let at = kept;
  for (const i of order) {
    for (let k = below.starts[i]; k < below.starts[i + 1]; k++) {
      columns[at] = below.columns[k];
      values[at++] = below.values[k];
    }
  }
  return { rows, cols, starts, columns, values };
}
