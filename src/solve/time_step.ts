/**
 * Step sizes as solvers take them, and what a step reports.
 *
 * @module
 */
import { checkOptions, type OptionNames } from "../options.ts";
import { stableOrder } from "../ddt/coefficients.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import type { SolveResult } from "./solver_types.ts";

/** What `solve` takes. */
export interface StepOptions {
  /** The step, positive. Defaults to `tracker.dt`. */
  readonly dt?: number | undefined;
}

/** The names of {@link StepOptions}. */
export const stepOptionNames: OptionNames<StepOptions> = { dt: true };

/** How a step in time went. */
export interface StepResult extends SolveResult {
  /** The step that was taken. */
  readonly dt: number;
  /** The order that was used. */
  readonly order: number;
  /** Why it was lower than the order of the solver; null where it was not. */
  readonly reduced: "start" | "step growth" | null;
}

/**
 * The step to take.
 *
 * @param call The method that takes it.
 * @throws {TypeError} when there is none.
 * @throws {RangeError} when it is not positive and finite.
 */
export function stepOf(
  options: StepOptions,
  model: ModelHost,
  who: string,
  call = "solve",
): number {
  checkOptions(`${who}.${call}`, options, stepOptionNames);
  const dt = options.dt ?? model.tracker.dt;
  if (typeof dt !== "number") {
    throw new TypeError(`${who}.${call} needs a step: ${call}({ dt }) or a number in tracker.dt`);
  }
  if (!(dt > 0 && dt < Infinity)) {
    throw new RangeError(`${who}.${call}: dt is ${dt}; it has to be positive and finite`);
  }
  return dt;
}

/**
 * The order of backward differences that a step can have: what is known, and what growing steps leave stable.
 *
 * @param asked The order of the solver.
 * @param history In a step.
 */
export function orderInForce(
  asked: number,
  history: { readonly effectiveOrder: number; readonly stepSizes: ArrayLike<number> },
): Pick<StepResult, "order" | "reduced"> {
  const known = Math.min(asked, history.effectiveOrder);
  const order = stableOrder(known, history.stepSizes);
  return { order, reduced: order < known ? "step growth" : known < asked ? "start" : null };
}
