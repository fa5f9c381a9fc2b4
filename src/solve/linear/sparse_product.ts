/**
 * Products of sparse matrices, row by row with a dense accumulator.
 *
 * Source: F. G. Gustavson, "Two fast algorithms for sparse matrices: multiplication and permuted
 * transposition", ACM Trans. Math. Softw. 4 (1978) 250-269, DOI 10.1145/355791.355796.
 *
 * @module
 */
import { type CsrMatrix, transposeOf } from "./csr.ts";

/** Sparse storage whose rows need not be ascending; arrays may be longer than what is used. */
export interface SparseRows {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly cols: number;
  /** Where each row begins, `[rows + 1]`. */
  readonly starts: Int32Array;
  /** `[nnz or more]` */
  readonly columns: Int32Array;
  /** `[nnz or more]` */
  readonly values: Float64Array;
}

/** A matrix seen as the storage it is. */
export function rowsOf(matrix: CsrMatrix): SparseRows {
  const { rows, cols, columns, values } = matrix;
  return { rows, cols, starts: matrix.rowStarts, columns, values };
}

/**
 * `A B`, rows in order of first touch: enough where it is only an intermediate. One pass; the arrays
 * are as long as the product could be, but memory that is never touched costs next to nothing.
 */
export function rawProduct(a: SparseRows, b: SparseRows): SparseRows {
  const { rows } = a, { cols } = b;
  const bound = productBound(rows, a.starts, a.columns, b.starts);
  const starts = new Int32Array(rows + 1);
  const columns = new Int32Array(bound);
  const values = new Float64Array(bound);
  const marker = new Int32Array(cols).fill(-1);
  multiplySparse(
    rows,
    a.starts,
    a.columns,
    a.values,
    b.starts,
    b.columns,
    b.values,
    marker,
    starts,
    columns,
    values,
  );
  return { rows, cols, starts, columns, values };
}

/** The same matrix with ascending rows, by transposing twice (two counting sorts). */
export function sorted(raw: SparseRows): CsrMatrix {
  const { rows, cols, starts, columns, values } = raw;
  return transposeOf(rows, cols, starts, columns, values).transpose();
}

/** How many multiplications `A B` takes; no product has more entries. */
function productBound(
  rows: number,
  aStarts: Int32Array,
  aColumns: Int32Array,
  bStarts: Int32Array,
): number {
  let bound = 0;
  for (let k = 0, end = aStarts[rows]; k < end; k++) {
    const row = aColumns[k];
    bound += bStarts[row + 1] - bStarts[row];
  }
  return bound;
}

function multiplySparse(
  rows: number,
  aStarts: Int32Array,
  aColumns: Int32Array,
  aValues: Float64Array,
  bStarts: Int32Array,
  bColumns: Int32Array,
  bValues: Float64Array,
  marker: Int32Array,
  starts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
): void {
  let nnz = 0;
  for (let i = 0; i < rows; i++) {
    // Positions before `first` belong to earlier rows, so the marker never needs clearing.
    const first = nnz;
    for (let k = aStarts[i], end = aStarts[i + 1]; k < end; k++) {
      const row = aColumns[k];
      const factor = aValues[k];
      for (let l = bStarts[row], stop = bStarts[row + 1]; l < stop; l++) {
        const j = bColumns[l];
        const at = marker[j];
        if (at < first) {
          marker[j] = nnz;
          columns[nnz] = j;
          values[nnz++] = factor * bValues[l];
        } else {
          values[at] += factor * bValues[l];
        }
      }
    }
    starts[i + 1] = nnz;
  }
}
