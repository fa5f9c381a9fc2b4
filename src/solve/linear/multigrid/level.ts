/**
 * One level of a multigrid hierarchy.
 *
 * @module
 */
import { type CsrMatrix, transposeOf } from "../csr.ts";
import { rawProduct, rowsOf, sorted, type SparseRows } from "../sparse_product.ts";
import {
  backwardSweep,
  forwardFromZero,
  prolongAdd,
  restrictAfterForward,
} from "./gauss_seidel.ts";

/**
 * A matrix, its smoother, and the way to the level below.
 *
 * State: none, vectors are work space of one cycle.
 */
export class Level {
  readonly #inverseDiagonal: Float64Array;
  /** Right-hand side and solution, where this is not the finest level. */
  readonly b: Float64Array;
  readonly x: Float64Array;

  /**
   * @param matrix Square, with a stored diagonal.
   * @param finest The finest level works in its caller's vectors and has none of its own.
   * @throws {RangeError} when a diagonal entry is zero or not finite.
   */
  constructor(readonly matrix: CsrMatrix, finest: boolean) {
    const { rows, values, diagonalPositions } = matrix;
    this.#inverseDiagonal = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      const inverse = 1 / values[diagonalPositions[i]];
      if (!(Math.abs(inverse) < Infinity) || inverse === 0) {
        throw new RangeError(
          `the diagonal of row ${i} is ${
            values[diagonalPositions[i]]
          }; it must be finite and not ` +
            `zero. Look for zero, infinite or NaN coefficients`,
        );
      }
      this.#inverseDiagonal[i] = inverse;
    }
    this.b = new Float64Array(finest ? 0 : rows);
    this.x = new Float64Array(finest ? 0 : rows);
  }

  /** Smooths `A x = b` from `x = 0`. */
  smoothFromZero(b: Float64Array, x: Float64Array): void {
    const { rows, rowStarts, columns, values, diagonalPositions } = this.matrix;
    const inverse = this.#inverseDiagonal;
    forwardFromZero(rows, rowStarts, diagonalPositions, columns, values, inverse, b, x);
  }

  /** `coarse = P^T (b - A x)`, right after {@link Level.smoothFromZero}. */
  restrict(x: Float64Array, p: SparseRows, coarse: Float64Array): void {
    const { rows, rowStarts, columns, values, diagonalPositions: at } = this.matrix;
    const { starts, columns: pColumns, values: pValues } = p;
    restrictAfterForward(
      rows,
      rowStarts,
      at,
      columns,
      values,
      x,
      starts,
      pColumns,
      pValues,
      coarse,
    );
  }

  /** `x += P coarse`. */
  prolong(p: SparseRows, coarse: Float64Array, x: Float64Array): void {
    prolongAdd(this.matrix.rows, p.starts, p.columns, p.values, coarse, x);
  }

  /** Smooths `A x = b` in the opposite order. */
  smoothBack(b: Float64Array, x: Float64Array): void {
    const { rows, rowStarts, columns, values } = this.matrix;
    backwardSweep(rows, rowStarts, columns, values, this.#inverseDiagonal, b, x);
  }

  /** `P^T A P`. */
  coarsen(p: SparseRows): CsrMatrix {
    const ap = rawProduct(rowsOf(this.matrix), p);
    const transposed = transposeOf(p.rows, p.cols, p.starts, p.columns, p.values);
    return sorted(rawProduct(rowsOf(transposed), ap));
  }
}
