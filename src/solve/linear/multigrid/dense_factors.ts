/**
 * The direct solver of the coarsest level.
 *
 * @module
 */
import type { CsrMatrix } from "../csr.ts";

/** Relative size below which a pivot counts as zero: the null space of a pure Neumann problem. */
const singular = 1e-12;

/**
 * Sums of rows relative to the largest entry that are still rounding: it grows tenfold from level to level, and what is
 * left of the pivot of the constants is the sum of it over all rows.
 */
const roundedSum = 1e-10;

/**
 * `P A = L U` of a small matrix, dense, with partial pivoting.
 *
 * State: none, a function of the matrix.
 */
export class DenseFactors {
  readonly #size: number;
  readonly #lu: Float64Array;
  readonly #order: Int32Array;
  readonly #work: Float64Array;

  constructor(matrix: CsrMatrix) {
    const n = matrix.rows;
    this.#size = n;
    this.#lu = dense(matrix);
    this.#order = new Int32Array(n);
    this.#work = new Float64Array(n);
    factorise(this.#lu, this.#order, n);
  }

  /** `x = A^-1 b`; a direction whose pivot vanished gets 0. */
  solve(b: Float64Array, x: Float64Array): void {
    const n = this.#size, lu = this.#lu, work = this.#work;
    for (let i = 0; i < n; i++) {
      let sum = b[this.#order[i]];
      for (let j = 0; j < i; j++) sum -= lu[i * n + j] * work[j];
      work[i] = sum;
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = work[i];
      for (let j = i + 1; j < n; j++) sum -= lu[i * n + j] * x[j];
      // The diagonal keeps reciprocals; 0 stands for a vanished pivot.
      x[i] = sum * lu[i * n + i];
    }
  }
}

function dense(matrix: CsrMatrix): Float64Array {
  const n = matrix.rows;
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = matrix.rowStarts[i]; k < matrix.rowStarts[i + 1]; k++) {
      out[i * n + matrix.columns[k]] = matrix.values[k];
    }
  }
  return out;
}

/** The size up to which a pivot counts as zero. */
function smallestPivot(lu: Float64Array, n: number): number {
  let largest = 0, most = 0, all = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let k = i * n; k < (i + 1) * n; k++) {
      sum += lu[k];
      largest = Math.max(largest, Math.abs(lu[k]));
    }
    most = Math.max(most, Math.abs(sum));
    all += Math.abs(sum);
  }
  const rounding = most <= roundedSum * largest ? 2 * all : 0;
  return Math.max(singular * largest, rounding);
}

function factorise(lu: Float64Array, order: Int32Array, n: number): void {
  const smallest = smallestPivot(lu, n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let i = c + 1; i < n; i++) {
      if (Math.abs(lu[i * n + c]) > Math.abs(lu[pivot * n + c])) pivot = i;
    }
    if (pivot !== c) swapRows(lu, order, n, c, pivot);
    const value = lu[c * n + c];
    const inverse = Math.abs(value) <= smallest ? 0 : 1 / value;
    lu[c * n + c] = inverse;
    for (let i = c + 1; i < n; i++) {
      const factor = lu[i * n + c] * inverse;
      lu[i * n + c] = factor;
      if (factor === 0) continue;
      for (let j = c + 1; j < n; j++) lu[i * n + j] -= factor * lu[c * n + j];
    }
  }
}

function swapRows(lu: Float64Array, order: Int32Array, n: number, a: number, b: number): void {
  for (let j = 0; j < n; j++) {
    const value = lu[a * n + j];
    lu[a * n + j] = lu[b * n + j];
    lu[b * n + j] = value;
  }
  const row = order[a];
  order[a] = order[b];
  order[b] = row;
}
