/**
 * The options, results and states that all solvers share.
 *
 * @module
 */
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { OptionNames } from "../options.ts";
import type { SnapshottableState } from "../snapshot/contract.ts";
import type { Coefficient, Coefficients } from "./coefficient.ts";
import type { CoefficientState } from "./coefficient_state.ts";
import type { ConditionState } from "./conditions.ts";

/** The options of every solver. */
export interface SolverOptions {
  /** Stable name of the solver's state. Defaults to `Poisson_0` and so on. */
  readonly name?: string;
  /** Relative residual at which the iteration ends. Defaults to 1e-10. */
  readonly rtol?: number;
  /** Another name of `rtol`; one of them is given, not both. */
  readonly tolerance?: number;
  /** Iterations after which it gives up. Defaults to 500. */
  readonly maxIterations?: number;
  /**
   * Who solves the linear systems. Defaults to PETSc for a model on `mpiWorld()` whose MPI has one, and to
   * `"timestash"` otherwise; with several ranks one line on standard error says which. With `"petsc"` it is
   * an error when PETSc cannot be used.
   */
  readonly solver?: "petsc" | "timestash";
}

/** The names of {@link SolverOptions}. */
export const solverOptionNames: OptionNames<SolverOptions> = {
  name: true,
  rtol: true,
  tolerance: true,
  maxIterations: true,
  solver: true,
};

/** The result of a solve. A solve that does not converge throws instead. */
export interface SolveResult {
  /** Iterations of the linear solver; the largest number of any component. */
  readonly iterations: number;
  /** The relative residual reached; the largest one of any component. */
  readonly residual: number;
  /** Always true: a solve that does not converge throws. */
  readonly converged: true;
}

/** Which part of the field a condition is for. */
export interface ConditionOptions {
  /** The component, from 0. Defaults to all of them. */
  readonly component?: number;
}

/** The names of {@link ConditionOptions}. */
export const conditionOptionNames: OptionNames<ConditionOptions> = { component: true };

/** The state of a solver: its boundary conditions and coefficients, by value where they have one. */
export interface SolverState extends SnapshottableState {
  /** Boundary conditions in the order in which they were added. */
  readonly conditions: readonly ConditionState[];
  /** The coefficients by name, such as `diffusivity` and `source`. */
  readonly coefficients: { readonly [name: string]: CoefficientState };
}

/** Coefficients by name. */
export interface NamedCoefficients {
  /** Positive, and one for all components. */
  readonly diffusivity?: Coefficient;
  /** Positive. */
  readonly viscosity?: Coefficient;
  /** A symmetric tensor: what elastic stress adds to the strain rate. */
  readonly elasticRate?: MeshVariable;
  /** What flows out of a unit of volume. */
  readonly divergence?: Coefficient;
  /** One for all components, or a list, or a function that writes all. */
  readonly source: Coefficients;
}
