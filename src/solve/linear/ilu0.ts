/**
 * Incomplete factorisation without fill: enough where nothing is stiff, as in reactions with small steps.
 *
 * @module
 */
import { CsrMatrix } from "./csr.ts";
import type { Preconditioner } from "./operator.ts";

/** Pivots smaller than this, relative to the largest entry of their row, are replaced by it. */
const smallestPivot = 1e-10;

/**
 * `A ~ L U` on the pattern of A, L with ones on its diagonal. Of a symmetric matrix it is symmetric up to
 * rounding.
 *
 * Source: J. A. Meijerink, H. A. van der Vorst, "An iterative solution method for linear systems of which the
 * coefficient matrix is a symmetric M-matrix", Math. Comp. 31 (1977) 148-162, DOI
 * 10.1090/S0025-5718-1977-0438681-4; Y. Saad, "Iterative methods for sparse linear systems", 2nd ed., SIAM
 * 2003, DOI 10.1137/1.9780898718003, algorithm 10.4.
 *
 * State: none, a function of the matrix.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model } from "@timestash/timestash";
 * import { gmres, Ilu0, loadVector, massMatrix } from "@timestash/timestash/linear";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const u = new MeshVariable(mesh, "u"), m = massMatrix(u);
 * console.log(gmres(m, loadVector(u, 1), u.data, new Ilu0(m)).iterations < 10); // true
 * ```
 */
export class Ilu0 implements Preconditioner {
  readonly #rows: number;
  readonly #starts: Int32Array;
  readonly #columns: Int32Array;
  readonly #diagonal: Int32Array;
  readonly #factors: Float64Array;

  /**
   * Factorises a matrix; columns beyond its rows, those of other ranks, are left out.
   *
   * @throws {RangeError} when a diagonal entry is missing, or an entry is not finite.
   */
  constructor(matrix: CsrMatrix) {
    const own = matrix.cols > matrix.rows ? square(matrix) : matrix;
    this.#rows = own.rows;
    this.#starts = own.rowStarts;
    this.#columns = own.columns;
    this.#diagonal = own.diagonalPositions;
    this.#factors = own.values.slice(0, own.nnz);
    const failed = factorise(
      own.rows,
      this.#starts,
      this.#columns,
      this.#diagonal,
      this.#factors,
    );
    if (failed >= 0) {
      throw new RangeError(
        `row ${failed} of the matrix has entries that are not finite, or none that is not zero`,
      );
    }
  }

  /** `z = (L U)^-1 r`, both `[rows]`. */
  apply(r: Float64Array, z: Float64Array): void {
    substitute(this.#rows, this.#starts, this.#columns, this.#diagonal, this.#factors, r, z);
  }
}

/** The rows of this rank with its own columns. */
function square(matrix: CsrMatrix): CsrMatrix {
  const { rows, rowStarts, columns, values } = matrix;
  const starts = new Int32Array(rows + 1);
  const kept = matrix.columns.slice(), numbers = values.slice();
  let nnz = 0;
  for (let i = 0; i < rows; i++) {
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      if (columns[k] >= rows) continue;
      kept[nnz] = columns[k];
      numbers[nnz++] = values[k];
    }
    starts[i + 1] = nnz;
  }
  return new CsrMatrix(rows, rows, starts, kept.subarray(0, nnz), numbers.subarray(0, nnz));
}

/** In place; returns a row without a usable pivot, or -1. */
function factorise(
  rows: number,
  starts: Int32Array,
  columns: Int32Array,
  diagonal: Int32Array,
  values: Float64Array,
): number {
  const place = new Int32Array(rows).fill(-1);
  for (let i = 0; i < rows; i++) {
    const begin = starts[i], end = starts[i + 1];
    let largest = 0;
    for (let k = begin; k < end; k++) {
      place[columns[k]] = k;
      largest = Math.max(largest, Math.abs(values[k]));
    }
    for (let k = begin; k < diagonal[i]; k++) {
      const j = columns[k];
      const factor = values[k] / values[diagonal[j]];
      values[k] = factor;
      for (let l = diagonal[j] + 1; l < starts[j + 1]; l++) {
        const at = place[columns[l]];
        if (at >= 0) values[at] -= factor * values[l];
      }
    }
    for (let k = begin; k < end; k++) place[columns[k]] = -1;
    const pivot = values[diagonal[i]];
    if (!(largest > 0 && largest < Infinity) || Number.isNaN(pivot)) return i;
    if (!(Math.abs(pivot) >= smallestPivot * largest)) {
      values[diagonal[i]] = pivot < 0 ? -smallestPivot * largest : smallestPivot * largest;
    }
  }
  return -1;
}

function substitute(
  rows: number,
  starts: Int32Array,
  columns: Int32Array,
  diagonal: Int32Array,
  values: Float64Array,
  r: Float64Array,
  z: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    let sum = r[i];
    for (let k = starts[i], end = diagonal[i]; k < end; k++) sum -= values[k] * z[columns[k]];
    z[i] = sum;
  }
  for (let i = rows - 1; i >= 0; i--) {
    let sum = z[i];
    for (let k = diagonal[i] + 1, end = starts[i + 1]; k < end; k++) {
      sum -= values[k] * z[columns[k]];
    }
    z[i] = sum / values[diagonal[i]];
  }
}
