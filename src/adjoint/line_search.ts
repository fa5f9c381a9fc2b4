/**
 * How far to go along a direction of descent.
 *
 * The step satisfies the weak Wolfe conditions: the value falls by a share of what the slope promises, and the slope
 * has become flatter. Between two steps, one too long and one too short, the next one is where the secant of the
 * slopes vanishes, which is the minimum of a parabola, kept away from the ends.
 *
 * Source: A. S. Lewis, M. L. Overton, Nonsmooth optimization via quasi-Newton methods, Math. Program. 141 (2013)
 * 135-163, DOI 10.1007/s10107-012-0514-2, algorithm 2.6.
 *
 * @module
 */

/** Value and slope along the direction; Infinity where there is no value. */
export interface Along {
  readonly value: number;
  readonly slope: number;
}

/** The decrease that a step has to bring, relative to what the slope at the start promises. */
const sufficient = 1e-4;

/** A step is at most so many times as long as the one before. */
const mostGrowth = 100;

/**
 * Finds a step.
 *
 * @param start Value and slope at the start; the slope is below 0.
 * @param first The first length.
 * @param flatter The slope at the end is at least this share of the one at the start: it is below 0 there.
 * @param at Evaluates at a length.
 * @param mostTrials After which there is no step.
 * @returns Whether the last length that was evaluated is a step.
 */
export async function wolfeStep(
  start: Along,
  first: number,
  flatter: number,
  at: (length: number) => Promise<Along>,
  mostTrials: number,
): Promise<boolean> {
  let low = 0, high = Infinity, length = first;
  for (let trial = 0; trial < mostTrials; trial++) {
    const { value, slope } = await at(length);
    // Written so that NaN is too long.
    if (!(value <= start.value + sufficient * length * start.slope)) high = length;
    else if (slope < flatter * start.slope) low = length;
    else return true;
    const secant = Number.isFinite(slope) && slope !== start.slope
      ? length * start.slope / (start.slope - slope)
      : NaN;
    length = nextLength(low, high, secant);
    if (high < Infinity && high - low <= 1e-12 * high) return false;
  }
  return false;
}

/** Near the secant's zero, but away from both ends; the middle where it says nothing. */
function nextLength(low: number, high: number, secant: number): number {
  if (high === Infinity) {
    return secant > low ? Math.min(Math.max(secant, 1.1 * low), mostGrowth * low) : 2 * low;
  }
  const margin = 0.1 * (high - low);
  const isBetween = secant > low && secant < high;
  return isBetween ? Math.min(high - margin, Math.max(low + margin, secant)) : (low + high) / 2;
}
