/**
 * Decides which cells are to be halved, and how often, from sizes and indicators. The functions are
 * pure functions of the whole mesh, so that the same cells are marked on any number of ranks.
 *
 * Positive numbers are halvings, and negative numbers are halvings that may be undone. dim halvings
 * make edges half as long.
 *
 * @module
 */
import type { Geometry } from "../geometry.ts";

/** The sizes of cells, `[cellCount]`: (dim! volume)^(1/dim), the leg of a right-angled simplex. */
export function cellSizes({ topology: { dim }, volumes }: Geometry): Float64Array {
  return dim === 2
    ? volumes.map((volume) => Math.sqrt(2 * volume))
    : volumes.map((volume) => Math.cbrt(6 * volume));
}

/**
 * The largest size of a merged cell, relative to the wanted size. Cells at a curved boundary change
 * their area as they are halved and merged; without a margin they would alternate between both
 * states for ever.
 */
const margin = 0.9;

/**
 * Halves cells that are larger than the size wanted at one of their corners, and allows halvings to
 * be undone if the merged cell would still be smaller than that size.
 *
 * @param wanted the sizes at nodes, `[nodeCount]`, finite and above 0.
 */
export function wantsOfSizes(
  { topology: { dim, cells } }: Geometry,
  sizes: Float64Array,
  wanted: Float64Array,
): Int16Array {
  const corners = dim + 1;
  const wants = new Int16Array(sizes.length);
  for (let c = 0; c < wants.length; c++) {
    let least = Infinity;
    for (let k = 0; k < corners; k++) least = Math.min(least, wanted[cells[c * corners + k]]);
    const excess = dim * Math.log2(sizes[c] / least);
    if (excess > 0) wants[c] = Math.min(Math.ceil(excess), 255);
    else {
      const spare = Math.floor(dim * Math.log2(margin * least / sizes[c]));
      if (spare > 0) wants[c] = -Math.min(spare, 255);
    }
  }
  return wants;
}

/**
 * Halves cells above the threshold dim times, and allows as many halvings to be undone in cells
 * that are below `below` times the threshold.
 */
export function wantsOfThreshold(
  dim: 2 | 3,
  indicator: Float64Array,
  threshold: number,
  below: number,
): Int16Array {
  const wants = new Int16Array(indicator.length), floor = below * threshold;
  for (let c = 0; c < wants.length; c++) {
    if (indicator[c] > threshold) wants[c] = dim;
    else if (indicator[c] < floor) wants[c] = -dim;
  }
  return wants;
}

/**
 * Marks the fewest cells that have a share of the sum of squares (W. Doerfler, A convergent
 * adaptive algorithm for Poisson's equation, SIAM J. Numer. Anal. 33 (1996), DOI 10.1137/0733054).
 * Among cells with equal indicators, those with lower numbers are marked first. Cells below `below`
 * times the least marked indicator may be merged.
 */
export function wantsOfShare(
  dim: 2 | 3,
  indicator: Float64Array,
  share: number,
  below: number,
): { wants: Int16Array; threshold: number } {
  const squares = indicator.map((value) => value * value);
  const sorted = squares.slice().sort();
  let total = 0;
  for (let i = 0; i < sorted.length; i++) total += sorted[i];
  let sum = 0, at = sorted.length;
  while (at > 0 && sum < share * total) sum += sorted[--at];
  const threshold = at < sorted.length ? sorted[at] : Infinity;
  /** The number of marked cells among those that are equal to the least one. */
  let equal = 0;
  while (at < sorted.length && sorted[at] === threshold) equal++, at++;
  const wants = new Int16Array(indicator.length), floor = below * Math.sqrt(threshold);
  for (let c = 0; c < wants.length; c++) {
    if (squares[c] > threshold || (squares[c] === threshold && equal-- > 0)) wants[c] = dim;
    else if (indicator[c] < floor) wants[c] = -dim;
  }
  return { wants, threshold: Math.sqrt(threshold) };
}

/** The smallest size and the highest level of cells. */
export interface Bounds {
  readonly minSize: number;
  readonly maxLevel: number;
}

/**
 * Removes halvings that would go below a size or above a level. Halvings that are needed to avoid
 * hanging nodes are not limited.
 *
 * @returns the limit that removed halvings, with size taking precedence; null if none did.
 */
export function limitWants(
  wants: Int16Array,
  dim: 2 | 3,
  sizes: Float64Array,
  levels: Uint8Array,
  { minSize, maxLevel }: Bounds,
): "minSize" | "maxLevel" | null {
  let bySize = false, byLevel = false;
  for (let c = 0; c < wants.length; c++) {
    if (wants[c] <= 0) continue;
    // The tolerance makes sizes whose ratio is an exact power of two count as such despite
    // rounding.
    const fit = minSize > 0 ? Math.floor(dim * Math.log2(sizes[c] / minSize) + 1e-9) : Infinity;
    if (fit < wants[c]) {
      bySize = true;
      wants[c] = Math.max(fit, 0);
    }
    const room = maxLevel - levels[c];
    if (room < wants[c]) {
      byLevel = true;
      wants[c] = Math.max(room, 0);
    }
  }
  return bySize ? "minSize" : byLevel ? "maxLevel" : null;
}

/** A lower bound for the number of cells after the halvings. */
export function leastCount(wants: Int16Array): number {
  let count = 0;
  for (let c = 0; c < wants.length; c++) count += 2 ** wants[c];
  return count;
}
