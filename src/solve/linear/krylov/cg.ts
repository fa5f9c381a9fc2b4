/**
 * Preconditioned conjugate gradients.
 *
 * @module
 */
import type { KrylovOptions, KrylovResult, LinearOperator, Preconditioner } from "../operator.ts";
import { addScaled, newDirection } from "../vectors.ts";
import { ConvergenceMonitor } from "./convergence_monitor.ts";

/**
 * Solves `A x = b` for a symmetric positive (semi-)definite `A`.
 *
 * Source: M. R. Hestenes, E. Stiefel, "Methods of conjugate gradients for solving linear systems",
 * J. Res. Nat. Bur. Standards 49 (1952) 409-436, DOI 10.6028/jres.049.044; Y. Saad, "Iterative methods
 * for sparse linear systems", 2nd ed., SIAM 2003, DOI 10.1137/1.9780898718003, algorithm 9.1.
 *
 * @param a The operator, `n x n`.
 * @param b `[n]`
 * @param x `[n]`; the first guess, overwritten by the solution.
 * @param m A symmetric preconditioner.
 * @param options Tolerances and limits.
 * @returns Iterations and relative residuals.
 * @throws {RangeError} when `b` or `x` is not finite.
 * @throws {ConvergenceError} when the tolerance is not reached, or `A` or `m` turns out not to be
 * positive definite.
 */
export function conjugateGradients(
  a: LinearOperator,
  b: Float64Array,
  x: Float64Array,
  m: Preconditioner,
  options: KrylovOptions = {},
): KrylovResult {
  const n = a.rows;
  const monitor = new ConvergenceMonitor(b, x, n, options);
  const sums = monitor.reductions;
  const nullSpace = options.nullSpace ?? null;
  const length = b.length;
  const r = new Float64Array(length), z = new Float64Array(length);
  const p = new Float64Array(length), q = new Float64Array(length);
  a.multiply(x, q);
  r.set(b);
  addScaled(r, -1, q, n);
  nullSpace?.project(r);
  if (monitor.reached(sums.norm(r))) return finish(x, monitor, options);
  let rz = 0;
  for (;;) {
    m.apply(r, z);
    nullSpace?.project(z);
    const previous = rz;
    rz = sums.dot(r, z);
    if (!(rz > 0)) {
      monitor.fail(`r . M r = ${rz}: the preconditioner is not positive definite`, true);
    }
    if (previous === 0) p.set(z);
    else newDirection(p, z, rz / previous, n);
    a.multiply(p, q);
    const curvature = sums.dot(p, q);
    if (!(curvature > 0)) {
      monitor.fail(`p . A p = ${curvature}: the matrix is not positive definite`, true);
    }
    if (monitor.reached(sums.step(x, r, p, q, rz / curvature))) {
      return finish(x, monitor, options);
    }
  }
}

function finish(
  x: Float64Array,
  monitor: ConvergenceMonitor,
  options: KrylovOptions,
): KrylovResult {
  options.nullSpace?.project(x);
  return monitor.result();
}
