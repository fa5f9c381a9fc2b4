/**
 * Flow of visco-elastic, and visco-elasto-plastic, materials.
 *
 * @module
 */
import { printAs } from "../display.ts";
import { requireFreeVariables } from "../ddt/level_variables.ts";
import { withRollback } from "../ddt/rollback.ts";
import type { SemiLagrangianDDt } from "../ddt/semi_lagrangian_ddt.ts";
import { decodeExpression } from "../expression/contract.ts";
import { Stokes } from "../flow/stokes.ts";
import type { StokesResult } from "../flow/stokes_options.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { checkOptions, describe, requireOptions } from "../options.ts";
import { BufferPool } from "../snapshot/pool.ts";
import { cellPoints } from "../solve/assembly/cell_points.ts";
import { type Coefficient, evaluated, sampleOne } from "../solve/coefficient.ts";
import { coefficientState, restoredCoefficients } from "../solve/coefficient_state.ts";
import { stepOf } from "../solve/time_step.ts";
import type { StateValue } from "../snapshot/contract.ts";
import { carriedNames, CarriedStress } from "./carried_stress.ts";
import { maxwellAt, maxwellStep } from "./maxwell_step.ts";
import {
  requireSameBody,
  requireYieldLaw,
  type ViscoElasticState,
  yieldLaw,
} from "./visco_elastic_state.ts";
import {
  checkViscoElastic,
  viscoElasticOptionNames,
  type ViscoElasticOptions,
  type ViscoElasticStep,
  viscoElasticStepNames,
} from "./visco_elastic_options.ts";
import { fixFields } from "../fixed_fields.ts";

/**
 * Flow of a Maxwell material: `strainRate = (Dt stress / Dt) / (2 shearModulus) + stress / (2 viscosity)`, the stress
 * without the pressure and its rate co-rotational (Jaumann); with a yield stress, its second invariant is not
 * exceeded.
 *
 * Along the paths of the material stress relaxes with the time viscosity / shearModulus, while the strain rate drives
 * it; one step is exact for strain rates that are linear in time (ETD-2), whatever the ratio of the step to that time.
 * A {@link SemiLagrangianDDt} carries the stress and what drove it; both are turned with the material. A step that
 * yields takes the plastic viscosity `yieldStress / (2 edot)` where that is less, edot being the invariant of the
 * strain rate and of what elastic stress adds to it; it is found by Newton's method.
 *
 * Sources: L. Moresi, F. Dufour, H.-B. Muehlhaus, J. Comput. Phys. 184 (2003) 476-497, DOI
 * 10.1016/S0021-9991(02)00031-1; S. M. Cox, P. C. Matthews, J. Comput. Phys. 176 (2002) 430-455, DOI
 * 10.1006/jcph.2002.6995.
 *
 * Its state has the coefficients; conditions are in `stokes`, steps in `history`, all else in variables of the mesh.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, ViscoElastic } from "@timestash/timestash";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const model = new Model(), mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] });
 * const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
 * const p = new MeshVariable(mesh, "p"), tau = new MeshVariable(mesh, "tau", { components: 3 });
 * const flow = new ViscoElastic(v, p, { viscosity: 1, shearModulus: 1, stress: tau });
 * for (const side of mesh.boundaries.keys()) {
 *   flow.stokes.addDirichlet(side, (x, y, _z, out) => {
 *     out[0] = x;
 *     out[1] = -y;
 *   });
 * }
 * for (let k = 0; k < 4; k++) {
 *   flow.solve({ dt: 0.25 });
 *   model.tracker.time += 0.25;
 * }
 * assertAlmostEquals(tau.evaluate([[0.5, 0.5]]).get(0, 0), 2 * (1 - Math.exp(-1)), 1e-7);
 * ```
 */
export class ViscoElastic<V extends MeshVariable = MeshVariable> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** The flow: conditions, tractions and the like. Its `solve` is not to be called; {@link ViscoElastic.solve} is. */
  readonly stokes: Stokes<V>;
  /** The stress without the pressure, at the nodes. */
  readonly stress: MeshVariable;
  /** The visco-elastic viscosity of the last step, in each cell. */
  readonly effectiveViscosity: MeshVariable;
  readonly #rate: MeshVariable;
  readonly #carried: CarriedStress;
  readonly #pool = new BufferPool();
  #viscosity: Coefficient;
  #shearModulus: Coefficient;
  #yieldStress: number | string | null;

  /**
   * Sets the problem up; nothing is solved yet. What the stress holds is the stress at the start.
   *
   * @param v The velocity, as for {@link Stokes}.
   * @param p The pressure.
   * @param options Materials, forces and limits.
   * @throws {TypeError} when a variable or a coefficient is of another kind, or a formula is given and the expression
   *   module is not loaded.
   * @throws {RangeError} when a number is out of range, or a name is taken.
   */
  constructor(v: V, p: MeshVariable, options: ViscoElasticOptions) {
    requireOptions("ViscoElastic", options, viscoElasticOptionNames);
    checkViscoElastic(v, p, options);
    const { viscosity, shearModulus, stress, yieldStress = null, name, ...rest } = options;
    const { mesh } = v, made = (suffix: string) => `${stress.name}_${suffix}`;
    const names = [made("viscosity"), made("elastic_rate"), ...carriedNames(stress)];
    requireFreeVariables(mesh, stress.name, names);
    this.#viscosity = viscosity;
    this.#shearModulus = shearModulus;
    this.#yieldStress = yieldStress;
    this.stress = stress;
    const inCells = { degree: 1 as const, continuous: false };
    this.effectiveViscosity = new MeshVariable(mesh, made("viscosity"), inCells);
    const { components } = stress;
    this.#rate = new MeshVariable(mesh, made("elastic_rate"), { ...inCells, components });
    const bearers: object[] = [];
    try {
      const law = yieldStress === null ? this.effectiveViscosity : this.#law(true);
      // Named after the stress, so that what fails has used up none of the names that the model counts.
      const shared = { viscosity: law, elasticRate: this.#rate, name: made("flow") };
      this.stokes = new Stokes(v, p, { ...rest, ...shared });
      bearers.push(this.stokes);
      this.#carried = new CarriedStress(stress, v);
      bearers.push(this.#carried.history);
      this.name = mesh.model.adopt("bearer", this, "ViscoElastic", name);
    } catch (error) {
      for (const bearer of bearers) mesh.model.unregister(bearer);
      for (const variable of names.map((one) => mesh.variables.get(one))) {
        if (variable !== undefined) mesh.removeVariable(variable);
      }
      throw error;
    }
    fixFields(this, new.target, ViscoElastic);
  }

  /** What it made, which goes with it. */
  get owned(): readonly object[] {
    return [this.stokes, this.effectiveViscosity, this.#rate, ...this.#carried.owned];
  }

  /**
   * What it works with, which has to be in the model.
   *
   * @internal
   */
  get uses(): readonly unknown[] {
    return [this.stress, this.#viscosity, this.#shearModulus];
  }

  /** What carries the stress along. */
  get history(): SemiLagrangianDDt {
    return this.#carried.history;
  }

  /** The viscosity with or without yielding: expressions both, since the form of a coefficient does not change. */
  #law(yielding: boolean): ReturnType<typeof decodeExpression> {
    const { name } = this.effectiveViscosity;
    return decodeExpression(yielding ? yieldLaw(name, this.#yieldStress!) : name);
  }

  /**
   * Solves for one step, from `tracker.time` on; conditions and coefficients are those of its end. The clock is yours.
   *
   * @param options The step, by default `tracker.dt`, and whether material yields in it.
   * @returns How the flow was found.
   * @throws {ConvergenceError} when it is not found; the model is as before.
   * @throws {RangeError} when the step or a coefficient is not positive, or nothing can yield.
   * @throws {TypeError} when there is no step, or an option is of another kind.
   */
  solve(options: ViscoElasticStep = {}): StokesResult {
    checkOptions(`${this.name}.solve`, options, viscoElasticStepNames);
    const { model } = this.stress.mesh, { yielding, ...step } = options;
    const dt = stepOf(step, model, this.name);
    if (yielding !== undefined && typeof yielding !== "boolean") {
      throw new TypeError(
        `${this.name}.solve: yielding is true or false, got ${describe(yielding)}`,
      );
    }
    if (yielding === true && this.#yieldStress === null) {
      throw new RangeError(`${this.name} was made without a yieldStress, so nothing can yield`);
    }
    const { stokes, history } = this, before = stokes.viscosity;
    model.requireMember(`${this.name}.solve`, this);
    return model.indivisible(`${this.name}.solve`, () => {
      try {
        return withRollback([this.stress.mesh], history, this.#pool, () => {
          if (this.#yieldStress !== null) stokes.viscosity = this.#law(yielding ?? true);
          return stokes.atTime(model.tracker.time + dt, () => this.#step(dt));
        });
      } catch (error) {
        stokes.viscosity = before;
        throw error;
      }
    });
  }

  /**
   * By how much the second invariant of stress is above the yield stress, where it is most: 0 or less after a step with
   * yielding, to rounding. Collective.
   *
   * @throws {RangeError} when there is no yield stress.
   */
  overstress(): number {
    if (this.#yieldStress === null) {
      throw new RangeError(`${this.name} was made without a yieldStress`);
    }
    return this.stokes.largestOf(
      decodeExpression(`2 * (${this.stokes.viscosity}) * edot - (${this.#yieldStress})`),
    );
  }

  #step(dt: number): StokesResult {
    const { history, stokes, stress } = this, isFirst = history.stepSizes.length === 0;
    if (isFirst) {
      // The flow at the very start, from which paths and rotations follow.
      this.#prepare(dt, stress.data, null);
      stokes.solve();
      this.#carried.begin(stokes.frameNow);
    }
    history.updatePreSolve(dt);
    const { past, driven } = this.#carried.arrived(dt);
    this.#prepare(dt, past, isFirst ? null : driven);
    const result = stokes.solve();
    this.#take();
    history.updatePostSolve(dt);
    return result;
  }

  /** Writes the viscosity of the step and what the past adds to the strain rate, in each cell. */
  #prepare(dt: number, past: Float64Array, driven: Float64Array | null): void {
    const { effectiveViscosity, name } = this, { t } = this.stokes.frameNow;
    const materials = [this.#viscosity, this.#shearModulus] as const;
    const maxwell = maxwellAt(effectiveViscosity, materials, t, name);
    const step = maxwellStep(effectiveViscosity, maxwell, dt, past, driven);
    effectiveViscosity.data.set(step.viscosity);
    this.#rate.data.set(step.elasticRate);
  }

  /** Takes the stress of the new flow, what drives it, and how it turns. */
  #take(): void {
    const { stokes, stress: { components: width }, effectiveViscosity } = this;
    const frame = stokes.frameNow, { rates, viscosity } = stokes.atPoints();
    const points = cellPoints(frame.geometry, frame.reference);
    const elastic = evaluated(this.#rate, points), eta = evaluated(effectiveViscosity, points);
    const moduli = sampleOne(this.#shearModulus, () => points, frame.sample("shearModulus"));
    const tensor = new Float64Array(rates.length), driven = new Float64Array(rates.length);
    for (let i = 0; i < rates.length; i++) {
      const q = Math.floor(i / width),
        factor = typeof viscosity === "number" ? viscosity : viscosity[q];
      const modulus = typeof moduli === "number" ? moduli : moduli[q];
      tensor[i] = 2 * factor * rates[i];
      // What would have driven a material that does not yield to this stress.
      driven[i] = (tensor[i] - 2 * eta[q] * elastic[i]) * modulus / eta[q];
    }
    this.#carried.take(frame, tensor, driven);
  }

  /** What it was made with; see {@link Snapshottable.setup}. */
  get setup(): Readonly<Record<string, StateValue>> {
    return {
      viscosity: coefficientState(this.#viscosity),
      shearModulus: coefficientState(this.#shearModulus),
      yieldStress: this.#yieldStress,
    };
  }

  /** Coefficients, and the name of the stress. */
  get state(): ViscoElasticState {
    return {
      schemaVersion: 1,
      stress: this.stress.name,
      viscosity: coefficientState(this.#viscosity),
      shearModulus: coefficientState(this.#shearModulus),
      yieldStress: this.#yieldStress,
    };
  }

  set state(state: ViscoElasticState) {
    const { viscosity, shearModulus } = this.#checked(state);
    this.#viscosity = viscosity;
    this.#shearModulus = shearModulus;
    this.#yieldStress = state.yieldStress;
  }

  /**
   * Checks a state without taking it.
   *
   * @throws {StateSchemaError} when it is of another version, or arranged in another way.
   */
  checkState(state: ViscoElasticState): void {
    this.#checked(state);
  }

  /**
   * Remembers coefficients with their functions; see `Snapshottable.markCode`.
   *
   * @internal
   */
  markCode(): () => void {
    const [viscosity, shearModulus] = [this.#viscosity, this.#shearModulus];
    return () => {
      this.#viscosity = viscosity;
      this.#shearModulus = shearModulus;
    };
  }

  #checked(state: ViscoElasticState): { viscosity: Coefficient; shearModulus: Coefficient } {
    requireSameBody(state, this.state, this.name);
    requireYieldLaw(state.yieldStress, this.effectiveViscosity.name, this.name);
    const one = (what: "viscosity" | "shearModulus", live: Coefficient) =>
      restoredCoefficients(state[what], live, this.name, what) as Coefficient;
    return {
      viscosity: one("viscosity", this.#viscosity),
      shearModulus: one("shearModulus", this.#shearModulus),
    };
  }

  static {
    printAs(this, function () {
      return `ViscoElastic(${this.name}, for ${this.stress.name} on ${this.stress.mesh.name})`;
    });
  }
}
