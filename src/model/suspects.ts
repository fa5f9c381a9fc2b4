/**
 * Sources of randomness and time that no snapshot can put back.
 *
 * @module
 */

/**
 * Runs work with `Math.random`, `Date.now` and `crypto.getRandomValues` replaced by ones that report their use.
 *
 * @param suspects Takes the names of those that were used.
 */
export async function reportingSuspects(
  suspects: Set<string>,
  work: () => Promise<void>,
): Promise<void> {
  const random = Math.random, now = Date.now;
  const fill = crypto.getRandomValues;
  Math.random = () => (suspects.add("Math.random"), random());
  Date.now = () => (suspects.add("Date.now"), now());
  crypto.getRandomValues = (array) => {
    suspects.add("crypto.getRandomValues");
    return fill.call(crypto, array) as typeof array;
  };
  try {
    await work();
  } finally {
    Math.random = random;
    Date.now = now;
    crypto.getRandomValues = fill;
  }
}
