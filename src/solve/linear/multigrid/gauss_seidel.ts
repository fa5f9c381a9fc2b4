/**
 * Gauss-Seidel sweeps and transfers between levels, the kernels of a cycle. A forward sweep before
 * and a backward sweep after the coarse correction make the cycle symmetric, as conjugate gradients
 * need.
 *
 * Rows are divided by their diagonal entry, which is not stored, and kept in single precision: cycles are
 * limited by memory bandwidth, and a preconditioner needs no more. Vectors and sums are in double precision.
 *
 * @module
 */
import type { CsrMatrix } from "../csr.ts";
import type { SparseRows } from "../sparse_product.ts";

/** A matrix as sweeps read it. */
export interface SweepRows {
  readonly rows: number;
  /** `[rows + 1]` */
  readonly starts: Int32Array;
  /** Where columns right of the diagonal begin, `[rows]`. */
  readonly uppers: Int32Array;
  readonly columns: Int32Array;
  /** `a_ij / a_ii`, j != i. */
  readonly values: Float32Array;
  /** `a_ii`, `[rows]`. */
  readonly diagonal: Float64Array;
  /** `1 / a_ii`, `[rows]`. */
  readonly inverse: Float64Array;
}

/** An interpolation as cycles read it. */
export interface Transfer {
  readonly rows: number;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

/**
 * Prepares a matrix for sweeps.
 *
 * @throws {RangeError} when a diagonal entry is zero or not finite.
 */
export function sweepRows(matrix: CsrMatrix): SweepRows {
  const { rows, rowStarts, columns, values, diagonalPositions } = matrix;
  const length = matrix.nnz - rows;
  const starts = new Int32Array(rows + 1), uppers = new Int32Array(rows);
  const outColumns = new Int32Array(length), outValues = new Float32Array(length);
  const diagonal = new Float64Array(rows), inverse = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const value = values[diagonalPositions[i]];
    diagonal[i] = value;
    inverse[i] = 1 / value;
    if (!(Math.abs(inverse[i]) < Infinity) || inverse[i] === 0) {
      throw new RangeError(
        `the diagonal of row ${i} is ${value}; it must be finite and not zero. Look for zero, ` +
          `infinite or NaN coefficients`,
      );
    }
  }
  divideRows(rows, rowStarts, columns, values, inverse, starts, uppers, outColumns, outValues);
  return { rows, starts, uppers, columns: outColumns, values: outValues, diagonal, inverse };
}

function divideRows(
  rows: number,
  rowStarts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  inverse: Float64Array,
  starts: Int32Array,
  uppers: Int32Array,
  outColumns: Int32Array,
  outValues: Float32Array,
): void {
  let at = 0;
  for (let i = 0, k = 0; i < rows; i++) {
    const scale = inverse[i];
    for (const end = rowStarts[i + 1]; k < end; k++) {
      const j = columns[k];
      if (j === i) uppers[i] = at;
      else {
        outColumns[at] = j;
        outValues[at++] = values[k] * scale;
      }
    }
    starts[i + 1] = at;
  }
}

/** Prepares an interpolation for cycles. */
export function transferOf({ rows, starts, columns, values }: SparseRows): Transfer {
  const single = new Float32Array(starts[rows]);
  for (let k = 0; k < single.length; k++) single[k] = values[k];
  return { rows, starts, columns, values: single };
}

/** Forward sweep on `A x = b` from `x = 0`: solves `(D + L) x = b`. */
export function forwardFromZero(
  rows: number,
  starts: Int32Array,
  uppers: Int32Array,
  columns: Int32Array,
  values: Float32Array,
  inverse: Float64Array,
  b: Float64Array,
  x: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    let sum = b[i] * inverse[i];
    for (let k = starts[i], end = uppers[i]; k < end; k++) sum -= values[k] * x[columns[k]];
    x[i] = sum;
  }
}

/**
 * `coarse = P^T (b - A x)` right after {@link forwardFromZero}, when the residual is `-U x`: only the
 * upper triangle is read.
 */
export function restrictAfterForward(
  rows: number,
  starts: Int32Array,
  uppers: Int32Array,
  columns: Int32Array,
  values: Float32Array,
  diagonal: Float64Array,
  x: Float64Array,
  pStarts: Int32Array,
  pColumns: Int32Array,
  pValues: Float32Array,
  coarse: Float64Array,
): void {
  coarse.fill(0);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = uppers[i], end = starts[i + 1]; k < end; k++) sum -= values[k] * x[columns[k]];
    const residual = sum * diagonal[i];
    for (let k = pStarts[i], end = pStarts[i + 1]; k < end; k++) {
      coarse[pColumns[k]] += pValues[k] * residual;
    }
  }
}

/** `x += P coarse`. */
export function prolongAdd(
  rows: number,
  pStarts: Int32Array,
  pColumns: Int32Array,
  pValues: Float32Array,
  coarse: Float64Array,
  x: Float64Array,
): void {
  for (let i = 0, k = 0; i < rows; i++) {
    let sum = x[i];
    for (const end = pStarts[i + 1]; k < end; k++) sum += pValues[k] * coarse[pColumns[k]];
    x[i] = sum;
  }
}

/** Backward sweep on `A x = b`. */
export function backwardSweep(
  rows: number,
  starts: Int32Array,
  columns: Int32Array,
  values: Float32Array,
  inverse: Float64Array,
  b: Float64Array,
  x: Float64Array,
): void {
  for (let i = rows - 1; i >= 0; i--) {
    let sum = b[i] * inverse[i];
    for (let k = starts[i], end = starts[i + 1]; k < end; k++) sum -= values[k] * x[columns[k]];
    x[i] = sum;
  }
}
