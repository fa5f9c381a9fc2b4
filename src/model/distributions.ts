/**
 * Turns random 32-bit words into numbers of a distribution: the only place with these formulas.
 *
 * @module
 */

/** A source of random 32-bit words, signed or unsigned. */
export type WordSource = () => number;

/** A number in [0, 1) from two words, with 53 random bits. */
export function uniformNumber(words: WordSource): number {
  const high = words() >>> 5, low = words() >>> 6;
  return (high * 0x4000000 + low) / 0x20000000000000;
}

/**
 * Standard normal numbers, returned one at a time although they are drawn in pairs.
 *
 * State: captured, by the stream that it serves: `spare` is all of it.
 */
export class NormalDistribution {
  /** The second number of the last pair, until it is used. */
  spare: number | null = null;

  /** The next number. */
  next(words: WordSource): number {
    const spare = this.spare;
    if (spare !== null) {
      this.spare = null;
      return spare;
    }
    const [first, second] = normalPair(words);
    this.spare = second;
    return first;
  }
}

/** Two independent standard normal numbers (Box and Muller 1958, doi:10.1214/aoms/1177706645). */
function normalPair(words: WordSource): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformNumber(words)));
  const angle = 2 * Math.PI * uniformNumber(words);
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/**
 * A whole number in [lo, hi), each equally likely: draws that would favour some numbers are rejected.
 *
 * @throws {RangeError} when the bounds are not whole numbers, or the range is empty or larger than 2^53.
 */
export function uniformInteger(words: WordSource, lo: number, hi: number): number {
  const span = hi - lo;
  if (
    !Number.isSafeInteger(lo) || !Number.isSafeInteger(hi) || !(span > 0) ||
    !Number.isSafeInteger(span)
  ) {
    throw new RangeError(
      `int(${lo}, ${hi}) takes two whole numbers, the second one larger; the result is in [lo, hi)`,
    );
  }
  const limit = TWO_53 - (TWO_53 % span);
  let draw;
  do {
    draw = (words() >>> 5) * 0x4000000 + (words() >>> 6);
  } while (draw >= limit);
  return lo + (draw % span);
}

const TWO_53 = 2 ** 53;
