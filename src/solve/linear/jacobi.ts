/**
 * Division by the diagonal: enough for mass matrices and small time steps.
 *
 * @module
 */
import type { CsrMatrix } from "./csr.ts";
import type { Preconditioner } from "./operator.ts";

/**
 * `z_i = r_i / a_ii`.
 *
 * State: none, a function of the matrix.
 */
export class Jacobi implements Preconditioner {
  readonly #inverse: Float64Array;

  /**
   * Takes the diagonal of a matrix.
   *
   * @throws {RangeError} when a diagonal entry is zero or not finite.
   */
  constructor(matrix: CsrMatrix) {
    this.#inverse = matrix.diagonal();
    for (let i = 0; i < this.#inverse.length; i++) {
      const inverse = 1 / this.#inverse[i];
      if (!Number.isFinite(inverse) || inverse === 0) {
        throw new RangeError(`the diagonal of row ${i} is ${this.#inverse[i]}`);
      }
      this.#inverse[i] = inverse;
    }
  }

  /** `z = D^-1 r`. */
  apply(r: Float64Array, z: Float64Array): void {
    const inverse = this.#inverse, n = inverse.length;
    for (let i = 0; i < n; i++) z[i] = r[i] * inverse[i];
  }
}
