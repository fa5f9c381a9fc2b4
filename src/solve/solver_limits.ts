/**
 * The linear solver that options ask for, and its limits.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { chooseSolver, solverNames } from "./choose_solver.ts";
import { requireNumber } from "../options.ts";
import type { SolverLimits } from "./field_system.ts";
import type { SolverOptions } from "./solver_types.ts";

/**
 * The limits that options give, or the defaults. Collective.
 *
 * @throws {TypeError} when one is not a number.
 * @throws {RangeError} when one is out of range.
 * @throws {PetscError} when PETSc is asked for and cannot be used.
 */
export function limitsOf(options: SolverOptions, comm: Comm, who: string): SolverLimits {
  const rtol = relativeTolerance(options, who), { maxIterations = 500, solver } = options;
  requireNumber(`${who}: maxIterations`, maxIterations);
  if (!(Number.isInteger(maxIterations) && maxIterations > 0)) {
    throw new RangeError(`${who}: maxIterations is a positive whole number, got ${maxIterations}`);
  }
  if (solver !== undefined && !solverNames.includes(solver)) {
    throw new RangeError(
      `${who}: solver is one of ${solverNames.map((name) => `"${name}"`).join(", ")}, got ${
        JSON.stringify(solver)
      }`,
    );
  }
  return { rtol, maxIterations, solver: chooseSolver(solver, comm, who) };
}

/**
 * The relative residual that options ask for, by either of its names.
 *
 * @param standard where they name none.
 * @throws {TypeError} when it is not a number.
 * @throws {RangeError} when it is not between 0 and 1, or both names are given.
 */
export function relativeTolerance(
  { rtol, tolerance }: Pick<SolverOptions, "rtol" | "tolerance">,
  who: string,
  standard = 1e-10,
): number {
  if (rtol !== undefined && tolerance !== undefined) {
    throw new RangeError(
      `${who}: rtol and tolerance are two names of the same; got ${rtol} and ${tolerance}: give one of them`,
    );
  }
  const value = rtol ?? tolerance ?? standard;
  const name = tolerance === undefined ? "rtol" : "tolerance";
  requireNumber(`${who}: ${name}`, value);
  if (value > 0 && value < 1) return value;
  throw new RangeError(`${who}: ${name} is between 0 and 1, got ${String(value)}`);
}
