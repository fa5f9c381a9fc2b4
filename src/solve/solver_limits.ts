/**
 * The linear solver that options ask for, and its limits.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { chooseSolver, solverNames } from "./choose_solver.ts";
import type { SolverLimits } from "./field_system.ts";
import type { SolverOptions } from "./solver_types.ts";

/**
 * The limits that options give, or the defaults. Collective.
 *
 * @throws {RangeError} when one is out of range.
 * @throws {PetscError} when PETSc is asked for and cannot be used.
 */
export function limitsOf(options: SolverOptions, comm: Comm, who: string): SolverLimits {
  const { rtol = 1e-10, maxIterations = 500, solver } = options;
  if (!(rtol > 0 && rtol < 1)) {
    throw new RangeError(`${who}: rtol is between 0 and 1, got ${rtol}`);
  }
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
