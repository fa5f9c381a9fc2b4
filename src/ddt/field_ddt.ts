/**
 * What the histories of mesh variables have in common; the flavours differ in how past values get to
 * the degrees of freedom.
 *
 * @module
 */
import { display } from "../display.ts";
import { type FieldValue, MeshVariable } from "../mesh/mesh_variable.ts";
import { describe } from "../mesh/points.ts";
import type { Payload, Snapshottable } from "../snapshot/contract.ts";
import { BufferPool } from "../snapshot/pool.ts";
import type { Order } from "./coefficients.ts";
import {
  checkNames,
  fillLevels,
  levelNames,
  type LevelSeries,
  makeLevels,
  requireFreeVariables,
  shiftLevels,
  valuesOf,
  weightedSum,
} from "./level_variables.ts";
import { pastValues } from "./past_values.ts";
import {
  type HistoryOptions,
  requireEnd,
  requireStep,
  requireSteps,
  StepHistory,
  type StepHistoryState,
} from "./step_history.ts";
import { undoing } from "./rollback.ts";

/** The state of a history of a mesh variable. The values travel with the variables named here. */
export interface FieldDDtState extends StepHistoryState {
  /** The mesh. */
  readonly mesh: string;
  /** The variable whose history it is. */
  readonly variable: string;
  /** The variables that hold past values, newest first. */
  readonly psiStar: readonly string[];
  /** Variables with what else the flavour keeps: velocities, advection terms, forcing. */
  readonly companions: readonly string[];
}

/**
 * The history of a mesh variable u.
 *
 * In a step, between `updatePreSolve(dt)` and `updatePostSolve(dt)`, the time derivative at the end of
 * the step is `leadingCoefficient() * u + historyTerms()`, the first for the unknown and the second
 * known. All arrays are `[dofCount x components]`, row-major, in the order of `variable.data`.
 */
export abstract class FieldDDt implements Snapshottable<FieldDDtState> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** The variable whose history this is. */
  readonly variable: MeshVariable;
  /**
   * Step sizes, ramp and coefficients.
   *
   * @internal
   */
  protected readonly steps: StepHistory;
  /**
   * Past values, newest first.
   *
   * @internal
   */
  protected readonly levels: readonly MeshVariable[];
  readonly #series: readonly LevelSeries[];
  readonly #companions: ReadonlyMap<string, readonly MeshVariable[]>;

  /**
   * `series` are made besides the past values; everything about them is checked by the flavour.
   *
   * @internal
   */
  constructor(
    className: string,
    variable: MeshVariable,
    options: HistoryOptions,
    series: (steps: StepHistory) => readonly LevelSeries[] = () => [],
  ) {
    requireVariable(className, variable);
    this.variable = variable;
    this.steps = new StepHistory(className, options);
    const past = { label: "psi_star", count: this.steps.order, like: variable };
    const others = series(this.steps);
    this.#series = [past, ...others];
    this.name = variable.mesh.model.adopt("bearer", this, className, options.name);
    this.levels = makeLevels(this.name, past);
    this.#companions = new Map(others.map((one) => [one.label, makeLevels(this.name, one)]));
  }

  /**
   * Past values at the degrees of freedom, as the new time sees them; newest first, read-only.
   *
   * @internal
   */
  protected abstract carried(): readonly Float64Array[];

  /**
   * Works out what depends on dt; what it returns is done when nothing can fail any more.
   *
   * @internal
   */
  protected abstract prepare(dt: number): () => void;

  /**
   * Moves on, before dt joins the history; the past values are still unshifted.
   *
   * @internal
   */
  protected finish(): void {}

  /**
   * Moves on, after the past values were shifted.
   *
   * @internal
   */
  protected settle(): void {}

  /**
   * Starts what the flavour keeps besides past values.
   *
   * @internal
   */
  protected startCompanions(): void {}

  /**
   * Forgets what was derived.
   *
   * @internal
   */
  protected forget(): void {}

  /**
   * Whose numbers the start of the history changes.
   *
   * @internal
   */
  protected get touched(): readonly Payload[] {
    return [this.variable.mesh];
  }

  /**
   * The variables of a series.
   *
   * @internal
   */
  protected companions(label: string): readonly MeshVariable[] {
    return this.#companions.get(label) ?? [];
  }

  /** The order asked for. */
  get order(): Order {
    return this.steps.order;
  }

  /** The order in force: `min(order, steps done + 1)`. */
  get effectiveOrder(): Order {
    return this.steps.effectiveOrder;
  }

  /** The step and those before it, newest first; for `stableOrder`. Empty before the first. */
  get stepSizes(): number[] {
    const { dt, dtHistory } = this.steps;
    return dt === null ? [] : [dt, ...dtHistory];
  }

  /**
   * Starts the history.
   *
   * Without arguments all past levels become the current values, and the order ramps up from 1. With
   * past values the full order holds from the first step on.
   *
   * @param values The `order` known levels, newest first; `values[0]` is the one at the current time.
   *   Each is what `MeshVariable.set` takes; functions and expressions see the time of their level.
   * @param steps The `order - 1` step sizes between them, newest first; one number for equal steps.
   * @throws {TypeError} when a value is nothing that `set` takes.
   * @throws {RangeError} when there are not `order` values or `order - 1` positive steps.
   */
  initialiseHistory(values?: readonly FieldValue[], steps?: number | ArrayLike<number>): void {
    undoing(this.touched, this, new BufferPool(), () => this.#start(values, steps));
  }

  #start(values?: readonly FieldValue[], steps?: number | ArrayLike<number>): void {
    if (values === undefined) {
      fillLevels(this.levels, valuesOf(this.variable));
      this.startCompanions();
      this.steps.restart();
    } else {
      const { order } = this;
      if (values.length !== order) {
        throw new RangeError(
          `${this.name}.initialiseHistory: order ${order} needs ${order} levels, found ${values.length}`,
        );
      }
      const sizes = requireSteps(this.name, order, steps);
      const known = pastValues(this.variable, values, sizes);
      this.levels.forEach((level, j) => level.data.set(known[j]));
      this.startCompanions();
      this.steps.startAt(sizes);
    }
    this.forget();
  }

  /**
   * Begins a step of size `dt`; the first one also starts the history with the current values. Called
   * again before `updatePostSolve`, it replaces the size of the step.
   *
   * @throws {RangeError} when `dt` is not positive and finite, or a velocity is not finite; nothing is changed then.
   */
  updatePreSolve(dt: number): void {
    requireStep(this.name, dt);
    const { model } = this.variable.mesh;
    model.indivisible(`${this.name}.updatePreSolve`, () => {
      if (this.steps.initialised) return this.#begin(dt);
      undoing(this.touched, this, new BufferPool(), () => {
        this.#start();
        this.#begin(dt);
      });
    });
  }

  #begin(dt: number): void {
    const commit = this.prepare(dt);
    this.steps.begin(dt, this.variable.mesh.model.tracker.time);
    commit();
  }

  /**
   * Ends the step: the current values become the newest past level.
   *
   * @param dt The size of the step; may be left out.
   * @throws {RangeError} when `dt` is not the dt of `updatePreSolve`.
   * @throws {Error} when no step was begun.
   */
  updatePostSolve(dt?: number): void {
    requireEnd(this.name, this.steps, dt);
    this.variable.mesh.model.indivisible(`${this.name}.updatePostSolve`, () => {
      this.finish();
      shiftLevels(this.levels);
      this.levels[0].data.set(valuesOf(this.variable));
      this.settle();
      this.steps.end();
      this.forget();
    });
  }

  /**
   * The factor c0 of the unknown in the time derivative, in 1 / time.
   *
   * @param order At most the order of the history; the ramp may lower it further.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {Error} when there was no step yet.
   */
  leadingCoefficient(order?: number): number {
    return this.steps.bdf(`${this.name}.leadingCoefficient`, order)[0];
  }

  /**
   * The known part of the time derivative at the end of the step, `c1 u*_1 + ... + ck u*_k`, where u*_j
   * is the past value as the new time sees it.
   *
   * @param order At most the order of the history; the ramp may lower it further.
   * @returns `[dofCount x components]`, new memory.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {Error} when there was no step yet.
   */
  historyTerms(order?: number): Float64Array {
    const coefficients = this.steps.bdf(`${this.name}.historyTerms`, order);
    return weightedSum(coefficients.subarray(1), this.carried(), this.#fresh());
  }

  /**
   * The time derivative at the end of the step for the current values,
   * `leadingCoefficient() * u + historyTerms()`. Between steps the size of the last step stands for the
   * next one.
   *
   * @param order At most the order of the history; the ramp may lower it further.
   * @returns `[dofCount x components]`, new memory.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {Error} when there was no step yet.
   */
  bdf(order?: number): Float64Array {
    const out = this.historyTerms(order);
    const c = this.leadingCoefficient(order), values = valuesOf(this.variable);
    for (let i = 0; i < out.length; i++) out[i] += c * values[i];
    return out;
  }

  /**
   * The mean of u over the step, `w0 u + w1 u*_1 + ...`, by Adams-Moulton weights.
   *
   * @param order At most the order of the history; the ramp may lower it further.
   * @returns `[dofCount x components]`, new memory.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {Error} when there was no step yet.
   */
  adamsMoultonFlux(order?: number): Float64Array {
    const weights = this.steps.adamsMoulton(`${this.name}.adamsMoultonFlux`, order);
    return weightedSum(weights, [valuesOf(this.variable), ...this.carried()], this.#fresh());
  }

  /** Everything that can change the future, apart from the values in the variables that it names. */
  get state(): FieldDDtState {
    return { ...this.steps.state, ...this.#names };
  }

  set state(state: FieldDDtState) {
    this.checkState(state);
    this.steps.state = state;
    this.forget();
  }

  /**
   * Refuses what `state` could not take, and changes nothing.
   *
   * @throws {StateSchemaError} when the schema version, the order, a type or the name of a variable differs.
   */
  checkState(state: FieldDDtState): void {
    this.steps.check(this.name, state);
    checkNames(this.name, state, this.#names);
  }

  /**
   * Asked by the model before the history gets its name.
   *
   * @throws {RangeError} when a name that would be made from it is taken.
   * @internal
   */
  requireNames(name: string): void {
    const names = this.#series.flatMap((series) => levelNames(name, series));
    requireFreeVariables(this.variable.mesh, name, names);
  }

  /**
   * The variables, and swarms, that come and go with the history.
   *
   * @internal
   */
  get owned(): readonly object[] {
    return [...this.levels, ...[...this.#companions.values()].flat()];
  }

  /** What a notebook shows: its state. */
  [Symbol.for("Jupyter.display")](): Promise<object> {
    return display(this);
  }

  get #names() {
    const { variable, levels } = this;
    const companions = [...this.#companions.values()].flat().map(({ name }) => name);
    return {
      mesh: variable.mesh.name,
      variable: variable.name,
      psiStar: levels.map(({ name }) => name),
      companions,
    };
  }

  #fresh(): Float64Array {
    return new Float64Array(this.variable.dofCount * this.variable.components);
  }
}

/** Refuses what is no mesh variable. */
export function requireVariable(what: string, variable: unknown): asserts variable is MeshVariable {
  if (!(variable instanceof MeshVariable)) {
    throw new TypeError(`${what} takes a mesh variable first, got ${describe(variable)}`);
  }
}
