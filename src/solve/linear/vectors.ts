/**
 * Vector updates of the iterations; flat loops that change their first argument.
 *
 * @module
 */

/** `y += alpha x` over the first `n` entries. */
export function addScaled(y: Float64Array, alpha: number, x: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) y[i] += alpha * x[i];
}

/** `p = z + beta p` over the first `n` entries. */
export function newDirection(p: Float64Array, z: Float64Array, beta: number, n: number): void {
  for (let i = 0; i < n; i++) p[i] = z[i] + beta * p[i];
}

/** `x *= alpha` over the first `n` entries. */
export function scale(x: Float64Array, alpha: number, n: number): void {
  for (let i = 0; i < n; i++) x[i] *= alpha;
}

/** Adds `amount` to the first `n` entries. */
export function shift(x: Float64Array, amount: number, n: number): void {
  for (let i = 0; i < n; i++) x[i] += amount;
}

/** True where the first `n` entries are finite numbers. */
export function allFinite(x: Float64Array, n: number): boolean {
  // Anything times 0 is 0, but infinity and NaN give NaN, which stays.
  let probe = 0;
  for (let i = 0; i < n; i++) probe += x[i] * 0;
  return probe === 0;
}
