import { checkOptions, type OptionNames } from "../options.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Coefficient, Coefficients } from "./coefficient.ts";
import type { FieldFrame } from "./field_frame.ts";
import { FieldSolver } from "./field_solver.ts";
import { solveField } from "./field_system.ts";
import { reactionFluxes } from "./reaction_flux.ts";
import { residualErrors } from "./residual_error.ts";
import { requireContinuous } from "./require_continuous.ts";
import { type SolveResult, solverOptionNames, type SolverOptions } from "./solver_types.ts";
import { fixFields } from "../fixed_fields.ts";

/** What {@link Poisson} is made of. */
export interface PoissonOptions extends SolverOptions {
  /** k, positive. Defaults to 1. */
  readonly diffusivity?: Coefficient;
  /** f. Defaults to 0. For several components one for all, or a list. */
  readonly source?: Coefficients;
}

const optionNames: OptionNames<PoissonOptions> = {
  ...solverOptionNames,
  diffusivity: true,
  source: true,
};

/**
 * Steady diffusion: `-div(k grad u) = f`, each component by itself.
 *
 * Finite elements of the variable's degree, conjugate gradients with multigrid. Without
 * Dirichlet values, sources and fluxes have to cancel, and the solution is the one whose integral vanishes. The
 * variable's present values are the first guess.
 *
 * State: inherited, it consists of conditions and coefficients.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, Poisson } from "@timestash/timestash";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [16, 16] });
 * const u = new MeshVariable(mesh, "u", { degree: 2 });
 * const poisson = new Poisson(u, { source: 1 });
 * for (const side of ["left", "right", "bottom", "top"]) poisson.addDirichlet(side, 0);
 * poisson.solve();
 * assertAlmostEquals(u.max(), 0.0737, 1e-4);
 * ```
 */
export class Poisson<V extends MeshVariable = MeshVariable> extends FieldSolver<V> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;

  /**
   * Sets the problem up; nothing is solved yet.
   *
   * @param u The unknown, continuous P1 or P2.
   * @param options Coefficients and limits.
   * @throws {TypeError} when `u` is not a continuous mesh variable or a coefficient is of no known kind.
   * @throws {RangeError} when a number is out of range.
   */
  constructor(u: V, options: PoissonOptions = {}) {
    checkOptions("Poisson", options, optionNames);
    const { diffusivity = 1, source = 0 } = options;
    super(u, "Poisson", { diffusivity, source }, options);
    requireContinuous(u, "Poisson");
    this.name = u.mesh.model.adopt("bearer", this, "Poisson", options.name);
    fixFields(this, new.target, Poisson);
  }

  /** k. Assigning one replaces it. */
  get diffusivity(): Coefficient {
    return this.coefficient("diffusivity") as Coefficient;
  }

  set diffusivity(value: Coefficient) {
    this.setCoefficient("diffusivity", value, this.name);
  }

  /**
   * Solves for the field, with `t = tracker.time` in coefficients and boundary values.
   *
   * @returns How it went.
   * @throws {ConvergenceError} when the tolerance is not reached; the model is as before.
   * @throws {RangeError} when a coefficient is negative or not finite, or sources and fluxes of a problem
   *   without Dirichlet values do not cancel.
   */
  solve(): SolveResult {
    return this.indivisible(() => {
      const frame = this.frame(this.variable.mesh.model.tracker.time);
      const diffusivity = frame.diffusivity(this.diffusivity);
      const scales = { massScale: 0, stiffnessScale: 1, diffusivity };
      return this.accept(solveField(frame, scales, frame.loads(this.source), this.limits));
    });
  }

  /**
   * How far the solution is from the equation on each cell, for {@link Mesh.adapt}: the root of
   * h^2/24 |f + div(k grad u)|^2 + h/24 |[k du/dn]|^2 + h/12 |g - k du/dn|^2, with norms over the cell, its
   * facets inside of the domain, and those on boundaries without Dirichlet values, where g is the prescribed
   * flux or 0; h is the longest edge of the cell. The factors are those of {@link gradientJumps}. Collective.
   *
   * R. Verfuerth, A posteriori error estimation techniques for finite element methods (2013),
   * DOI 10.1093/acprof:oso/9780199679423.001.0001.
   *
   * @returns `[ownedCellCount]`, new memory.
   * @throws {RangeError} when a coefficient is not finite.
   */
  residualError(): Float64Array {
    const { diffusivity, source, variable } = this;
    const { sample } = this.frame(variable.mesh.model.tracker.time);
    return residualErrors(variable, { diffusivity, source, conditions: this.conditions, sample });
  }

  /** @internal */
  protected override reactionOn(
    frame: FieldFrame,
    boundary: string,
    component: number,
  ): number | null {
    const { components, start, map } = frame, { diffusivity } = this;
    const residual = frame.loads(this.source);
    frame.subtractStiffnessProduct(residual, frame.diffusivity(diffusivity), start);
    const reactions = new Float64Array(map.count * components);
    residual[component].forEach((rest, i) => reactions[i * components + component] = -rest);
    return reactionFluxes(frame, component, reactions, start, diffusivity).get(boundary) ?? null;
  }

  /** Infinity: a steady problem does not have a time scale. */
  estimateDt(): number {
    return Infinity;
  }
}
