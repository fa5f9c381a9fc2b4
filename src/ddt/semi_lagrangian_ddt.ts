import { type OptionNames, requireOptions } from "../options.ts";
import { copyInto } from "../arrays.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { FieldFunction, VectorFunction } from "../mesh/points.ts";
import { registerMigration } from "../snapshot/migrations.ts";
import { readVelocity } from "../swarm/velocity.ts";
import { relaxationCoefficients } from "./coefficients.ts";
import { FieldDDt, type FieldDDtState, requireVariable } from "./field_ddt.ts";
import { fillLevels, type LevelSeries, shiftLevels, valuesOf } from "./level_variables.ts";
import { type StepWinds, windsOfFunction, windsOfVariable } from "./step_winds.ts";
import { timeHistoryOptionNames, type TimeHistoryOptions } from "./time_steps.ts";
import { checkTraced, LevelTracer, type TracedLevels, type TracedState } from "./traced_levels.ts";

export type { TracedLevels, TracedState };

/** How a {@link SemiLagrangianDDt} is made. */
export interface SemiLagrangianDDtOptions extends TimeHistoryOptions {
  /**
   * A mesh variable of `dim` components on the same mesh, which holds the velocity at the start of the
   * step when `updatePreSolve` is called; or a function `(x, y, z, out, t) => void`, which is code and
   * not state.
   */
  readonly velocity: MeshVariable | VectorFunction;
  /** Keeps values at departure points between those of the cell. Defaults to false. */
  readonly clip?: boolean;
  /**
   * The value that flows in, at the place and the time where a path crossed the boundary. Defaults to that
   * of the past field at the place, which is the Dirichlet value of its time.
   */
  readonly inflow?: FieldFunction;
  /** The forcing of {@link SemiLagrangianDDt.relax}: a variable of the same kind on the same mesh. */
  readonly forcingHistory?: MeshVariable;
}

const optionNames: OptionNames<SemiLagrangianDDtOptions> = {
  ...timeHistoryOptionNames,
  velocity: true,
  clip: true,
  inflow: true,
  forcingHistory: true,
};

/** One step of a relaxation; see {@link SemiLagrangianDDt.relax}. */
export interface RelaxationStep {
  /** Factor of the forcing at the new time, `[dofCount]`; a time. */
  readonly newer: Float64Array;
  /** The known part, `[dofCount x components]`. */
  readonly history: Float64Array;
}

/** The state of a {@link SemiLagrangianDDt}. Past values travel with the variables named here. */
export interface SemiLagrangianDDtState extends FieldDDtState {
  /** What was traced in the current step; null between steps. */
  readonly traced: TracedState | null;
}

/** What was traced, and on which geometry. */
interface Traced extends TracedLevels {
  readonly geometry: Geometry;
}

/**
 * The material derivative of a mesh variable by tracing back where its values come from.
 *
 * Past fields stay where they were. From every degree of freedom at the new time a path is followed
 * back, through all past steps, by the midpoint rule (second order), with the velocity in the middle of
 * the new step extrapolated from those of the two steps before. There the past field is interpolated,
 * quadratically also on P1 (by recovered gradients). So u*_j in `bdf()` is the value that the same
 * piece of material had j steps ago; there is no limit on the Courant number. Paths that leave the
 * domain stop at the boundary.
 *
 * Past values are in the mesh variables `${name}_psi_star_1`, ..., velocities in `${name}_velocity_1`, ...,
 * the forcing in `${name}_forcing_star_1`. After {@link SemiLagrangianDDt.initialiseHistory} past
 * velocities are the present one.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, SemiLagrangianDDt } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [10, 10] });
 * const T = new MeshVariable(mesh, "T", { degree: 2 });
 * T.set((x) => x);
 * const ddt = new SemiLagrangianDDt(T, {
 *   velocity: (_x, _y, _z, out) => {
 *     out[0] = 1;
 *   },
 * });
 * ddt.updatePreSolve(0.25);
 * // Pure transport, bdf() = 0: every value comes from 0.25 upstream.
 * T.set(ddt.historyTerms().map((h) => -h / ddt.leadingCoefficient()));
 * ddt.updatePostSolve();
 * console.log(T.evaluate([[0.75, 0.5]]).get(0, 0).toFixed(12)); // 0.500000000000
 * ```
 */
export class SemiLagrangianDDt extends FieldDDt {
  readonly #velocity: MeshVariable | VectorFunction;
  readonly #clip: boolean;
  readonly #inflow: FieldFunction | null;
  readonly #forcing: MeshVariable | null;
  readonly #tracer = new LevelTracer();
  #traced: Traced | null = null;

  /**
   * Registers the history with the model of the mesh; past values take memory with the first step.
   *
   * @throws {TypeError} when `variable` or `forcingHistory` is not a mesh variable, or the velocity is neither a
   *   variable nor a function.
   * @throws {RangeError} when the order, theta or the name does not fit, the velocity lives elsewhere or
   *   does not have `dim` components, or the forcing is of another kind.
   */
  constructor(variable: MeshVariable, options: SemiLagrangianDDtOptions) {
    requireOptions("SemiLagrangianDDt", options, optionNames);
    const { velocity, clip = false, inflow = null, forcingHistory = null } = options ?? {};
    super("SemiLagrangianDDt", variable, options ?? {}, ({ order }) => {
      readVelocity(velocity, variable.mesh);
      if (inflow !== null && typeof inflow !== "function") {
        throw new TypeError("SemiLagrangianDDt: inflow is a function of position and time");
      }
      if (forcingHistory !== null) requireSameKind(variable, forcingHistory);
      return seriesOf(order, velocity, forcingHistory);
    });
    this.#velocity = velocity;
    this.#clip = clip;
    this.#inflow = inflow;
    this.#forcing = forcingHistory;
  }

  /**
   * One step of `Du/Dt = -u / tau + F`, exponentially (ETD-2, exact for F linear in time along the path):
   * `u = history + newer F`, with F the `forcingHistory` variable, whose past value is carried along.
   *
   * @param relaxationTime tau: one number, or one per degree of freedom, `[dofCount]`.
   * @throws {RangeError} when it is not positive, or there is no forcing history.
   * @throws {Error} when there was no step yet.
   */
  relax(relaxationTime: number | Float64Array): RelaxationStep {
    const { components, dofCount } = this.variable;
    this.steps.bdf(`${this.name}.relax`, 1);
    const { levels: [past], forcing } = this.#tracedNow();
    if (forcing === null) {
      throw new RangeError(`${this.name}.relax: there is no forcing; make it with forcingHistory`);
    }
    const newer = new Float64Array(dofCount), history = new Float64Array(past.length);
    for (let i = 0; i < dofCount; i++) {
      const tau = typeof relaxationTime === "number" ? relaxationTime : relaxationTime[i];
      const c = relaxationCoefficients(this.steps.dt!, tau);
      newer[i] = c.newer;
      for (let k = i * components; k < (i + 1) * components; k++) {
        history[k] = c.decay * past[k] + c.older * forcing[k];
      }
    }
    return { newer, history };
  }

  /**
   * Past values and past forcing at the departure points, read-only.
   *
   * @throws {Error} when there was no step yet.
   * @internal
   */
  get carriedLevels(): TracedLevels {
    this.steps.bdf(`${this.name}.carriedLevels`, 1);
    return this.#tracedNow();
  }

  /** @internal */
  protected override carried(): readonly Float64Array[] {
    return this.#tracedNow().levels;
  }

  /** @internal */
  protected override prepare(dt: number): () => void {
    const velocity = this.#velocityNow();
    const traced = this.#trace(dt, velocity, this.variable.mesh.model.tracker.time);
    return () => {
      if (velocity !== null) copyInto(this.companions("velocity")[0].data, velocity);
      this.#traced = traced;
    };
  }

  /** @internal */
  protected override beforeShift(): void {
    shiftLevels(this.companions("velocity"));
    if (this.#forcing !== null) {
      this.companions("forcing_star")[0].data.set(valuesOf(this.#forcing));
    }
  }

  /** @internal */
  protected override started(): void {
    const velocity = this.#velocityNow();
    if (velocity !== null) fillLevels(this.companions("velocity"), velocity);
    if (this.#forcing !== null) {
      fillLevels(this.companions("forcing_star"), valuesOf(this.#forcing));
    }
  }

  /** @internal */
  protected override dropDerived(): void {
    this.#traced = null;
  }

  /** @internal */
  protected override get schemaVersion(): number {
    return 2;
  }

  /** Everything that can change the future, apart from the values in the variables that it names. */
  override get state(): SemiLagrangianDDtState {
    const { mesh } = this.variable, known = this.#traced;
    const isValid = known !== null && known.geometry === geometryOf(mesh);
    const { levels, forcing } = known ?? { levels: [], forcing: null };
    const traced = isValid ? { ranks: mesh.model.comm.size, levels, forcing } : null;
    return { ...super.state, traced };
  }

  override set state(state: SemiLagrangianDDtState) {
    this.checkState(state);
    super.state = state;
    const { mesh, dofCount, components } = this.variable;
    const { traced } = state, length = dofCount * components;
    const fits = traced !== null && traced.ranks === mesh.model.comm.size &&
      traced.levels.every((values) => values.length === length);
    if (!fits) return;
    const [levels, forcing] = [traced.levels.map((values) => values.slice()), traced.forcing];
    this.#traced = { geometry: geometryOf(mesh), levels, forcing: forcing?.slice() ?? null };
  }

  /**
   * Refuses what `state` could not take, and changes nothing.
   *
   * @throws {StateSchemaError} when the schema version, the order, a type or a name differs.
   */
  override checkState(state: SemiLagrangianDDtState): void {
    super.checkState(state);
    checkTraced(this.name, state.traced, state.phase, this.#forcing !== null);
  }

  #velocityNow(): Float64Array | null {
    return typeof this.#velocity === "function" ? null : valuesOf(this.#velocity).slice();
  }

  /** What was traced at `updatePreSolve`; traced again where the mesh was deformed since. */
  #tracedNow(): Traced {
    const { phase, stepStart } = this.steps;
    const dt = this.steps.dt!;
    if (phase === "between") {
      return this.#trace(dt, this.#velocityNow(), this.variable.mesh.model.tracker.time);
    }
    if (this.#traced?.geometry !== geometryOf(this.variable.mesh)) {
      const stored = this.companions("velocity");
      const newest = stored.length > 0 ? valuesOf(stored[0]) : null;
      this.#traced = this.#trace(dt, newest, stepStart);
    }
    return this.#traced!;
  }

  #trace(dt: number, newest: Float64Array | null, start: number): Traced {
    const steps = [dt, ...this.steps.dtHistory], end = start + dt;
    const traced = this.#tracer.trace({
      variable: this.variable,
      levels: this.levels.slice(0, this.effectiveOrder),
      star: this.#forcing === null ? null : this.companions("forcing_star")[0],
      clip: this.#clip,
      inflow: this.#inflow,
      steps,
      winds: this.#winds(steps, newest, end),
      end,
    });
    return { ...traced, geometry: geometryOf(this.variable.mesh) };
  }

  #winds(steps: readonly number[], newest: Float64Array | null, end: number): StepWinds {
    const velocity = this.#velocity;
    if (typeof velocity === "function") {
      return windsOfFunction(velocity, this.variable.mesh, steps, end);
    }
    const past = this.companions("velocity").map(valuesOf);
    past[0] = newest!;
    // With one step or none there is nothing to extrapolate from.
    const isExtrapolated = this.steps.nSolvesCompleted > 0 && steps.length > 1;
    return windsOfVariable(velocity, past, steps, isExtrapolated);
  }
}

function seriesOf(
  order: number,
  velocity: MeshVariable | VectorFunction,
  forcing: MeshVariable | null,
): LevelSeries[] {
  const series: LevelSeries[] = [];
  if (typeof velocity !== "function") {
    series.push({ label: "velocity", count: Math.max(2, order), like: velocity });
  }
  if (forcing !== null) series.push({ label: "forcing_star", count: 1, like: forcing });
  return series;
}

function requireSameKind(variable: MeshVariable, forcing: MeshVariable): void {
  requireVariable("SemiLagrangianDDt: forcingHistory", forcing);
  const same = forcing.mesh === variable.mesh && forcing.components === variable.components &&
    forcing.degree === variable.degree && forcing.continuous === variable.continuous;
  if (same) return;
  throw new RangeError(
    `SemiLagrangianDDt: the forcing '${forcing.name}' has to be of the same kind as '${variable.name}' and on the same mesh`,
  );
}

// Version 1 traced again after a restore.
registerMigration("SemiLagrangianDDt", 1, (old) => ({ ...old, traced: null }));
