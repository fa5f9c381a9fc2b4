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
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model } from "@timestash/timestash";
 * import { conjugateGradients, Jacobi, loadVector, massMatrix } from "@timestash/timestash/linear";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const u = new MeshVariable(mesh, "u"), m = massMatrix(u);
 * const { iterations } = conjugateGradients(m, loadVector(u, 1), u.data, new Jacobi(m));
 * console.log(iterations < 20); // true
 * ```
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

  /** `z = D^-1 r`, both `[rows]`. */
  apply(r: Float64Array, z: Float64Array): void {
    const inverse = this.#inverse, n = inverse.length;
    for (let i = 0; i < n; i++) z[i] = r[i] * inverse[i];
  }
}
