/**
 * Backward differentiation (BDF) and Adams-Moulton (AM) formulas of orders 1 to 3 for steps of any
 * sizes. They are written out here and nowhere else in the toolkit.
 *
 * Every coefficient is a product or quotient of sums of positive numbers, so it carries a relative
 * error of a few rounding units whatever the ratio of the steps.
 *
 * Source: Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I (2nd ed., 1993,
 * doi:10.1007/978-3-540-78862-1), III.1 eq. (1.22') for constant steps and III.5 for variable ones.
 *
 * @module
 */
import { requireNumber } from "../options.ts";

/** Orders of the formulas. */
export type HistoryOrder = 1 | 2 | 3;

/**
 * Coefficients of the derivative at the newest time.
 *
 * `du/dt(t_0) = c[0] u(t_0) + c[1] u(t_1) + ... + c[k] u(t_k)` with `t_j = t_0 - (h_1 + ... + h_j)`,
 * exact for polynomials of degree k: the derivative at `t_0` of the polynomial through k + 1 values.
 * The coefficients are divided by the step already; their unit is 1 / time.
 *
 * @param order k: 1, 2 or 3.
 * @param steps `[k or more]`: `h_1` is the newest step, then older ones; entries beyond k are not read.
 * @returns `[k + 1]`, newest value first.
 * @throws {RangeError} when the order is not 1, 2 or 3, or a step is missing or not positive and finite.
 *
 * @example
 * ```ts
 * import { bdfCoefficients } from "@timestash/timestash";
 *
 * console.log(bdfCoefficients(2, [0.5, 0.5])); // Float64Array(3) [ 3, -4, 1 ]
 * ```
 */
export function bdfCoefficients(order: number, steps: ArrayLike<number>): Float64Array {
  checkSteps("bdfCoefficients", order, steps);
  const h = steps[0];
  if (order === 1) return Float64Array.of(1 / h, -1 / h);
  const s = h + steps[1];
  if (order === 2) {
    return Float64Array.of(1 / h + 1 / s, -(s / h) / steps[1], (h / s) / steps[1]);
  }
  // Ages s = t_0 - t_2, p = t_0 - t_3; c[j] = -1/age_j times the product of age_m / (age_m - age_j).
  const p = s + steps[2], r = steps[1] + steps[2];
  return Float64Array.of(
    1 / h + 1 / s + 1 / p,
    -((s / steps[1]) * (p / r)) / h,
    ((h / steps[1]) * (p / steps[2])) / s,
    -((h / r) * (s / steps[2])) / p,
  );
}

/**
 * Weights of the mean of a flux over the newest step.
 *
 * `(1 / h_1) * integral of F from t_1 to t_0 = w[0] F(t_0) + w[1] F(t_1) + ... + w[k] F(t_k)`, exact for
 * polynomials of degree k. The weights have sum 1. For k = 1 they are `theta, 1 - theta`, exact for
 * degree 1 at theta = 1/2 (trapezoidal rule) and for degree 0 otherwise.
 *
 * @param order k: 1, 2 or 3.
 * @param steps `[k or more]`: the newest step first.
 * @param theta Weight of the newest flux for k = 1. Defaults to 1/2; orders 2 and 3 have no free parameter.
 * @returns `[k + 1]`, newest flux first.
 * @throws {RangeError} when the order is not 1, 2 or 3, a step is missing or not positive and finite,
 *   or theta is not in [0, 1].
 *
 * @example
 * ```ts
 * import { adamsMoultonCoefficients } from "@timestash/timestash";
 *
 * console.log(adamsMoultonCoefficients(1, [0.1])); // Float64Array(2) [ 0.5, 0.5 ]
 * ```
 */
export function adamsMoultonCoefficients(
  order: number,
  steps: ArrayLike<number>,
  theta = 0.5,
): Float64Array {
  checkSteps("adamsMoultonCoefficients", order, steps);
  checkTheta("adamsMoultonCoefficients", theta);
  if (order === 1) return Float64Array.of(theta, 1 - theta);
  // The step is [0, 1]; the older points are at 0, -r and -p.
  const r = steps[1] / steps[0];
  if (order === 2) {
    return Float64Array.of(
      (2 + 3 * r) / (6 * (1 + r)),
      (1 + 3 * r) / (6 * r),
      -1 / (6 * r * (1 + r)),
    );
  }
  const q = steps[2] / steps[0], p = r + q;
  return Float64Array.of(
    (3 + 4 * (r + p) + 6 * r * p) / (12 * (1 + r) * (1 + p)),
    (1 + 2 * (r + p) + 6 * r * p) / (12 * r * p),
    -(1 + 2 * p) / (12 * r * (1 + r) * q),
    (1 + 2 * r) / (12 * p * (1 + p) * q),
  );
}

/**
 * Weights that carry past values on to the newest time.
 *
 * `u(t_0) = e[0] u(t_1) + ... + e[k-1] u(t_k)`, exact for polynomials of degree k - 1, with the times of
 * {@link bdfCoefficients}. Source: U. M. Ascher, S. J. Ruuth, B. T. R. Wetton, Implicit-explicit methods
 * for time-dependent partial differential equations, SIAM J. Numer. Anal. 32 (1995) 797-823,
 * doi:10.1137/0732037, for constant steps.
 *
 * @param order k: 1, 2 or 3, the number of past values.
 * @param steps `[k or more]`: the newest step first.
 * @returns `[k]`, the newest past value first.
 * @throws {RangeError} when the order is not 1, 2 or 3, or a step is missing or not positive and finite.
 */
export function extrapolationCoefficients(
  order: number,
  steps: ArrayLike<number>,
): Float64Array {
  checkSteps("extrapolationCoefficients", order, steps);
  if (order === 1) return Float64Array.of(1);
  const h = steps[0], s = h + steps[1];
  if (order === 2) return Float64Array.of(s / steps[1], -h / steps[1]);
  const p = s + steps[2], r = steps[1] + steps[2];
  return Float64Array.of(
    (s / steps[1]) * (p / r),
    -(h / steps[1]) * (p / steps[2]),
    (h / r) * (s / steps[2]),
  );
}

/**
 * Weights that estimate the error of the formula one order lower, by the values of a step of order k.
 *
 * `e(t_0) = w[0] u(t_0) + w[1] u(t_1) + ... + w[k] u(t_k)` is the leading term of what a BDF step of order k - 1
 * from exact past values is wrong by. With P the extrapolation of the k past values, u - P is D times the product
 * of the k ages, D the k-th divided difference; the formula of order k - 1 with the leading factor c is wrong by D
 * times the product of the first k - 1 ages over c. Source: Hairer, Norsett, Wanner (see above), III.2 eq. (2.4)
 * and III.5.
 *
 * @param order k: 2 or 3; order 1 has too few values, and its weights are 0.
 * @param steps `[k or more]`: the newest step first.
 * @returns `[k + 1]`, the newest value first.
 * @throws {RangeError} when the order is not 1, 2 or 3, or a step is missing or not positive and finite.
 */
export function errorCoefficients(order: number, steps: ArrayLike<number>): Float64Array {
  checkSteps("errorCoefficients", order, steps);
  const weights = new Float64Array(order + 1);
  if (order === 1) return weights;
  let age = 0;
  for (let j = 0; j < order; j++) age += steps[j];
  const factor = 1 / (1 + bdfCoefficients(order - 1, steps)[0] * age);
  weights[0] = factor;
  extrapolationCoefficients(order, steps).forEach((e, j) => weights[j + 1] = -factor * e);
  return weights;
}

/** The three numbers of an exponential step; see {@link relaxationCoefficients}. */
export interface RelaxationCoefficients {
  /** Factor of the old value, `exp(-dt / relaxationTime)`. */
  readonly decay: number;
  /** Factor of the forcing at the start of the step; a time. */
  readonly older: number;
  /** Factor of the forcing at its end; a time. */
  readonly newer: number;
}

/**
 * One step of `du/dt = -u / tau + F` by exponential time differencing (ETD-2):
 * `u(t + dt) = decay u(t) + older F(t) + newer F(t + dt)`, exact where F is linear in time.
 *
 * With `z = -dt / tau`: decay = e^z, newer = dt phi2(z), older = dt (phi1(z) - phi2(z)),
 * phi1 = (e^z - 1) / z, phi2 = (e^z - 1 - z) / z^2. Source: S. M. Cox, P. C. Matthews, Exponential time
 * differencing for stiff systems, J. Comput. Phys. 176 (2002) 430-455, doi:10.1006/jcph.2002.6995.
 *
 * @param dt The step, a time.
 * @param relaxationTime tau, a time; Infinity gives the trapezoidal rule without decay.
 * @throws {RangeError} when one is not positive, or dt is not finite.
 */
export function relaxationCoefficients(
  dt: number,
  relaxationTime: number,
): RelaxationCoefficients {
  checkStep("relaxationCoefficients", [dt], 0);
  if (!(relaxationTime > 0)) {
    throw new RangeError(`relaxationCoefficients: the relaxation time is ${relaxationTime}`);
  }
  const z = -dt / relaxationTime;
  const first = z === 0 ? 1 : Math.expm1(z) / z;
  const second = secondPhi(z, first);
  return { decay: Math.exp(z), older: dt * (first - second), newer: dt * second };
}

/** (phi1 - 1) / z, by its series where the difference would cancel. */
function secondPhi(z: number, first: number): number {
  if (z < -1) return (first - 1) / z;
  let sum = 0;
  // z^k / (k + 2)! is below half a unit from k = 17 on.
  for (let k = 17; k >= 0; k--) sum = (1 + z * sum) / (k + 2);
  return sum;
}

/**
 * Growth of the step from one to the next below which BDF stays zero-stable however long it lasts:
 * none for order 1, `1 + sqrt(2)` for order 2, `(1 + sqrt(5)) / 2` for order 3.
 *
 * Sources: R. D. Grigorieff, Stability of multistep-methods on variable grids, Numer. Math. 42 (1983)
 * 359-377, doi:10.1007/BF01389580; M. Calvo, T. Grande, R. D. Grigorieff, On the zero stability of the
 * variable order variable stepsize BDF-formulas, Numer. Math. 57 (1990) 39-50, doi:10.1007/BF01386395.
 *
 * @throws {RangeError} when the order is not 1, 2 or 3.
 */
export function stableGrowth(order: number): number {
  checkOrder("stableGrowth", order);
  return order === 1 ? Infinity : order === 2 ? 1 + Math.SQRT2 : (1 + Math.sqrt(5)) / 2;
}

/**
 * The greatest order up to `order` that sustained growth of the steps leaves stable.
 *
 * Growth counts as sustained when its geometric mean over the last two changes of step is above
 * {@link stableGrowth}; a single jump, or sizes that alternate, do no harm. With fewer than three steps
 * growth is not sustained.
 *
 * @param steps The newest step first.
 * @throws {RangeError} when the order is not 1, 2 or 3, or one of the first three steps is not positive
 *   and finite.
 */
export function stableOrder(order: number, steps: ArrayLike<number>): HistoryOrder {
  checkOrder("stableOrder", order);
  for (let j = 0; j < Math.min(3, steps.length); j++) checkStep("stableOrder", steps, j);
  if (steps.length < 3) return order;
  const growth = Math.sqrt(steps[0] / steps[2]);
  let stable: HistoryOrder = order;
  while (stable > 1 && growth > stableGrowth(stable)) stable = (stable - 1) as HistoryOrder;
  return stable;
}

/** Refuses everything but 1, 2 and 3; the message starts with `what`. */
export function checkOrder(what: string, order: number): asserts order is HistoryOrder {
  requireNumber(`${what}: order`, order);
  if (order !== 1 && order !== 2 && order !== 3) {
    throw new RangeError(`${what}: the order has to be 1, 2 or 3, found ${order}`);
  }
}

/** Refuses everything outside of [0, 1]; the message starts with `what`. */
export function checkTheta(what: string, theta: number): void {
  requireNumber(`${what}: theta`, theta);
  if (!(theta >= 0 && theta <= 1)) {
    throw new RangeError(`${what}: theta has to be a number from 0 to 1, found ${theta}`);
  }
}

function checkSteps(what: string, order: number, steps: ArrayLike<number>): void {
  checkOrder(what, order);
  if (steps.length < order) {
    throw new RangeError(`${what}: order ${order} needs ${order} steps, found ${steps.length}`);
  }
  for (let j = 0; j < order; j++) checkStep(what, steps, j);
}

function checkStep(what: string, steps: ArrayLike<number>, j: number): void {
  const step = steps[j];
  if (typeof step !== "number" || !(step > 0 && step < Infinity)) {
    throw new RangeError(`${what}: step ${j} is ${step}; steps are positive and finite`);
  }
}
