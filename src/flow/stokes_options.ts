/**
 * Options and results of the Stokes solver.
 *
 * @module
 */
import type { VectorFunction } from "../mesh/points.ts";
import type { OptionNames } from "../options.ts";
import type { Coefficient, Coefficients } from "../solve/coefficient.ts";
import { type SolveResult, solverOptionNames, type SolverOptions } from "../solve/solver_types.ts";
import type { ViscosityAveraging } from "./viscosity.ts";

/** What {@link Stokes} is made of; `rtol` defaults to 1e-8 here. */
export interface StokesOptions extends SolverOptions {
  /** The dynamic viscosity, positive; in Pa s where lengths are in m and pressures in Pa. */
  readonly viscosity: Coefficient;
  /** The force per volume, one coefficient per component, or a function that writes all. Defaults to 0. */
  readonly bodyForce?: Coefficients;
  /** The divergence of the velocity: what a unit of volume gives off per time, such as melt. Defaults to 0. */
  readonly divergence?: Coefficient;
  /** How the viscosity is averaged in cells where it differs by more than a factor of 10. Defaults to `"harmonic"`. */
  readonly averaging?: ViscosityAveraging;
}

/** The names of {@link StokesOptions}. */
export const stokesOptionNames: OptionNames<StokesOptions> = {
  ...solverOptionNames,
  divergence: true,
  viscosity: true,
  bodyForce: true,
  averaging: true,
};

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

/** The result of a Stokes solve. */
export interface StokesResult extends SolveResult {
  /** Whether the pressure was determined up to a constant only; its mean is 0 then. */
  readonly isPressureFree: boolean;
  /** How many rigid motions nothing prevented; the fluid has no part of them then. */
  readonly freeMotions: number;
}
