import { requireOptions } from "../options.ts";
import { copyInto } from "../arrays.ts";
import { freshValuesOf } from "../mesh/fresh_fields.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshMotion } from "../mesh/mesh_motion.ts";
import type { FieldValue, MeshVariable } from "../mesh/mesh_variable.ts";
import type { FieldFunction, VectorFunction } from "../mesh/points.ts";
import type { StateValue } from "../snapshot/contract.ts";
import { registerMigration } from "../snapshot/migrations.ts";
import { FieldDDt, givenWords } from "./field_ddt.ts";
import {
  isWornOut,
  type KeptVariables,
  keptVariables,
  traceKept,
  writeKept,
} from "./kept_level.ts";
import { fillLevels, shiftLevels, valuesOf } from "./level_variables.ts";
import { type RelaxationStep, relaxationStep } from "./relaxation.ts";
import {
  checkedSeries,
  type SemiLagrangianDDtOptions,
  semiLagrangianOptionNames,
} from "./semi_lagrangian_options.ts";
import {
  checkSemiLagrangianState,
  type LevelInterpolation,
  restoredTraced,
  type SemiLagrangianDDtState,
  semiLagrangianStateFrom1,
  semiLagrangianStateFrom2,
  semiLagrangianStateFrom3,
  type Traced,
} from "./semi_lagrangian_state.ts";
import { windsOf } from "./step_winds.ts";
import { type LevelTrace, LevelTracer, type TracedLevels } from "./traced_levels.ts";
import { fixFields } from "../fixed_fields.ts";

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
 * With `interpolation: "kept"` one past field is kept for several steps, together with the displacement of the
 * material since, so that errors fall with the step to those of the mesh and stay there. `psi_star_2` and
 * `psi_star_3` are then what the material had before, where it was at `psi_star_1`.
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
  readonly #motion: MeshMotion | null;
  readonly #tracer = new LevelTracer();
  #interpolation: LevelInterpolation;
  readonly #kept: KeptVariables | null;
  #traced: Traced | null = null;
  /** What a solver will prescribe in the step that it is about to begin. */
  #arriving: Float64Array | null = null;
  /** The shape of the mesh that the kept level is of; null where there is none. */
  #keptOn: object | null = null;
  /** How many moves of the mesh the last step has seen. */
  #moves = 0;

  /**
   * Registers the history with the model of the mesh; past values take memory with the first step.
   *
   * @throws {TypeError} when `variable` or `forcingHistory` is not a mesh variable, the velocity is neither a
   *   variable nor a function, or `motion` is not a motion.
   * @throws {RangeError} when the order, theta or the name does not fit, the velocity or the motion is of another
   *   mesh, the velocity does not have `dim` components, or the forcing is of another kind.
   */
  constructor(variable: MeshVariable, options: SemiLagrangianDDtOptions) {
    requireOptions("SemiLagrangianDDt", options, semiLagrangianOptionNames);
    super(
      "SemiLagrangianDDt",
      variable,
      options,
      ({ order }) => checkedSeries(variable, options, order),
    );
    const { velocity, clip = false, inflow = null, forcingHistory = null, motion = null } = options;
    this.#velocity = velocity;
    this.#motion = motion;
    this.#moves = motion?.count ?? 0;
    this.#clip = clip;
    this.#inflow = inflow;
    this.#forcing = forcingHistory;
    this.#kept = keptVariables((label) => this.companions(label));
    this.#interpolation = this.#kept === null ? "newest" : "kept";
    fixFields(this, new.target, SemiLagrangianDDt);
  }

  /** Which field past values are interpolated from; after a restore the one that the state has. */
  get interpolation(): LevelInterpolation {
    return this.#interpolation;
  }

  /** @internal */
  override get uses(): readonly unknown[] {
    return [...super.uses, this.#velocity, this.#forcing];
  }

  /** @internal */
  protected override get given(): Readonly<Record<string, StateValue>> {
    return {
      velocity: givenWords(this.#velocity),
      clip: this.#clip,
      inflow: givenWords(this.#inflow),
      forcing: givenWords(this.#forcing),
      interpolation: this.#interpolation,
    };
  }

  /**
   * One step of `Du/Dt = -u / tau + F`, exponentially (ETD-2, exact for F linear in time along the path):
   * `u = history + newer F`, with F the `forcingHistory` variable, whose past value is carried along.
   *
   * @param relaxationTime tau: one number, or one per degree of freedom, `[dofCount]`.
   * @throws {RangeError} when it is not positive, or there is no forcing history.
   * @throws {StepOrderError} when there was no step yet.
   */
  relax(relaxationTime: number | Float64Array): RelaxationStep {
    this.steps.bdf(`${this.name}.relax`, 1);
    const { levels: [past], forcing } = this.#tracedNow();
    if (forcing === null) {
      throw new RangeError(`${this.name}.relax: there is no forcing; make it with forcingHistory`);
    }
    return relaxationStep(this.variable, this.steps.dt!, relaxationTime, past, forcing);
  }

  /**
   * Past values and past forcing at the departure points, read-only.
   *
   * @throws {StepOrderError} when there was no step yet.
   * @internal
   */
  get carriedLevels(): TracedLevels {
    this.steps.bdf(`${this.name}.carriedLevels`, 1);
    return this.#tracedNow();
  }

  /**
   * Begins a step with the field as its boundary will be at the end, `[dofCount x components]`: what flows in.
   *
   * @internal
   */
  updatePreSolveTo(dt: number, values: Float64Array): void {
    this.#arriving = values;
    try {
      this.updatePreSolve(dt);
    } finally {
      this.#arriving = null;
    }
  }

  /** Starts the history, on the mesh as it is now; see {@link TimeHistory.initialiseHistory}. */
  override initialiseHistory(
    values?: readonly FieldValue[],
    steps?: number | ArrayLike<number>,
  ): void {
    super.initialiseHistory(values, steps);
    if (this.#motion === null) return;
    this.#moves = this.#motion.count;
    for (const shift of this.companions("mesh_shift")) shift.data.fill(0);
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
    this.#shiftMoves();
    if (this.#forcing !== null) {
      this.companions("forcing_star")[0].data.set(valuesOf(this.#forcing));
    }
    if (this.#tracedNow().next === null || this.#isKept) return;
    copyInto(this.#kept!.reference.data, valuesOf(this.levels[0]));
  }

  /** @internal */
  protected override afterShift(): void {
    const { next, levels } = this.#traced!;
    if (next === null) return;
    // Older levels are what the material had before, as the end of the step sees them.
    for (let j = 1; j < this.levels.length && j <= levels.length; j++) {
      copyInto(this.levels[j].data, levels[j - 1]);
    }
    writeKept(this.#kept!, next);
    this.#keptOn = isWornOut(this.variable, next) ? null : geometryOf(this.variable.mesh).shape;
  }

  /** @internal */
  protected override started(): void {
    const velocity = this.#velocityNow();
    if (velocity !== null) fillLevels(this.companions("velocity"), velocity);
    if (this.#forcing !== null) {
      fillLevels(this.companions("forcing_star"), valuesOf(this.#forcing));
    }
    this.#keptOn = null;
    const { dtHistory } = this.steps;
    if (this.#interpolation === "newest" || dtHistory.length === 0) return;
    // Given levels are fields of their times: the present sees them along the paths since.
    const { time } = this.variable.mesh.model.tracker;
    const request = this.#request([...dtHistory], velocity, time, this.levels.slice(1));
    const { levels } = this.#tracer.trace({ ...request, star: null });
    levels.forEach((values, j) => copyInto(this.levels[j + 1].data, values));
  }

  /** @internal */
  protected override dropDerived(): void {
    this.#traced = null;
  }

  /** @internal */
  protected override get schemaVersion(): number {
    return 4;
  }

  /** Everything that can change the future, apart from the values in the variables that it names. */
  override get state(): SemiLagrangianDDtState {
    const { mesh } = this.variable, ranks = mesh.model.comm.size, geometry = geometryOf(mesh);
    const known = this.#traced;
    const { levels, forcing, next } = known ?? { levels: [], forcing: null, next: null };
    return {
      ...super.state,
      interpolation: this.#interpolation,
      traced: known?.geometry === geometry ? { ranks, levels, forcing, next } : null,
      isKept: this.#isKept,
      moves: this.#motion === null ? null : this.#moves,
    };
  }

  override set state(state: SemiLagrangianDDtState) {
    this.checkState(state);
    super.state = state;
    this.#moves = state.moves ?? 0;
    const { traced, isKept } = state, geometry = geometryOf(this.variable.mesh);
    this.#interpolation = state.interpolation;
    this.#keptOn = isKept ? geometry.shape : null;
    const values = restoredTraced(traced, this.variable);
    this.#traced = values === null ? null : { geometry, ...values };
  }

  /**
   * Refuses what `state` could not take, and changes nothing.
   *
   * @throws {StateSchemaError} when the schema version, the order, a type or a name differs.
   */
  override checkState(state: SemiLagrangianDDtState): void {
    super.checkState(state);
    checkSemiLagrangianState(this.name, state, {
      hasForcing: this.#forcing !== null,
      canKeep: this.#kept !== null,
      hasMotion: this.#motion !== null,
    });
  }

  /** Whether a level is kept, on the present shape of the mesh, however that is divided among ranks. */
  get #isKept(): boolean {
    return this.#keptOn === geometryOf(this.variable.mesh).shape;
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
    const geometry = geometryOf(this.variable.mesh);
    const steps = [dt, ...this.steps.dtHistory];
    const levels = this.levels.slice(0, this.effectiveOrder);
    const request = this.#request(steps, newest, start + dt, levels);
    if (this.#interpolation === "newest") {
      return { ...this.#tracer.trace(request), geometry, next: null };
    }
    return { ...traceKept(this.#tracer, request, this.#isKept ? this.#kept : null), geometry };
  }

  #request(
    steps: readonly number[],
    newest: Float64Array | null,
    end: number,
    levels: readonly MeshVariable[],
  ): LevelTrace {
    const { variable } = this;
    const star = this.#forcing === null ? null : this.companions("forcing_star")[0];
    const past = this.companions("velocity").map(valuesOf);
    if (newest !== null) past[0] = newest;
    const solves = this.steps.nSolvesCompleted;
    const isOfStep = this.#motion !== null;
    const winds = windsOf(this.#velocity, variable.mesh, past, steps, end, solves, isOfStep);
    const [clip, inflow, arriving] = [this.#clip, this.#inflow, this.#arriving];
    const shifts = this.#shifts(steps[0]);
    return { variable, levels, star, clip, inflow, arriving, steps, winds, end, shifts };
  }

  /** How far the mesh moved in each step, newest first, `[nodeCount x dim]` with ghosts up to date. Collective. */
  #shifts(dt: number): (Float64Array | null)[] {
    const motion = this.#motion;
    if (motion === null) return [];
    const newest = motion.within(this.name, this.#moves, dt);
    const older = this.companions("mesh_shift").map(valuesOf);
    return [newest, ...older].map((shift) =>
      shift === null || isStill(motion, shift) ? null : freshValuesOf(motion.velocity, shift)
    );
  }

  /** The move of the step that ends becomes the newest of the past. */
  #shiftMoves(): void {
    const motion = this.#motion;
    if (motion === null) return;
    const past = this.companions("mesh_shift");
    shiftLevels(past);
    if (past.length > 0) {
      const now = motion.within(this.name, this.#moves, this.steps.dt!);
      if (now === null) past[0].data.fill(0);
      else copyInto(past[0].data, now);
    }
    this.#moves = motion.count;
  }
}

/** Whether no node moved on any rank. Collective. */
function isStill({ mesh }: MeshMotion, shift: Float64Array): boolean {
  const moves = shift.some((value) => value !== 0);
  return mesh.model.comm.allreduce(moves ? 1 : 0, "max") === 0;
}

registerMigration("SemiLagrangianDDt", 1, semiLagrangianStateFrom1);
registerMigration("SemiLagrangianDDt", 2, semiLagrangianStateFrom2);
registerMigration("SemiLagrangianDDt", 3, semiLagrangianStateFrom3);
