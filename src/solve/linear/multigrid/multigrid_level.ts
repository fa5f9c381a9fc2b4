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
  type SweepRows,
  sweepRows,
  type Transfer,
} from "./gauss_seidel.ts";

/**
 * A smoother, and the way to the level below.
 *
 * State: none, vectors are work space of one cycle.
 */
export class MultigridLevel {
  readonly rows: number;
  readonly nnz: number;
  readonly #sweep: SweepRows;
  /** Right-hand side and solution, where this is not the finest level. */
  readonly b: Float64Array;
  readonly x: Float64Array;

  /**
   * @param matrix Square, with a stored diagonal.
   * @param finest The finest level works in its caller's vectors and has none of its own.
   * @throws {RangeError} when a diagonal entry is zero or not finite.
   */
  constructor(matrix: CsrMatrix, finest: boolean) {
    this.rows = matrix.rows;
    this.nnz = matrix.nnz;
    this.#sweep = sweepRows(matrix);
    this.b = new Float64Array(finest ? 0 : this.rows);
    this.x = new Float64Array(finest ? 0 : this.rows);
  }

  /** Smooths `A x = b` from `x = 0`. */
  smoothFromZero(b: Float64Array, x: Float64Array): void {
    const { rows, starts, uppers, columns, values, inverse } = this.#sweep;
    forwardFromZero(rows, starts, uppers, columns, values, inverse, b, x);
  }

  /** `coarse = P^T (b - A x)`, right after {@link MultigridLevel.smoothFromZero}. */
  restrict(x: Float64Array, p: Transfer, coarse: Float64Array): void {
    const { rows, starts, uppers, columns, values, diagonal } = this.#sweep;
    restrictAfterForward(
      rows,
      starts,
      uppers,
      columns,
      values,
      diagonal,
      x,
      p.starts,
      p.columns,
      p.values,
      coarse,
    );
  }

  /** `x += P coarse`. */
  prolong(p: Transfer, coarse: Float64Array, x: Float64Array): void {
    prolongAdd(this.rows, p.starts, p.columns, p.values, coarse, x);
  }

  /** Smooths `A x = b` in the opposite order. */
  smoothBack(b: Float64Array, x: Float64Array): void {
    const { rows, starts, columns, values, inverse } = this.#sweep;
    backwardSweep(rows, starts, columns, values, inverse, b, x);
  }
}

/** `P^T A P`. */
export function galerkin(matrix: CsrMatrix, p: SparseRows): CsrMatrix {
  const ap = rawProduct(rowsOf(matrix), p);
  const transposed = transposeOf(p.rows, p.cols, p.starts, p.columns, p.values);
  return sorted(rawProduct(rowsOf(transposed), ap));
}
