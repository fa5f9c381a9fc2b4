/** An explicit Runge-Kutta scheme in which every stage starts from the velocity of the one before. */
export interface Scheme {
  /** Where the stages stand within the step. */
  readonly nodes: readonly number[];
  /** What their velocities count for; they sum to 1. */
  readonly weights: readonly number[];
}

/** x + dt v(x, t). */
const euler: Scheme = { nodes: [0], weights: [1] };

/** x + dt v(x + dt/2 v, t + dt/2). */
const midpoint: Scheme = { nodes: [0, 1 / 2], weights: [0, 1] };

/** The classical scheme of W. Kutta, Z. Math. Phys. 46 (1901) 435-453. */
const classical: Scheme = { nodes: [0, 1 / 2, 1 / 2, 1], weights: [1 / 6, 1 / 3, 1 / 3, 1 / 6] };

/**
 * The scheme of order 1 (Euler), 2 (midpoint) or 4 (classical). See E. Hairer, S. P. Norsett, G. Wanner,
 * Solving ordinary differential equations I (1993), section II.1, DOI 10.1007/978-3-540-78862-1.
 *
 * @throws {RangeError} when there is none of that order.
 */
export function rungeKuttaScheme(order: 1 | 2 | 4): Scheme {
  if (order === 1) return euler;
  if (order === 2) return midpoint;
  if (order === 4) return classical;
  throw new RangeError(`advect: the order is 1, 2 or 4, got ${String(order)}`);
}
