/**
 * Chebyshev iteration.
 *
 * @module
 */
import type { CsrMatrix } from "./csr.ts";
import type { Preconditioner } from "./operator.ts";

/** Bounds of the spectrum of `D^-1 A`, D being the diagonal of A. */
export interface SpectralBounds {
  /** Not above the smallest eigenvalue; positive. */
  readonly lower: number;
  /** Not below the largest eigenvalue. */
  readonly upper: number;
}

/**
 * A few steps of the Chebyshev iteration for `D^-1 A z = D^-1 r` from `z = 0`: a fixed polynomial in `D^-1 A`, so
 * that it is linear, and symmetric where A is.
 *
 * Source: Y. Saad, "Iterative methods for sparse linear systems", 2nd ed., SIAM 2003, DOI
 * 10.1137/1.9780898718003, algorithm 12.1.
 *
 * State: none, vectors are work space of one call.
 */
export class Chebyshev implements Preconditioner {
  readonly #matrix: CsrMatrix;
  readonly #inverse: Float64Array;
  readonly #bounds: SpectralBounds;
  readonly #steps: number;
  readonly #sync: ((x: Float64Array) => void) | null;
  readonly #residual: Float64Array;
  readonly #step: Float64Array;
  readonly #product: Float64Array;

  /**
   * Prepares the iteration.
   *
   * @param matrix Symmetric positive definite, or the rows of this rank with ghost columns.
   * @param bounds Of the spectrum.
   * @param steps How many.
   * @param sync Gives ghosts the values of their owners; null for one rank.
   * @throws {RangeError} when the bounds are not positive and ascending, or a diagonal entry is not positive.
   */
  constructor(
    matrix: CsrMatrix,
    bounds: SpectralBounds,
    steps: number,
    sync: ((x: Float64Array) => void) | null = null,
  ) {
    const { lower, upper } = bounds;
    if (!(lower > 0 && upper >= lower)) {
      throw new RangeError(`Chebyshev needs bounds 0 < lower <= upper, got ${lower} and ${upper}`);
    }
    this.#inverse = matrix.diagonal();
    for (let i = 0; i < matrix.rows; i++) {
      if (!(this.#inverse[i] > 0 && this.#inverse[i] < Infinity)) {
        throw new RangeError(
          `the diagonal of row ${i} is ${this.#inverse[i]}; it must be positive`,
        );
      }
      this.#inverse[i] = 1 / this.#inverse[i];
    }
    this.#matrix = matrix;
    this.#bounds = bounds;
    this.#steps = steps;
    this.#sync = sync;
    this.#residual = new Float64Array(matrix.rows);
    this.#product = new Float64Array(matrix.rows);
    this.#step = new Float64Array(matrix.cols);
  }

  /** `z = p(D^-1 A) D^-1 r`. */
  apply(r: Float64Array, z: Float64Array): void {
    const { lower, upper } = this.#bounds, inverse = this.#inverse, n = inverse.length;
    const residual = this.#residual, step = this.#step, product = this.#product;
    const centre = (upper + lower) / 2, half = (upper - lower) / 2;
    for (let i = 0; i < n; i++) {
      residual[i] = r[i];
      step[i] = r[i] * inverse[i] / centre;
      z[i] = step[i];
    }
    // With equal bounds the matrix is its diagonal, and the first step is the last.
    if (half === 0) return;
    const sigma = centre / half;
    for (let k = 1, rho = 1 / sigma; k < this.#steps; k++) {
      this.#sync?.(step);
      this.#matrix.multiply(step, product);
      const next = 1 / (2 * sigma - rho), keep = next * rho, add = 2 * next / half;
      for (let i = 0; i < n; i++) {
        residual[i] -= product[i];
        step[i] = keep * step[i] + add * residual[i] * inverse[i];
        z[i] += step[i];
      }
      rho = next;
    }
  }
}
