/**
 * What solvers are told, what they return, and what they write down.
 *
 * @module
 */
import type { SnapshottableState } from "../snapshot/contract.ts";
import type { Coefficient, Coefficients } from "./coefficient.ts";
import type { CoefficientState } from "./coefficient_state.ts";
import type { ConditionState } from "./conditions.ts";

/** What every solver can be told. */
export interface SolverOptions {
  /** Stable name of the solver's state; `Poisson_0` and so on when left out. */
  readonly name?: string;
  /** Relative residual at which the iteration ends; 1e-10 when left out. */
  readonly rtol?: number;
  /** Iterations after which it gives up; 500 when left out. */
  readonly maxIterations?: number;
  /**
   * Who solves the linear systems. When left out: PETSc for a model on `mpiWorld()` whose MPI has one, and
   * `"timestash"` otherwise; with several ranks one line on standard error says which. `"petsc"` insists.
   */
  readonly solver?: "petsc" | "timestash";
}

/** How a solve went. A solve that does not converge throws instead. */
export interface SolveResult {
  /** Iterations of the linear solver; the most that a component took. */
  readonly iterations: number;
  /** The relative residual reached; the largest of the components. */
  readonly residual: number;
  /** Always true: a solve that does not converge throws. */
  readonly converged: true;
}

/** Where a condition holds. */
export interface ConditionOptions {
  /** The component, from 0; all of them when left out. */
  readonly component?: number;
}

/** The state of a solver: its boundary conditions and coefficients, by value where they have one. */
export interface SolverState extends SnapshottableState {
  /** Boundary conditions in the order in which they were added. */
  readonly conditions: readonly ConditionState[];
  /** Diffusivity, source and so on. */
  readonly coefficients: { readonly [name: string]: CoefficientState };
}

/** Coefficients by name. */
export interface NamedCoefficients {
  /** Positive, and one for all components. */
  readonly diffusivity?: Coefficient;
  /** One for all components, or a list, or a function that writes all. */
  readonly source: Coefficients;
}
