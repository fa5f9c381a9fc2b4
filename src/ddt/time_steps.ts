/**
 * The steps of a time history: how many were done, their sizes, and the coefficients that follow from
 * them. Where the past values are kept is the business of `PastLevels` in `time_history.ts`.
 *
 * @module
 */
import { StepOrderError } from "../errors.ts";
import type { OptionNames } from "../options.ts";
import type { SnapshottableState } from "../snapshot/contract.ts";
import {
  adamsMoultonCoefficients,
  bdfCoefficients,
  checkOrder,
  checkTheta,
  errorCoefficients,
  type HistoryOrder,
} from "./coefficients.ts";
import { isStep, refuser } from "./step_checks.ts";

/** The settings of every time history. */
export interface TimeHistoryOptions {
  /** Order of the formulas, and number of past levels kept: 1, 2 or 3. Defaults to 1. */
  readonly order?: number;
  /** Weight of the newest flux for order 1, in [0, 1]. Defaults to 1/2. */
  readonly theta?: number;
  /** Stable name among the bearers of the model. Defaults to `${ClassName}_${n}`. */
  readonly name?: string;
}

/** The names of {@link TimeHistoryOptions}. */
export const timeHistoryOptionNames: OptionNames<TimeHistoryOptions> = {
  order: true,
  theta: true,
  name: true,
};

/** The state that all time histories have. */
export interface TimeHistoryState extends SnapshottableState {
  /** Grows when a field changes its meaning. */
  readonly schemaVersion: number;
  /** Order of the formulas; fixed at construction. */
  readonly order: number;
  /** Weight of the newest flux for order 1. */
  readonly theta: number;
  /** Size of the current step, or of the last one between steps; null before the first step. */
  readonly dt: number | null;
  /** Sizes of the completed steps, newest first, at most `order` of them. */
  readonly dtHistory: readonly number[];
  /** Whether the past levels hold values. */
  readonly historyInitialised: boolean;
  /** Number of completed steps; the ramp of orders follows from it. */
  readonly nSolvesCompleted: number;
  /** `"step"` between updatePreSolve and updatePostSolve, `"between"` otherwise. */
  readonly phase: "between" | "step";
  /** `tracker.time` when the current step, or the last one, began. */
  readonly stepStart: number;
}

/** Step sizes, phase, ramp and coefficients of one history. */
export class TimeSteps {
  readonly order: HistoryOrder;
  #theta: number;
  #dt: number | null = null;
  #dtHistory: readonly number[] = [];
  #initialised = false;
  #solves = 0;
  #phase: "between" | "step" = "between";
  #stepStart = 0;
  /** For orders 1 to `effectiveOrder`; empty while there is no dt. */
  #bdf: readonly Float64Array[] = [];
  #adamsMoulton: readonly Float64Array[] = [];

  /**
   * @throws {RangeError} when the order is not 1, 2 or 3, or theta is not in [0, 1].
   */
  constructor(what: string, options: TimeHistoryOptions) {
    const { order = 1, theta = 0.5 } = options;
    checkOrder(what, order);
    checkTheta(what, theta);
    this.order = order;
    this.#theta = theta;
  }

  get theta(): number {
    return this.#theta;
  }

  get dt(): number | null {
    return this.#dt;
  }

  get dtHistory(): readonly number[] {
    return this.#dtHistory;
  }

  get initialised(): boolean {
    return this.#initialised;
  }

  get nSolvesCompleted(): number {
    return this.#solves;
  }

  get phase(): "between" | "step" {
    return this.#phase;
  }

  /** `tracker.time` when the step began. */
  get stepStart(): number {
    return this.#stepStart;
  }

  /** The step and those before it, newest first; empty before the first. */
  get sizes(): number[] {
    return this.#dt === null ? [] : [this.#dt, ...this.#dtHistory];
  }

  /** The highest order that the known values allow. */
  get effectiveOrder(): HistoryOrder {
    return Math.min(this.order, this.#solves + 1) as HistoryOrder;
  }

  /** Forgets all steps: only the current value is known, so the ramp begins at order 1. */
  restart(): void {
    this.#initialised = true;
    this.#solves = 0;
    this.#dtHistory = [];
    this.#dt = null;
    this.#phase = "between";
    this.#derive();
  }

  /** Starts at full order: all levels hold values, with `steps` between them, newest first. */
  startAt(steps: readonly number[]): void {
    this.restart();
    this.#solves = this.order - 1;
    this.#dtHistory = [...steps];
  }

  /** A step of size `dt` begins at `time`; called again within a step, it replaces that step's size. */
  begin(dt: number, time: number): void {
    this.#dt = dt;
    this.#stepStart = time;
    this.#phase = "step";
    this.#derive();
  }

  /** The step is done. */
  end(): void {
    this.#dtHistory = [this.#dt!, ...this.#dtHistory].slice(0, this.order);
    this.#solves++;
    this.#phase = "between";
    this.#derive();
  }

  /**
   * BDF coefficients, newest value first, of all orders from 1 up to `order` or what the ramp allows; see
   * `bdfCoefficients`.
   *
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {StepOrderError} when there was no step yet.
   */
  bdf(what: string, order?: number): readonly Float64Array[] {
    return this.#upTo(what, this.#bdf, order);
  }

  /** Adams-Moulton weights in the same form; see `adamsMoultonCoefficients`. */
  adamsMoulton(what: string, order?: number): readonly Float64Array[] {
    return this.#upTo(what, this.#adamsMoulton, order);
  }

  /** Weights that estimate the error of the step, in the same form; see `errorCoefficients`. */
  error(): readonly Float64Array[] {
    const { sizes } = this;
    return this.#bdf.map((_, k) => errorCoefficients(k + 1, sizes));
  }

  #upTo(
    what: string,
    tables: readonly Float64Array[],
    order: number = this.order,
  ): readonly Float64Array[] {
    checkOrder(what, order);
    if (order > this.order) {
      throw new RangeError(
        `${what}: order ${order} was asked for, but the history keeps ${this.order} levels`,
      );
    }
    if (tables.length === 0) {
      throw new StepOrderError(what, "no step yet", "updatePreSolve(dt)");
    }
    return tables.slice(0, Math.min(order, this.effectiveOrder));
  }

  /** Between steps the last dt stands for the next one too. */
  #derive(): void {
    const orders = this.#dt === null
      ? []
      : Array.from({ length: this.effectiveOrder }, (_, k) => k + 1);
    const { sizes } = this;
    this.#bdf = orders.map((order) => bdfCoefficients(order, sizes));
    this.#adamsMoulton = orders.map((order) => adamsMoultonCoefficients(order, sizes, this.#theta));
  }

  /** A copy as plain values; the version is that of the history. */
  get state(): Omit<TimeHistoryState, "schemaVersion"> {
    return {
      order: this.order,
      theta: this.#theta,
      dt: this.#dt,
      dtHistory: [...this.#dtHistory],
      historyInitialised: this.#initialised,
      nSolvesCompleted: this.#solves,
      phase: this.#phase,
      stepStart: this.#stepStart,
    };
  }

  /** Takes a state that {@link TimeSteps.check} accepted, and derives the coefficients. */
  set state(state: Omit<TimeHistoryState, "schemaVersion">) {
    this.#theta = state.theta;
    this.#dt = state.dt;
    this.#dtHistory = [...state.dtHistory];
    this.#initialised = state.historyInitialised;
    this.#solves = state.nSolvesCompleted;
    this.#phase = state.phase;
    this.#stepStart = state.stepStart;
    this.#derive();
  }

  /**
   * @param version The schema version that the history reads.
   * @throws {StateSchemaError} when a field is missing, is of another type, or contradicts another.
   */
  check(bearer: string, state: TimeHistoryState, version: number): void {
    const refuse = refuser(bearer);
    if (typeof state !== "object" || state === null) refuse("the state is not an object");
    if (state.schemaVersion !== version) {
      refuse(`schemaVersion ${state.schemaVersion} is not known; this version reads ${version}`);
    }
    if (state.order !== this.order) {
      refuse(`the state is of order ${state.order}, this history is of order ${this.order}`);
    }
    const { theta, dt, dtHistory, nSolvesCompleted: solves, phase } = state;
    if (!(typeof theta === "number" && theta >= 0 && theta <= 1)) refuse(`theta is ${theta}`);
    if (dt !== null && !isStep(dt)) refuse(`dt is ${dt}`);
    if (!Array.isArray(dtHistory) || !dtHistory.every(isStep)) {
      refuse("dtHistory is not a list of positive step sizes");
    }
    if (!Number.isSafeInteger(solves) || solves < 0) refuse(`nSolvesCompleted is ${solves}`);
    const least = Math.min(this.order - 1, solves);
    if (dtHistory.length > this.order || dtHistory.length < least) {
      refuse(
        `dtHistory has ${dtHistory.length} steps after ${solves} solves, not ${least} to ${this.order}`,
      );
    }
    if (typeof state.historyInitialised !== "boolean") {
      refuse("historyInitialised is not a boolean");
    }
    if (phase !== "between" && phase !== "step") refuse(`phase is ${phase}`);
    if (phase === "step" && (dt === null || !state.historyInitialised)) {
      refuse("phase is 'step' without a dt or a history");
    }
    if (!Number.isFinite(state.stepStart)) refuse(`stepStart is ${state.stepStart}`);
  }
}
