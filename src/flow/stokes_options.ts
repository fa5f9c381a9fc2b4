/**
 * Options and results of the Stokes solver.
 *
 * @module
 */
import type { SemiLagrangianDDt } from "../ddt/semi_lagrangian_ddt.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { VectorFunction } from "../mesh/points.ts";
import type { OptionNames } from "../options.ts";
import type { Coefficient, Coefficients } from "../solve/coefficient.ts";
import {
  type SolveResult,
  solverOptionNames,
  type SolverOptions,
  type SolverState,
} from "../solve/solver_types.ts";
import type { StepResult } from "../solve/time_step.ts";
import { type ViscosityAveraging, viscosityAveragings } from "./viscosity.ts";

/** What {@link Stokes} is made of; `rtol` defaults to 1e-8 here. */
export interface StokesOptions extends SolverOptions {
  /**
   * The dynamic viscosity, positive; in Pa s where lengths are in m and pressures in Pa. An expression that names
   * `edot`, the second invariant of the strain rate, or the pressure (`p`, or its own name) is a law: the equations
   * are then solved for the flow that has just this viscosity.
   */
  readonly viscosity: Coefficient;
  /** The force per volume, one coefficient per component, or a function that writes all. Defaults to 0. */
  readonly bodyForce?: Coefficients;
  /** The divergence of the velocity: what a unit of volume gives off per time, such as melt. Defaults to 0. */
  readonly divergence?: Coefficient;
  /**
   * The density, positive, where inertia counts: the velocity then changes in time, by steps, `solve({ dt })`. Defaults
   * to none, for flow without inertia.
   */
  readonly density?: Coefficient;
  /**
   * The history of the velocity, for inertia; its order is that of the steps. Defaults to one of its own, of order 2.
   */
  readonly history?: SemiLagrangianDDt;
  /**
   * How the viscosity is averaged in cells where it differs by more than a factor of 10. Defaults to `"harmonic"`;
   * the viscosities of a law are never averaged.
   */
  readonly averaging?: ViscosityAveraging;
  /**
   * What elastic stress adds to the strain rate, symmetric (xx, yy, xy; or xx, yy, zz, yz, xz, xy): the stress is
   * `2 viscosity (strainRate + elasticRate) - p`, and `edot` in a law the invariant of the sum. Defaults to none.
   */
  readonly elasticRate?: MeshVariable;
  /** How a flow with a law is solved for. */
  readonly nonlinear?: NonlinearOptions;
}

/** How a flow is solved for whose viscosity depends on it. */
export interface NonlinearOptions {
  /** `"newton"` after some steps of Picard's method, or Picard's alone. Defaults to `"newton"`. */
  readonly method?: "newton" | "picard";
  /** The relative residual at which the iteration ends. Defaults to `rtol` of the solver, 1e-8. */
  readonly tolerance?: number;
  /** Steps, each with a linear solve, after which it gives up. Defaults to 50. */
  readonly maxSteps?: number;
  /** Steps of Picard's method before those of Newton's, at most. Defaults to 3. */
  readonly picardSteps?: number;
}

/** The names of {@link NonlinearOptions}. */
export const nonlinearOptionNames: OptionNames<NonlinearOptions> = {
  method: true,
  tolerance: true,
  maxSteps: true,
  picardSteps: true,
};

/** How a flow with a law was found. */
export interface NonlinearReport {
  /** The method of each step; none where the present flow was good enough. */
  readonly methods: readonly ("newton" | "picard")[];
  /** Relative residuals before the first step and after each. */
  readonly residuals: readonly number[];
}

/** The names of {@link StokesOptions}. */
export const stokesOptionNames: OptionNames<StokesOptions> = {
  ...solverOptionNames,
  divergence: true,
  viscosity: true,
  bodyForce: true,
  density: true,
  history: true,
  averaging: true,
  elasticRate: true,
  nonlinear: true,
};

/**
 * Checks the options that Stokes has of its own.
 *
 * @throws {RangeError} when there is no such mean, or PETSc is asked for.
 */
export function requireOwnSolver({ averaging = "harmonic", solver }: StokesOptions): void {
  if (!viscosityAveragings.includes(averaging)) {
    const known = viscosityAveragings.map((name) => `"${name}"`).join(", ");
    throw new RangeError(
      `Stokes: averaging is one of ${known}, got ${JSON.stringify(averaging)}`,
    );
  }
  if (solver !== "petsc") return;
  throw new RangeError(
    'Stokes has a solver of its own, which needs no PETSc: leave out solver: "petsc"',
  );
}

/** What free slip takes. */
export interface FreeSlipOptions {
  /** The normal of the boundary where it is known, of any length. Defaults to the mean normals of the facets. */
  readonly normal?: VectorFunction;
  /** The velocity along the outward normal. Defaults to 0. */
  readonly value?: Coefficient;
}

/** The names of {@link FreeSlipOptions}. */
export const freeSlipOptionNames: OptionNames<FreeSlipOptions> = { normal: true, value: true };

/** What dynamic topography takes. */
export interface TopographyOptions {
  /** The difference of the densities on the two sides of the boundary, positive. */
  readonly density: number;
  /** The acceleration, positive. */
  readonly gravity: number;
}

/** The names of {@link TopographyOptions}. */
export const topographyNames: OptionNames<TopographyOptions> = { density: true, gravity: true };

/** The state of {@link Stokes}. */
export interface StokesState extends SolverState {
  /** The name of the history; left out for flow without inertia. */
  readonly history?: string;
}

/** The result of a Stokes solve. */
export interface StokesResult extends SolveResult {
  /** Whether the pressure was determined up to a constant only; its mean is 0 then. */
  readonly isPressureFree: boolean;
  /** How many rigid motions nothing prevented; the fluid has no part of them then. */
  readonly freeMotions: number;
  /** How the law was satisfied; null where the viscosity does not depend on the flow. */
  readonly nonlinear: NonlinearReport | null;
  /** The step and its order, with inertia; null without. */
  readonly step: Pick<StepResult, "dt" | "order" | "reduced"> | null;
}
