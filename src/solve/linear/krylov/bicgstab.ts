/**
 * Stabilised bi-conjugate gradients.
 *
 * For matrices that are not symmetric. Those of the solvers in `src/solve` are, since histories carry
 * advection along.
 *
 * @module
 */
import type { KrylovOptions, KrylovResult, LinearOperator, Preconditioner } from "../operator.ts";
import { addScaled } from "../vectors.ts";
import { ConvergenceMonitor } from "./convergence_monitor.ts";

/**
 * Solves `A x = b` for any invertible `A`, preconditioned from the right. An iteration applies `A` and
 * `M` twice. After a breakdown it starts again from where it is; a second one without progress is an
 * error.
 *
 * Source: H. A. van der Vorst, "Bi-CGSTAB: a fast and smoothly converging variant of Bi-CG for the
 * solution of nonsymmetric linear systems", SIAM J. Sci. Stat. Comput. 13 (1992) 631-644,
 * DOI 10.1137/0913035.
 *
 * @param a The operator, `n x n`.
 * @param b `[n]`
 * @param x `[n]`; the first guess, overwritten by the solution.
 * @param m A preconditioner.
 * @param options Tolerances and limits.
 * @returns Iterations and relative residuals.
 * @throws {RangeError} when `b` is not finite.
 * @throws {ConvergenceError} when the tolerance is not reached or the recurrence breaks down.
 */
export function biCgStab(
  a: LinearOperator,
  b: Float64Array,
  x: Float64Array,
  m: Preconditioner,
  options: KrylovOptions = {},
): KrylovResult {
  const n = a.rows, length = b.length;
  const monitor = new ConvergenceMonitor(b, x, n, options);
  const sums = monitor.reductions;
  const nullSpace = options.nullSpace ?? null;
  const work = Array.from({ length: 7 }, () => new Float64Array(length));
  const [r, shadow, p, v, t, pHat, sHat] = work;
  residual(a, b, x, r, n);
  nullSpace?.project(r);
  let norm = sums.norm(r);
  let done = monitor.reached(norm);
  while (!done) {
    const before = norm;
    shadow.set(r);
    p.set(r);
    let rho = sums.dot(shadow, r);
    for (;;) {
      m.apply(p, pHat);
      nullSpace?.project(pHat);
      a.multiply(pHat, v);
      const alpha = rho / sums.dot(shadow, v);
      if (!Number.isFinite(alpha)) break;
      addScaled(r, -alpha, v, n);
      addScaled(x, alpha, pHat, n);
      m.apply(r, sHat);
      nullSpace?.project(sHat);
      a.multiply(sHat, t);
      const tt = sums.dot(t, t);
      const omega = tt > 0 ? sums.dot(t, r) / tt : 0;
      addScaled(x, omega, sHat, n);
      addScaled(r, -omega, t, n);
      norm = sums.norm(r);
      done = monitor.reached(norm);
      if (done) break;
      const next = sums.dot(shadow, r);
      const beta = (next / rho) * (alpha / omega);
      // A tiny product of shadow and residual means that the recurrence has lost its direction.
      if (!Number.isFinite(beta) || Math.abs(next) < 1e-30 * norm * norm) break;
      rho = next;
      continueDirection(p, r, v, beta, omega, n);
    }
    if (!done && !(norm < before)) monitor.fail("the recurrence of BiCGStab broke down");
    if (!done) {
      residual(a, b, x, r, n);
      nullSpace?.project(r);
    }
  }
  nullSpace?.project(x);
  return monitor.result();
}

function residual(
  a: LinearOperator,
  b: Float64Array,
  x: Float64Array,
  r: Float64Array,
  n: number,
): void {
  a.multiply(x, r);
  for (let i = 0; i < n; i++) r[i] = b[i] - r[i];
}

/** `p = r + beta (p - omega v)`. */
function continueDirection(
  p: Float64Array,
  r: Float64Array,
  v: Float64Array,
  beta: number,
  omega: number,
  n: number,
): void {
  for (let i = 0; i < n; i++) p[i] = r[i] + beta * (p[i] - omega * v[i]);
}
