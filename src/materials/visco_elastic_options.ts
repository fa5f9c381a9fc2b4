/**
 * What visco-elastic flow takes.
 *
 * @module
 */
import { stokesOptionNames, type StokesOptions } from "../flow/stokes_options.ts";
import { tensorComponents } from "../flow/flow_tensors.ts";
import { isLaw } from "../flow/viscosity_law.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { describe, type OptionNames } from "../options.ts";
import { checkCoefficients, type Coefficient, requireOne } from "../solve/coefficient.ts";
import { stepOptionNames, type StepOptions } from "../solve/time_step.ts";
import type { LawTerm } from "./laws.ts";

/** How `ViscoElastic` is made: as `Stokes` without inertia, and with elastic properties. */
export interface ViscoElasticOptions
  extends Omit<StokesOptions, "viscosity" | "averaging" | "elasticRate" | "density" | "history"> {
  /** The viscosity of creep, positive; not a law of the flow. */
  readonly viscosity: Coefficient;
  /** The elastic shear modulus, positive: a pressure. */
  readonly shearModulus: Coefficient;
  /** The stress without the pressure: continuous of degree 1, xx, yy, xy or xx, yy, zz, yz, xz, xy. */
  readonly stress: MeshVariable;
  /**
   * The second invariant of stress that is not exceeded: a number or a formula, in which `p` is the pressure of the
   * flow. Defaults to none. Formulas need `@timestash/timestash/expression`.
   */
  readonly yieldStress?: LawTerm;
}

const { viscosity: _v, averaging: _a, elasticRate: _e, density: _d, history: _h, ...shared } =
  stokesOptionNames;

/** The names of {@link ViscoElasticOptions}. */
export const viscoElasticOptionNames: OptionNames<ViscoElasticOptions> = {
  ...shared,
  viscosity: true,
  shearModulus: true,
  stress: true,
  yieldStress: true,
};

/** One step of `ViscoElastic`. */
export interface ViscoElasticStep extends StepOptions {
  /** Whether material yields; without, the step is elastic and viscous alone. Defaults to true. */
  readonly yielding?: boolean;
}

/** The names of {@link ViscoElasticStep}. */
export const viscoElasticStepNames: OptionNames<ViscoElasticStep> = {
  ...stepOptionNames,
  yielding: true,
};

/**
 * Checks what `ViscoElastic` is made of, besides what `Stokes` checks.
 *
 * @throws {TypeError} when an option is of another kind.
 * @throws {RangeError} when the stress does not fit the mesh, or a number is not positive.
 */
export function checkViscoElastic(
  v: MeshVariable,
  p: MeshVariable,
  { stress, viscosity, shearModulus, yieldStress }: ViscoElasticOptions,
): void {
  if (!(v instanceof MeshVariable) || !(p instanceof MeshVariable)) {
    throw new TypeError("ViscoElastic takes the mesh variables of velocity and pressure first");
  }
  if (!(stress instanceof MeshVariable)) {
    throw new TypeError(
      `ViscoElastic: stress is a variable on the mesh, got ${describe(stress)}`,
    );
  }
  const { mesh } = v, width = tensorComponents(mesh.dim);
  const { name, degree, continuous, components } = stress;
  if (stress.mesh !== mesh || components !== width || degree !== 1 || !continuous) {
    throw new RangeError(
      `ViscoElastic: stress '${name}' has ${components} components, degree ${degree}, is ${
        continuous ? "continuous" : "discontinuous"
      } on mesh '${stress.mesh.name}'; it needs ${width} components, degree 1, continuous, on '${mesh.name}'`,
    );
  }
  if (!/^[A-Za-z_][A-Za-z_0-9]*$/.test(name)) {
    throw new RangeError(
      `ViscoElastic: formulas name what is made beside '${name}': give the stress a name of letters, digits and _`,
    );
  }
  for (const [what, value] of [["viscosity", viscosity], ["shearModulus", shearModulus]] as const) {
    requireMaterial(what, value, p);
  }
  const isText = typeof yieldStress === "string" && yieldStress.trim() !== "";
  const isNumber = typeof yieldStress === "number" && yieldStress > 0;
  if (yieldStress === undefined || isText || isNumber) return;
  throw new RangeError(
    `ViscoElastic: yieldStress is positive, or the text of a formula; got ${describe(yieldStress)}`,
  );
}

/**
 * Refuses what is not a coefficient, or follows the flow.
 *
 * @throws {TypeError} when it is not a coefficient.
 * @throws {RangeError} when it is a law, or a number that is not positive.
 */
export function requireMaterial(what: string, value: Coefficient, p: MeshVariable): void {
  requireOne(value, `ViscoElastic: ${what}`);
  checkCoefficients(value, 1, p.mesh, `ViscoElastic: ${what}`);
  if (isLaw(value, p)) {
    throw new RangeError(
      `ViscoElastic: the ${what} follows the flow (${value}); the time of relaxation has to be known at the start ` +
        `of a step: use a yield stress, or a field`,
    );
  }
  if (typeof value === "number" && !(value > 0)) {
    throw new RangeError(`ViscoElastic: the ${what} is ${value}; it has to be positive`);
  }
}
