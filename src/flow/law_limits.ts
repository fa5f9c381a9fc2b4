/**
 * How far a flow with a law is solved.
 *
 * @module
 */
import { checkOptions, requireNumber } from "../options.ts";
import { nonlinearOptionNames, type NonlinearOptions } from "./stokes_options.ts";

/** How a flow with a law is solved for. */
export interface LawLimits {
  readonly method: "newton" | "picard";
  /** Relative residual at which the iteration ends. */
  readonly tolerance: number;
  readonly maxSteps: number;
  /** Steps of Picard's method before Newton's begins. */
  readonly picardSteps: number;
  /** Of each linear solve. */
  readonly maxIterations: number;
}

/**
 * The limits that options give, or the defaults.
 *
 * @param linear Those of linear solves.
 * @throws {TypeError} when an option is of another kind, or there is none of its name.
 * @throws {RangeError} when one is out of range.
 */
export function lawLimits(
  options: NonlinearOptions | undefined,
  { rtol, maxIterations }: { readonly rtol: number; readonly maxIterations: number },
  who: string,
): LawLimits {
  checkOptions(`${who}: nonlinear`, options, nonlinearOptionNames);
  const { method = "newton", tolerance = rtol, maxSteps = 50, picardSteps = 3 } = options ?? {};
  if (method !== "newton" && method !== "picard") {
    throw new RangeError(
      `${who}: nonlinear.method is "newton" or "picard", got ${JSON.stringify(method)}`,
    );
  }
  requireNumber(`${who}: nonlinear.tolerance`, tolerance);
  if (!(tolerance > 0 && tolerance < 1)) {
    throw new RangeError(`${who}: nonlinear.tolerance is between 0 and 1, got ${tolerance}`);
  }
  for (
    const [name, value, least] of [["maxSteps", maxSteps, 1], [
      "picardSteps",
      picardSteps,
      0,
    ]] as const
  ) {
    requireNumber(`${who}: nonlinear.${name}`, value);
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(
        `${who}: nonlinear.${name} is a whole number, at least ${least}; got ${value}`,
      );
    }
  }
  return { method, tolerance, maxSteps, picardSteps, maxIterations };
}
