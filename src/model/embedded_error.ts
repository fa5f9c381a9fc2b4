/**
 * The error of a step by the estimates of the histories that took part in it.
 *
 * @module
 */
import type { StepError } from "../ddt/step_errors.ts";

/** The largest of the estimates. */
export interface EmbeddedError {
  /** The name of the history that made it. */
  readonly name: string;
  /** Relative to the largest value of its field. */
  readonly error: number;
  /** The lowest order of the formulas that were asked. */
  readonly order: number;
}

/**
 * The largest of the estimates of a step; null after a first step, which has no past.
 *
 * @throws {TypeError} when no history took part, or one that cannot estimate.
 */
export function embeddedError(all: readonly StepError[]): EmbeddedError | null {
  if (all.length === 0) {
    throw new TypeError(
      'advance: error: "embedded" asks the time histories of fields, and none took part in this step; ' +
        "give a function (dt) => number",
    );
  }
  const low = all.find(({ order }) => order < 2);
  if (low !== undefined) {
    throw new TypeError(
      `advance: error: "embedded" needs histories of order 2 or 3, which keep enough values; '${low.name}' is of ` +
        `order ${low.order}`,
    );
  }
  const known = all.flatMap(({ name, estimate }) =>
    estimate === null ? [] : [{ name, ...estimate }]
  );
  if (known.length === 0) return null;
  // A comparison with NaN is false, and an estimate that is not a number has to be seen.
  const worst = known.reduce((most, one) => one.error <= most.error ? most : one);
  return { ...worst, order: Math.min(...known.map(({ order }) => order)) };
}
