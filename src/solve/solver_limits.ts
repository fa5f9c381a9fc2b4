/**
 * Limits of the linear solver.
 *
 * @module
 */
import type { Limits } from "./field_frame.ts";
import type { SolverOptions } from "./solver_types.ts";

/**
 * The limits that options give, or the usual ones.
 *
 * @throws {RangeError} when one is out of range.
 */
export function limitsOf(options: SolverOptions, who: string): Limits {
  const { rtol = 1e-10, maxIterations = 500 } = options;
  if (!(rtol > 0 && rtol < 1)) {
    throw new RangeError(`${who}: rtol is between 0 and 1, got ${rtol}`);
  }
  if (!(Number.isInteger(maxIterations) && maxIterations > 0)) {
    throw new RangeError(`${who}: maxIterations is a positive whole number, got ${maxIterations}`);
  }
  return { rtol, maxIterations };
}
