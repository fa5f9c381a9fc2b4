/**
 * Where residuals and Jacobians are asked for.
 *
 * @module
 */
import { checkOptions, describe, type OptionNames } from "../options.ts";
import type { StepOptions } from "../solve/time_step.ts";
import type { EquationFrame } from "./equation_frame.ts";

/** What `Equation.residual` and `Equation.jacobian` take. */
export interface EvaluationOptions extends StepOptions {
  /**
   * The values of the unknowns, `[unknowns]` in the order of `Equation.vector`; where the equation has rates, those
   * that a step would give them (with theta below 1, those of the time between). Defaults to the values that
   * they have, which are also those from which a step starts.
   */
  readonly at?: Float64Array;
}

const evaluationOptionNames: OptionNames<EvaluationOptions> = { dt: true, at: true };

/** @throws {TypeError} when there is another option, or `at` is not a Float64Array. */
export function checkEvaluation(who: string, options: EvaluationOptions): EvaluationOptions {
  checkOptions(who, options, evaluationOptionNames);
  const { at } = options;
  if (at === undefined || at instanceof Float64Array) return options;
  throw new TypeError(`${who}: at is a Float64Array of all unknowns, got ${describe(at)}`);
}

/**
 * The values at which a frame is evaluated.
 *
 * @throws {RangeError} when there are not as many values as unknowns.
 */
export function pointIn(
  { space, start, ranks }: EquationFrame,
  at: Float64Array | undefined,
  who: string,
): Float64Array {
  if (at === undefined) return start;
  if (at.length !== space.count) {
    throw new RangeError(
      `${who}: there are ${space.count} unknowns, and at has ${at.length} values`,
    );
  }
  const copy = at.slice();
  ranks?.sync(copy);
  return copy;
}

/** Says that an equation without rates is given a step. */
export function noStep(name: string, call: string): RangeError {
  return new RangeError(`${name} has no dt(...), so that ${call}() takes no step`);
}
