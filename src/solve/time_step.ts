/**
 * Step sizes as solvers take them.
 *
 * @module
 */
import type { ModelHost } from "../snapshot/contract.ts";

/** What `solve` takes. */
export interface StepOptions {
  /** The step, positive; `tracker.dt` when left out. */
  readonly dt?: number;
}

/**
 * The step to take.
 *
 * @throws {TypeError} when there is none.
 * @throws {RangeError} when it is not positive and finite.
 */
export function stepOf(options: StepOptions, model: ModelHost, who: string): number {
  const dt = options.dt ?? model.tracker.dt;
  if (typeof dt !== "number") {
    throw new TypeError(`${who}.solve needs a step: solve({ dt }) or a number in tracker.dt`);
  }
  if (!(dt > 0 && dt < Infinity)) {
    throw new RangeError(`${who}.solve: dt is ${dt}; it has to be positive and finite`);
  }
  return dt;
}
