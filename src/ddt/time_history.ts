/**
 * What all time histories have in common: the steps, the ramp of orders, and the two formulas. They differ
 * in where past values are kept, and in how these are seen from the new time.
 *
 * @module
 */
import { displayAs, printAs } from "../display.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import type { SnapshotPayload, Snapshottable, StateValue } from "../snapshot/contract.ts";
import { BufferPool } from "../snapshot/pool.ts";
import type { HistoryOrder } from "./coefficients.ts";
import { withRollback } from "./rollback.ts";
import { requireEnd, requireLevels, requireStep, requireSteps } from "./step_checks.ts";
import { type StepError, StepErrors } from "./step_errors.ts";
import { type TimeHistoryOptions, type TimeHistoryState, TimeSteps } from "./time_steps.ts";

/**
 * Where a history keeps its past values.
 *
 * `Value` is what a user may give for a level, `Sum` is a weighted sum of levels, and `Kept` is what the
 * state says about them besides the steps.
 */
export interface PastLevels<Value, Sum, Kept> {
  /** Forgets the past: the current value is all that is known. */
  restart(): void;
  /** Takes known values, newest first, with the steps between them; changes nothing where it throws. */
  take(values: readonly Value[], steps: readonly number[]): void;
  /** The current value, which is that at time `end`, becomes the newest level. */
  shift(end: number): void;
  /**
   * `c[0] u + c[1] u*_1 + ... + c[k] u*_k`, or the sum without its first term.
   *
   * @param tables Coefficients of orders 1 to k, newest value first; the last ones are those asked for.
   */
  sum(tables: readonly Float64Array[], isWithCurrent: boolean): Sum;
  /** Names of what holds the values, or the values. Setting takes what `check` accepted. */
  state: Kept;
  /**
   * Refuses what `state` could not take.
   *
   * @throws {StateSchemaError} when names, types or numbers of levels differ.
   */
  check(bearer: string, state: Kept & TimeHistoryState): void;
}

/**
 * The time derivative of something by the values that it had.
 *
 * In every step call `updatePreSolve(dt)`, then give the unknown its new value, then `updatePostSolve()`.
 * In between, `bdf()` is the time derivative at the end of the step and `adamsMoultonFlux()` the mean
 * over the step. A run starts at order 1 and reaches `order` after `order - 1` steps, unless past values
 * are given to {@link TimeHistory.initialiseHistory}.
 *
 * Each flavour has its own kind of values: mesh variables, variables of particles, or expressions.
 */
export abstract class TimeHistory<Value, Sum, Kept extends object>
  implements Snapshottable<TimeHistoryState & Kept> {
  /** Stable, unique among the bearers of the model. */
  abstract readonly name: string;
  /**
   * Step sizes, ramp and coefficients.
   *
   * @internal
   */
  protected readonly steps: TimeSteps;
  /**
   * The past values.
   *
   * @internal
   */
  protected abstract readonly past: PastLevels<Value, Sum, Kept>;
  /**
   * Knows the time, and forbids saves within a step.
   *
   * @internal
   */
  protected abstract readonly model: ModelHost;

  /**
   * What is registered with the model: the history itself, or the solver that it is a part of.
   *
   * @internal
   */
  protected get bearer(): { readonly name: string } {
    return this;
  }

  /**
   * A history without a past: the first step starts it.
   *
   * @throws {RangeError} when the order is not 1, 2 or 3, or theta is not in [0, 1].
   * @internal
   */
  constructor(className: string, options: TimeHistoryOptions) {
    this.steps = new TimeSteps(className, options);
  }

  /**
   * The payloads whose variables hold the history, for those that a failed start has to put back.
   *
   * @internal
   */
  protected get touched(): readonly SnapshotPayload[] {
    return [];
  }

  /**
   * Starts what the flavour keeps besides past values; these are there already.
   *
   * @internal
   */
  protected started(): void {}

  /**
   * Works out what depends on dt; what it returns is called when nothing can fail any more.
   *
   * @internal
   */
  protected prepare(_dt: number): () => void {
    return () => {};
  }

  /**
   * Ends the step, while past values are unshifted and dt is not yet among the completed steps.
   *
   * @internal
   */
  protected beforeShift(): void {}

  /**
   * Ends the step, after the past values were shifted.
   *
   * @internal
   */
  protected afterShift(): void {}

  /**
   * Drops what was derived from the state.
   *
   * @internal
   */
  protected dropDerived(): void {}

  /** The order asked for: 1, 2 or 3. */
  get order(): HistoryOrder {
    return this.steps.order;
  }

  /** The order in force: `min(order, completed steps + 1)`. */
  get effectiveOrder(): HistoryOrder {
    return this.steps.effectiveOrder;
  }

  /** The step and those before it, newest first, for `stableOrder`; empty before the first. */
  get stepSizes(): number[] {
    return this.steps.sizes;
  }

  /**
   * Starts the history.
   *
   * Without arguments only the current value is known, and the order ramps up from 1. With past values
   * the full order holds from the first step on.
   *
   * @param values The `order` known levels, newest first; `values[0]` is the one at the current time. Each is
   *   what `set` of the variable takes, or an Expression; functions and expressions see the time of their
   *   level.
   * @param steps The `order - 1` step sizes between them, newest first; one number for equal steps.
   * @throws {TypeError} when a value is of another kind.
   * @throws {RangeError} when there are not `order` values or `order - 1` positive steps.
   */
  initialiseHistory(values?: readonly Value[], steps?: number | ArrayLike<number>): void {
    this.#requireMember("initialiseHistory");
    withRollback(this.touched, this, new BufferPool(), () => this.#start(values, steps));
  }

  #start(values?: readonly Value[], steps?: number | ArrayLike<number>): void {
    if (values === undefined) {
      this.past.restart();
      this.steps.restart();
      this.started();
    } else {
      requireLevels(this.name, this.order, values);
      const sizes = requireSteps(this.name, this.order, steps);
      this.past.take(values, sizes);
      this.steps.startAt(sizes);
      this.started();
    }
    this.dropDerived();
  }

  /**
   * Begins a step of size `dt`; the first one also starts the history with the current value. Called again
   * before `updatePostSolve`, it replaces the size of the step.
   *
   * @throws {RangeError} when `dt` is not positive and finite, or a velocity is not finite; nothing is changed
   *   then.
   */
  updatePreSolve(dt: number): void {
    requireStep(this.name, dt);
    this.#requireMember("updatePreSolve");
    this.model.indivisible(`${this.name}.updatePreSolve`, () => {
      if (this.steps.initialised) return this.#begin(dt);
      withRollback(this.touched, this, new BufferPool(), () => {
        this.#start();
        this.#begin(dt);
      });
    });
  }

  #requireMember(asked: string): void {
    this.model.requireMember(`${this.name}.${asked}`, this.bearer);
  }

  #begin(dt: number): void {
    const commit = this.prepare(dt);
    this.steps.begin(dt, this.model.tracker.time);
    commit();
  }

  /**
   * Ends the step: the current value becomes the newest past level.
   *
   * @param dt The size of the step. Defaults to that of `updatePreSolve`.
   * @throws {RangeError} when `dt` is not the dt of `updatePreSolve`.
   * @throws {StepOrderError} when no step was begun.
   */
  updatePostSolve(dt?: number): void {
    this.#requireMember("updatePostSolve");
    const { phase, dt: begun, stepStart } = this.steps;
    requireEnd(this.name, phase === "step" ? begun : null, dt);
    this.model.indivisible(`${this.name}.updatePostSolve`, () => {
      this.beforeShift();
      StepErrors.of(this.model)?.all.push(this.#estimate());
      this.past.shift(stepStart + begun!);
      this.afterShift();
      this.steps.end();
      this.dropDerived();
    });
  }

  #estimate(): StepError {
    const { name, order, effectiveOrder } = this;
    const error = effectiveOrder < 2 ? null : this.errorOf(this.steps.error());
    return { name, order, estimate: error === null ? null : { error, order: effectiveOrder - 1 } };
  }

  /**
   * A weighted sum of current and past values relative to the largest value; null where the flavour has no
   * such measure. Collective.
   *
   * @internal
   */
  protected errorOf(_tables: readonly Float64Array[]): number | null {
    return null;
  }

  /**
   * The time derivative at the end of the step for the current value, `c0 u + c1 u*_1 + ... + ck u*_k`, where
   * u*_j is the past value as the new time sees it. Between steps the size of the last step stands for the
   * next one.
   *
   * @param order At most the order of the history; the ramp may lower it further. Defaults to that order.
   * @returns An Expression, or new memory, `[dofCount x components]` or `[count x components]`.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {StepOrderError} when there was no step yet.
   */
  bdf(order?: number): Sum {
    return this.past.sum(this.steps.bdf(`${this.name}.bdf`, order), true);
  }

  /**
   * The known part of the time derivative, `c1 u*_1 + ... + ck u*_k`.
   *
   * @param order At most the order of the history; the ramp may lower it further. Defaults to that order.
   * @returns An Expression, or new memory, `[dofCount x components]` or `[count x components]`.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {StepOrderError} when there was no step yet.
   */
  historyTerms(order?: number): Sum {
    return this.past.sum(this.steps.bdf(`${this.name}.historyTerms`, order), false);
  }

  /**
   * The mean over the step, `w0 u + w1 u*_1 + ... + wk u*_k`, by Adams-Moulton weights.
   *
   * @param order At most the order of the history; the ramp may lower it further. Defaults to that order.
   * @returns An Expression, or new memory, `[dofCount x components]` or `[count x components]`.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {StepOrderError} when there was no step yet.
   */
  adamsMoultonFlux(order?: number): Sum {
    return this.past.sum(this.steps.adamsMoulton(`${this.name}.adamsMoultonFlux`, order), true);
  }

  /**
   * The version of the state's layout.
   *
   * @internal
   */
  protected get schemaVersion(): number {
    return 1;
  }

  /** What it was made with; see {@link Snapshottable.setup}. */
  get setup(): Readonly<Record<string, StateValue>> {
    return { order: this.order, theta: this.steps.theta, ...this.given };
  }

  /**
   * What the flavour was made with besides.
   *
   * @internal
   */
  protected get given(): Readonly<Record<string, StateValue>> {
    return {};
  }

  /** Everything that can change the future; values in variables travel with the variables named here. */
  get state(): TimeHistoryState & Kept {
    return { schemaVersion: this.schemaVersion, ...this.steps.state, ...this.past.state };
  }

  set state(state: TimeHistoryState & Kept) {
    this.checkState(state);
    this.steps.state = state;
    this.past.state = state;
    this.dropDerived();
  }

  /**
   * Refuses what `state` could not take, and changes nothing.
   *
   * @throws {StateSchemaError} when the schema version, the order, a type or a name differs.
   */
  checkState(state: TimeHistoryState & Kept): void {
    this.steps.check(this.name, state, this.schemaVersion);
    this.past.check(this.name, state);
  }

  static {
    printAs(this, function () {
      const { name, order, effectiveOrder } = this;
      return `${this.constructor.name}(${name}, order ${order}, ${effectiveOrder} at this step)`;
    });
    displayAs(this);
  }
}
