/**
 * The V-cycle over a hierarchy of levels, whoever made them.
 *
 * @module
 */
import { CsrMatrix } from "../csr.ts";
import type { Preconditioner } from "../operator.ts";
import type { SparseRows } from "../sparse_product.ts";
import { DenseFactors } from "./dense_factors.ts";
import { type Transfer, transferOf } from "./gauss_seidel.ts";
import { MultigridLevel } from "./multigrid_level.ts";

/** The way from one level to the next. */
export interface LevelStep {
  /** Interpolation from the coarser level. */
  readonly p: SparseRows;
  /** `P^T A P`. */
  readonly coarse: CsrMatrix;
}

/** A coarsest level larger than this is smoothed, not factorised. */
const largestDense = 1200;

/**
 * One symmetric V-cycle: `z = M^-1 r`. Forward Gauss-Seidel before, backward after the coarse correction; the
 * coarsest level is solved directly, and a null space there gets nothing.
 *
 * State: none, a function of the matrices.
 */
export class VCycle implements Preconditioner {
  readonly #levels: MultigridLevel[] = [];
  readonly #transfers: Transfer[] = [];
  readonly #bottom: Preconditioner | null;

  /**
   * Takes the levels in order.
   *
   * @param finest The matrix of the finest level.
   * @param coarsenings What leads to each further level.
   * @param factors The direct solver of the coarsest level.
   * @throws {RangeError} when a diagonal entry is missing, zero or not finite.
   */
  constructor(
    finest: CsrMatrix,
    coarsenings: Iterable<LevelStep>,
    factors: (matrix: CsrMatrix) => Preconditioner = unscaledFactors,
  ) {
    let current = finest;
    this.#levels.push(new MultigridLevel(current, true));
    for (const { p, coarse } of coarsenings) {
      current = coarse;
      this.#transfers.push(transferOf(p));
      this.#levels.push(new MultigridLevel(current, false));
    }
    this.#bottom = current.rows <= largestDense ? factors(current) : null;
  }

  /** Rows and entries of every level, finest first. */
  get levels(): readonly { readonly rows: number; readonly nnz: number }[] {
    return this.#levels.map(({ rows, nnz }) => ({ rows, nnz }));
  }

  /** One V-cycle on `A z = r` from `z = 0`. */
  apply(r: Float64Array, z: Float64Array): void {
    const levels = this.#levels, transfers = this.#transfers;
    const bottom = levels.length - 1;
    for (let l = 0; l < bottom; l++) {
      const b = l === 0 ? r : levels[l].b, x = l === 0 ? z : levels[l].x;
      levels[l].smoothFromZero(b, x);
      levels[l].restrict(x, transfers[l], levels[l + 1].b);
    }
    this.#solveBottom(bottom === 0 ? r : levels[bottom].b, bottom === 0 ? z : levels[bottom].x);
    for (let l = bottom - 1; l >= 0; l--) {
      const b = l === 0 ? r : levels[l].b, x = l === 0 ? z : levels[l].x;
      levels[l].prolong(transfers[l], levels[l + 1].x, x);
      levels[l].smoothBack(b, x);
    }
  }

  #solveBottom(b: Float64Array, x: Float64Array): void {
    if (this.#bottom !== null) return this.#bottom.apply(b, x);
    const level = this.#levels[this.#levels.length - 1];
    level.smoothFromZero(b, x);
    level.smoothBack(b, x);
  }
}

function unscaledFactors(matrix: CsrMatrix): Preconditioner {
  const factors = new DenseFactors(matrix);
  return { apply: (b, x) => factors.solve(b, x) };
}

/**
 * The factors of `D^-1/2 A D^-1/2`: pivots then tell a null space from a part of the domain where coefficients
 * are small.
 */
export function scaledFactors(matrix: CsrMatrix): Preconditioner {
  const { rows, cols, rowStarts, columns, values } = matrix;
  const root = matrix.diagonal().map((value) => value > 0 ? 1 / Math.sqrt(value) : 0);
  const scaled = new Float64Array(matrix.nnz);
  for (let i = 0; i < rows; i++) {
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      scaled[k] = values[k] * root[i] * root[columns[k]];
    }
  }
  const factors = new DenseFactors(new CsrMatrix(rows, cols, rowStarts, columns, scaled));
  const work = new Float64Array(rows);
  return {
    apply(b, x) {
      for (let i = 0; i < rows; i++) work[i] = b[i] * root[i];
      factors.solve(work, x);
      for (let i = 0; i < rows; i++) x[i] *= root[i];
    },
  };
}
