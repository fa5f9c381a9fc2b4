/**
 * Visits the states of a run in reverse order. What does it is loaded when it is first used.
 *
 * @module
 */
import type { Model } from "../model/model.ts";
import type { ReverseOptions, ReverseReport } from "./reverse_options.ts";

/**
 * Runs a model forward, then visits the states before its steps in reverse order, each exactly as it was, without
 * keeping all of them: few are kept, and from them steps are taken again, as few as possible. This is what an adjoint
 * needs. In the end the model is in the state in which it began, also when an error is thrown.
 *
 * With a known number of steps the schedule is Revolve (Griewank and Walther, DOI 10.1145/347837.347846), with the
 * least used states on disk (Stumm and Walther, DOI 10.1137/080718036). Where a function says when the run ends,
 * states are kept as in Wang, Moin and Iaccarino (DOI 10.1137/080727890).
 *
 * A step must depend on the state alone; `verifyReplay` finds out. A visit may change the model: the next one is in
 * its own state all the same. What visits gather belongs outside of the model. Collective.
 *
 * @throws {TypeError} when an option does not exist or is of a wrong type.
 * @throws {RangeError} when a number is out of range, options exclude each other, or not one state fits into the
 *   bytes.
 * @throws {ModelBusyError} when another sweep of the model has not ended.
 * @throws {RunIdentityError} when the record is of a sweep that began in another state.
 * @throws {Error} what `step`, `visit` and `end` throw.
 *
 * @example
 * ```ts
 * import { Model, reverse } from "@timestash/timestash";
 *
 * const model = new Model();
 * model.tracker.u = 1;
 * let slope = 1; // of the last u by the u before the step
 * const { forwardSteps } = await reverse(model, {
 *   steps: 6,
 *   memory: 2,
 *   step: () => model.tracker.u = Math.sin(model.tracker.u),
 *   visit: () => slope *= Math.cos(model.tracker.u),
 * });
 * console.log(forwardSteps, slope.toFixed(3)); // 8 0.160
 * ```
 */
export async function reverse(model: Model, options: ReverseOptions): Promise<ReverseReport> {
  const { aloneReverse } = await import("./reverse_sweep.ts");
  return await aloneReverse(model, options);
}
