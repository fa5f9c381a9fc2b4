/**
 * The coupled system of velocities and pressures, as GMRES sees it.
 *
 * @module
 */
import type { CsrMatrix } from "../solve/linear/csr.ts";
import type { LinearOperator, Preconditioner } from "../solve/linear/operator.ts";
import type { Reductions } from "../solve/linear/reductions.ts";
import { addScaled } from "../solve/linear/vectors.ts";

/** The parts of the system on this rank; vectors are velocities, then pressures. */
export interface CoupledParts {
  /** The free viscous block. */
  readonly a: CsrMatrix;
  readonly b: CsrMatrix;
  readonly bt: CsrMatrix;
  /** Minus the block between pressures; null where it vanishes. */
  readonly c: CsrMatrix | null;
  /** Approximates the inverse of the viscous block. */
  readonly velocity: Preconditioner;
  /** Approximates the inverse of the pressure's mass matrix over the viscosity. */
  readonly pressure: Preconditioner;
  /** The diagonal of that mass matrix. */
  readonly pressureScale: Float64Array;
  readonly reductions: Reductions;
}

/**
 * `W K` and `M^-1 W^-1`, where `K = [A B^T; B -C]` and W divides by the roots of the diagonals of A and of the
 * pressure's mass matrix over the viscosity. GMRES then minimises
 * `sum r_u^2 / diag(A) + sum r_p^2 / diag(M_p)`: both sums are powers, so that neither units nor contrasts of the
 * viscosity decide when the iteration ends. M is upper triangular: the pressure first, by its mass matrix, then
 * one V-cycle for the velocity.
 *
 * Source: H. C. Elman, D. J. Silvester, A. J. Wathen, "Finite elements and fast iterative solvers", 2nd ed.,
 * Oxford 2014, DOI 10.1093/acprof:oso/9780199678792.001.0001, chapters 3 and 4.
 *
 * State: none, vectors are work space of one call.
 */
export class CoupledSystem implements LinearOperator, Preconditioner {
  readonly rows: number;
  readonly #parts: CoupledParts;
  readonly #weights: Float64Array;
  /** Orthonormal vectors of the null space: as residuals, and as solutions. */
  readonly #left: Float64Array[] = [];
  readonly #right: Float64Array[] = [];
  readonly #u: Float64Array;
  readonly #p: Float64Array;

  /**
   * @param nullVectors Of K, `[rows]`; not changed.
   * @throws {RangeError} when a diagonal entry is not positive.
   */
  constructor(parts: CoupledParts, nullVectors: readonly Float64Array[]) {
    this.#parts = parts;
    const nu = parts.a.rows, np = parts.b.rows;
    this.rows = nu + np;
    this.#u = new Float64Array(parts.a.rows);
    this.#p = new Float64Array(parts.b.rows);
    this.#weights = new Float64Array(this.rows);
    const diagonal = parts.a.diagonal();
    for (let i = 0; i < nu; i++) this.#weights[i] = weight(diagonal[i], i);
    for (let i = 0; i < np; i++) this.#weights[nu + i] = weight(parts.pressureScale[i], i);
    for (const vector of nullVectors) {
      this.#right.push(this.#orthonormal(vector, this.#right));
      const scaled = vector.map((value, i) => value / this.#weights[i]);
      this.#left.push(this.#orthonormal(scaled, this.#left));
    }
  }

  /** `y = W K x`, without a part along the null space. */
  multiply(x: Float64Array, y: Float64Array): void {
    const { a, b, bt, c } = this.#parts, weights = this.#weights;
    const nu = a.rows, u = this.#u, p = this.#p;
    const xu = x.subarray(0, nu), xp = x.subarray(nu, this.rows);
    a.multiply(xu, u);
    bt.multiply(xp, y);
    for (let i = 0; i < nu; i++) y[i] = weights[i] * (u[i] + y[i]);
    b.multiply(xu, p);
    for (let i = 0; i < p.length; i++) y[nu + i] = p[i];
    if (c !== null) {
      c.multiply(xp, p);
      for (let i = 0; i < p.length; i++) y[nu + i] -= p[i];
    }
    for (let i = nu; i < this.rows; i++) y[i] *= weights[i];
    this.#project(y, this.#left);
  }

  /** `z = M^-1 W^-1 r`, without a part along the null space. */
  apply(r: Float64Array, z: Float64Array): void {
    const { a, bt, velocity, pressure } = this.#parts, weights = this.#weights;
    const nu = a.rows, u = this.#u, p = this.#p, zp = z.subarray(nu, this.rows);
    for (let i = 0; i < p.length; i++) p[i] = -r[nu + i] / weights[nu + i];
    pressure.apply(p, zp);
    bt.multiply(zp, u);
    for (let i = 0; i < nu; i++) u[i] = r[i] / weights[i] - u[i];
    velocity.apply(u, z.subarray(0, nu));
    this.#project(z, this.#right);
  }

  /** `b = W b`, without a part along the null space. */
  weigh(b: Float64Array): void {
    for (let i = 0; i < this.rows; i++) b[i] *= this.#weights[i];
    this.#project(b, this.#left);
  }

  /** Removes the part along the null space from a solution. */
  projectSolution(x: Float64Array): void {
    this.#project(x, this.#right);
  }

  #orthonormal(vector: Float64Array, others: readonly Float64Array[]): Float64Array {
    const out = vector.slice();
    this.#project(out, others);
    const norm = this.#parts.reductions.norm(out);
    for (let i = 0; i < out.length; i++) out[i] /= norm;
    return out;
  }

  #project(r: Float64Array, vectors: readonly Float64Array[]): void {
    for (const vector of vectors) {
      addScaled(r, -this.#parts.reductions.dot(vector, r), vector, this.rows);
    }
  }
}

function weight(diagonal: number, row: number): number {
  if (diagonal > 0 && diagonal < Infinity) return 1 / Math.sqrt(diagonal);
  throw new RangeError(
    `the diagonal of row ${row} is ${diagonal}; it must be positive and finite. Look for cells that are ` +
      `nearly flat, and for viscosities that are too large or too small`,
  );
}
