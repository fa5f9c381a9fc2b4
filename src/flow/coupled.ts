/**
 * The coupled system of velocities and pressures, as GMRES sees it.
 *
 * @module
 */
import type { CsrMatrix } from "../solve/linear/csr.ts";
import type { LinearOperator, Preconditioner } from "../solve/linear/operator.ts";
import type { Reductions } from "../solve/linear/reductions.ts";
import { addScaled } from "../solve/linear/vectors.ts";

/**
 * The parts of the system on this rank: its rows, with ghosts among the columns. Vectors have its own velocities,
 * then its own pressures.
 */
export interface CoupledParts {
  /** The viscous block between all components. */
  readonly a: CsrMatrix;
  readonly b: CsrMatrix;
  readonly bt: CsrMatrix;
  /** Minus the block between pressures; null where it vanishes. */
  readonly c: CsrMatrix | null;
  /** 1 where a component is prescribed: there, residuals and corrections vanish. */
  readonly held: Uint8Array;
  /** Approximates the inverse of the viscous block between free components. */
  readonly velocity: Preconditioner;
  /** Approximates the inverse of the Schur complement: without inertia, of the pressure's mass over the viscosity. */
  readonly pressure: Preconditioner;
  /** The diagonal of what it inverts, own rows. */
  readonly pressureScale: Float64Array;
  /** Give ghosts of velocities and pressures the values of their owners; absent on one rank. */
  readonly sync?: {
    readonly velocity: (u: Float64Array) => void;
    readonly pressure: (p: Float64Array) => void;
  } | undefined;
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
  /** With ghosts. */
  readonly #u: Float64Array;
  readonly #p: Float64Array;
  /** Own rows. */
  readonly #ru: Float64Array;
  readonly #rp: Float64Array;

  /**
   * @throws {RangeError} when a diagonal entry is not positive.
   */
  constructor(parts: CoupledParts) {
    this.#parts = parts;
    const nu = parts.a.rows, np = parts.b.rows;
    this.rows = nu + np;
    this.#u = new Float64Array(parts.a.cols);
    this.#p = new Float64Array(parts.bt.cols);
    this.#ru = new Float64Array(nu);
    this.#rp = new Float64Array(np);
    this.#weights = new Float64Array(this.rows);
    const diagonal = parts.a.diagonal();
    for (let i = 0; i < nu; i++) this.#weights[i] = weight(diagonal[i], i);
    for (let i = 0; i < np; i++) this.#weights[nu + i] = weight(parts.pressureScale[i], i);
  }

  /**
   * Removes a null space from residuals and solutions from now on. Collective.
   *
   * @param vectors Of K, each `[rows]`; not changed.
   */
  removeNullSpace(vectors: readonly Float64Array[]): void {
    for (const vector of vectors) {
      this.#right.push(this.#orthonormal(vector, this.#right));
      const scaled = vector.map((value, i) => value / this.#weights[i]);
      this.#left.push(this.#orthonormal(scaled, this.#left));
    }
  }

  /** Takes the part along the null space out of a solution. Collective. */
  project(x: Float64Array): void {
    this.#project(x, this.#right);
  }

  /** `y = W K x`, without a part along the null space. */
  multiply(x: Float64Array, y: Float64Array): void {
    const { a, b, bt, c, held, sync } = this.#parts, weights = this.#weights;
    const nu = a.rows, u = this.#u, p = this.#p, ru = this.#ru, rp = this.#rp;
    u.set(x.subarray(0, nu));
    p.set(x.subarray(nu, this.rows));
    sync?.velocity(u);
    sync?.pressure(p);
    a.multiply(u, ru);
    bt.multiply(p, y);
    for (let i = 0; i < nu; i++) y[i] = held[i] === 1 ? 0 : weights[i] * (ru[i] + y[i]);
    b.multiply(u, rp);
    for (let i = 0; i < rp.length; i++) y[nu + i] = rp[i];
    if (c !== null) {
      c.multiply(p, rp);
      for (let i = 0; i < rp.length; i++) y[nu + i] -= rp[i];
    }
    for (let i = nu; i < this.rows; i++) y[i] *= weights[i];
    this.#project(y, this.#left);
  }

  /** `z = M^-1 W^-1 r`, without a part along the null space. */
  apply(r: Float64Array, z: Float64Array): void {
    const { a, bt, held, velocity, pressure, sync } = this.#parts, weights = this.#weights;
    const nu = a.rows, p = this.#p, ru = this.#ru, rp = this.#rp;
    for (let i = 0; i < rp.length; i++) rp[i] = -r[nu + i] / weights[nu + i];
    pressure.apply(rp, p);
    sync?.pressure(p);
    bt.multiply(p, ru);
    for (let i = 0; i < nu; i++) ru[i] = held[i] === 1 ? 0 : r[i] / weights[i] - ru[i];
    velocity.apply(ru, z.subarray(0, nu));
    for (let i = 0; i < rp.length; i++) z[nu + i] = p[i];
    this.#project(z, this.#right);
  }

  /** `b = W b`, without a part along the null space. */
  weigh(b: Float64Array): void {
    for (let i = 0; i < this.rows; i++) b[i] *= this.#weights[i];
    this.#project(b, this.#left);
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
