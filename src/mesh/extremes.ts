/**
 * The smallest and the largest of a field's numbers.
 *
 * @module
 */

/** Which of the two; the names are those of the reductions of `Comm`. */
export type Extreme = "min" | "max";

/** The identity of a reduction: what the extreme of no numbers is. */
export function extremeOfNone(which: Extreme): number {
  return which === "min" ? Infinity : -Infinity;
}

/** The extreme of the first `count` numbers; NaN when one is NaN, 0 for a field that has no memory yet. */
export function extremeOf(which: Extreme, data: Float64Array | null, count: number): number {
  if (count === 0) return extremeOfNone(which);
  if (data === null) return 0;
  const sign = which === "min" ? 1 : -1;
  let best = data[0];
  for (let i = 0; i < count; i++) {
    if (sign * data[i] < sign * best) best = data[i];
    else if (data[i] !== data[i]) return NaN;
  }
  return best;
}
