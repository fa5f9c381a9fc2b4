/**
 * Generalised minimal residuals, restarted.
 *
 * For matrices that are not symmetric. Those of the solvers in `src/solve` are, since histories carry
 * advection along.
 *
 * @module
 */
import type { KrylovOptions, KrylovResult, LinearOperator, Preconditioner } from "../operator.ts";
import { addScaled } from "../vectors.ts";
import { ConvergenceMonitor } from "./convergence_monitor.ts";

/** How {@link gmres} runs. */
export interface GmresOptions extends KrylovOptions {
  /** Directions kept before a restart. Default 40. */
  readonly restart?: number;
}

/**
 * Solves `A x = b` for any invertible `A`, preconditioned from the right, so that the residual it
 * minimises is the true one.
 *
 * Source: Y. Saad, M. H. Schultz, "GMRES: a generalized minimal residual algorithm for solving
 * nonsymmetric linear systems", SIAM J. Sci. Stat. Comput. 7 (1986) 856-869, DOI 10.1137/0907058.
 *
 * @param a The operator, `n x n`.
 * @param b `[n]`
 * @param x `[n]`; the first guess, overwritten by the solution.
 * @param m A preconditioner.
 * @param options Tolerances, limits and the length between restarts.
 * @returns Iterations and relative residuals.
 * @throws {RangeError} when `b` is not finite or `restart` is not a positive integer.
 * @throws {ConvergenceError} when the tolerance is not reached.
 */
export function gmres(
  a: LinearOperator,
  b: Float64Array,
  x: Float64Array,
  m: Preconditioner,
  options: GmresOptions = {},
): KrylovResult {
  const n = a.rows, restart = options.restart ?? 40;
  if (!Number.isInteger(restart) || restart < 1) {
    throw new RangeError(`restart must be a positive integer, not ${restart}`);
  }
  const monitor = new ConvergenceMonitor(b, x, n, options);
  const sums = monitor.reductions;
  const nullSpace = options.nullSpace ?? null;
  const basis: Float64Array[] = [];
  const z = new Float64Array(b.length), w = new Float64Array(b.length);
  const least = new LeastSquares(restart);
  let before = Infinity, reached = false;
  for (;;) {
    a.multiply(x, w);
    for (let i = 0; i < n; i++) w[i] = b[i] - w[i];
    nullSpace?.project(w);
    const beta = sums.norm(w);
    if (before === Infinity ? monitor.reached(beta) : reached && monitor.confirms(beta)) break;
    // The estimate was small enough but the residual is not: the matrix is singular, or rounding dominates.
    if (!(beta < before)) monitor.fail("GMRES makes no progress between restarts");
    before = beta;
    setBasis(basis, 0, w, beta, n);
    least.start(beta);
    let columns = 0, rest = beta;
    reached = false;
    while (columns < restart && !reached && rest > 0) {
      if (columns > 0) setBasis(basis, columns, w, rest, n);
      m.apply(basis[columns], z);
      nullSpace?.project(z);
      a.multiply(z, w);
      nullSpace?.project(w);
      const column = least.columnAt(columns);
      // Modified Gram-Schmidt: each product sees what the one before left.
      let product = sums.dot(w, basis[0]);
      for (let i = 0; i <= columns; i++) {
        column[i] = product;
        product = sums.addedDot(w, -product, basis[i], i < columns ? basis[i + 1] : w);
      }
      rest = Math.sqrt(product);
      column[columns + 1] = rest;
      reached = monitor.reached(least.rotate(columns));
      columns++;
    }
    correct(basis, least.solve(columns), columns, m, w, z, x, n, nullSpace);
  }
  nullSpace?.project(x);
  return monitor.result();
}

/** `x += M^-1 V y`. */
function correct(
  basis: readonly Float64Array[],
  y: Float64Array,
  columns: number,
  m: Preconditioner,
  w: Float64Array,
  z: Float64Array,
  x: Float64Array,
  n: number,
  nullSpace: KrylovOptions["nullSpace"],
): void {
  w.fill(0);
  for (let i = 0; i < columns; i++) addScaled(w, y[i], basis[i], n);
  m.apply(w, z);
  nullSpace?.project(z);
  addScaled(x, 1, z, n);
}

function setBasis(
  basis: Float64Array[],
  at: number,
  w: Float64Array,
  norm: number,
  n: number,
): void {
  if (basis.length === at) basis.push(new Float64Array(w.length));
  const vector = basis[at], factor = 1 / norm;
  for (let i = 0; i < n; i++) vector[i] = factor * w[i];
}

/**
 * The small least-squares problem, kept triangular by Givens rotations.
 *
 * State: none, it lives as long as one solve.
 */
class LeastSquares {
  readonly #columns: Float64Array[];
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #rhs: Float64Array;

  constructor(restart: number) {
    this.#columns = Array.from({ length: restart }, (_, j) => new Float64Array(j + 2));
    this.#cos = new Float64Array(restart);
    this.#sin = new Float64Array(restart);
    this.#rhs = new Float64Array(restart + 1);
  }

  start(beta: number): void {
    this.#rhs.fill(0);
    this.#rhs[0] = beta;
  }

  columnAt(j: number): Float64Array {
    return this.#columns[j];
  }

  /** Makes column `j` triangular; returns the norm of the residual. */
  rotate(j: number): number {
    const h = this.#columns[j], cos = this.#cos, sin = this.#sin, rhs = this.#rhs;
    for (let i = 0; i < j; i++) {
      const upper = cos[i] * h[i] + sin[i] * h[i + 1];
      h[i + 1] = cos[i] * h[i + 1] - sin[i] * h[i];
      h[i] = upper;
    }
    const length = Math.sqrt(h[j] * h[j] + h[j + 1] * h[j + 1]);
    cos[j] = length === 0 ? 1 : h[j] / length;
    sin[j] = length === 0 ? 0 : h[j + 1] / length;
    h[j] = length;
    h[j + 1] = 0;
    rhs[j + 1] = -sin[j] * rhs[j];
    rhs[j] = cos[j] * rhs[j];
    return Math.abs(rhs[j + 1]);
  }

  /** The coefficients of the first `columns` directions. */
  solve(columns: number): Float64Array {
    const y = new Float64Array(columns);
    for (let i = columns - 1; i >= 0; i--) {
      let sum = this.#rhs[i];
      for (let j = i + 1; j < columns; j++) sum -= this.#columns[j][i] * y[j];
      y[i] = this.#columns[i][i] === 0 ? 0 : sum / this.#columns[i][i];
    }
    return y;
  }
}
