/**
 * The part that all time histories share: how many steps were done, their sizes, and the coefficients
 * that follow. Each flavour owns one and keeps the values of the levels itself.
 *
 * @module
 */
import { StateSchemaError } from "../errors.ts";
import type { SnapshottableState } from "../snapshot/contract.ts";
import {
  adamsMoultonCoefficients,
  bdfCoefficients,
  checkOrder,
  checkTheta,
  type Order,
} from "./coefficients.ts";

/** The settings of every history. */
export interface HistoryOptions {
  /** Order of the formulas, and number of past levels kept: 1, 2 or 3; 1 when left out. */
  readonly order?: number;
  /** Weight of the newest flux for order 1, in [0, 1]; 1/2 when left out. */
  readonly theta?: number;
  /** Stable name among the bearers of the model; `${ClassName}_${n}` when left out. */
  readonly name?: string;
}

/** The state that all histories have. */
export interface StepHistoryState extends SnapshottableState {
  /** Grows when a field changes its meaning. */
  readonly schemaVersion: 1;
  /** Order of the formulas; fixed at construction. */
  readonly order: number;
  /** Weight of the newest flux for order 1. */
  readonly theta: number;
  /** Size of the step that is being done or was done last; null before the first. */
  readonly dt: number | null;
  /** Sizes of the steps before, newest first, at most `order` of them. */
  readonly dtHistory: readonly number[];
  /** Whether the past levels hold values. */
  readonly historyInitialised: boolean;
  /** Steps done; the ramp of orders follows from it. */
  readonly nSolvesCompleted: number;
  /** `"step"` between updatePreSolve and updatePostSolve, `"between"` otherwise. */
  readonly phase: "between" | "step";
  /** `tracker.time` when the step that is being done, or the last one, began. */
  readonly stepStart: number;
}

/** Step sizes, phase, ramp and coefficients of one history. */
export class StepHistory {
  readonly order: Order;
  #theta: number;
  #dt: number | null = null;
  #dtHistory: readonly number[] = [];
  #initialised = false;
  #solves = 0;
  #phase: "between" | "step" = "between";
  #stepStart = 0;
  /** For orders 1 to `effectiveOrder`; empty while there is no dt. */
  #bdf: Float64Array[] = [];
  #adamsMoulton: Float64Array[] = [];

  /**
   * @throws {RangeError} when the order is not 1, 2 or 3, or theta is not in [0, 1].
   */
  constructor(what: string, options: HistoryOptions) {
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

  /** The order that the values known so far allow. */
  get effectiveOrder(): Order {
    return Math.min(this.order, this.#solves + 1) as Order;
  }

  /** Forgets all steps; the levels hold one value, so the ramp begins at order 1. */
  restart(): void {
    this.#initialised = true;
    this.#solves = 0;
    this.#dtHistory = [];
    this.#dt = null;
    this.#phase = "between";
    this.#derive();
  }

  /** Starts at full order: all levels hold values, `steps` lie between them, newest first. */
  startAt(steps: readonly number[]): void {
    this.restart();
    this.#solves = this.order - 1;
    this.#dtHistory = [...steps];
  }

  /** A step of size `dt` begins at `time`; again within a step, it replaces that step's size. */
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

  /** BDF coefficients, newest first, of `order` or what the ramp allows; see `bdfCoefficients`. */
  bdf(what: string, order?: number): Float64Array {
    return this.#pick(what, this.#bdf, order);
  }

  /** Adams-Moulton weights, newest first; see `adamsMoultonCoefficients`. */
  adamsMoulton(what: string, order?: number): Float64Array {
    return this.#pick(what, this.#adamsMoulton, order);
  }

  #pick(what: string, tables: readonly Float64Array[], order: number = this.order): Float64Array {
    checkOrder(what, order);
    if (order > this.order) {
      throw new RangeError(`${what}: order ${order} asked, the history keeps ${this.order} levels`);
    }
    if (tables.length === 0) throw new Error(`${what}: no step yet; call updatePreSolve(dt) first`);
    return tables[Math.min(order, this.effectiveOrder) - 1];
  }

  /** Between steps the last dt stands for the next one too. */
  #derive(): void {
    this.#bdf = [];
    this.#adamsMoulton = [];
    if (this.#dt === null) return;
    const steps = [this.#dt, ...this.#dtHistory];
    for (let order = 1; order <= this.effectiveOrder; order++) {
      this.#bdf.push(bdfCoefficients(order, steps));
      this.#adamsMoulton.push(adamsMoultonCoefficients(order, steps, this.#theta));
    }
  }

  /** A copy as plain values. */
  get state(): StepHistoryState {
    return {
      schemaVersion: 1,
      order: this.order,
      theta: this.#theta,
      dt: this.#dt,
      dtHistory: this.#dtHistory,
      historyInitialised: this.#initialised,
      nSolvesCompleted: this.#solves,
      phase: this.#phase,
      stepStart: this.#stepStart,
    };
  }

  /** Takes a state that {@link StepHistory.check} let pass, and derives the coefficients. */
  set state(state: StepHistoryState) {
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
   * @throws {StateSchemaError} when a field is missing, of another type, or contradicts another.
   */
  check(bearer: string, state: StepHistoryState): void {
    const refuse = refuser(bearer);
    if (typeof state !== "object" || state === null) refuse("the state is no object");
    if (state.schemaVersion !== 1) {
      refuse(`schemaVersion ${state.schemaVersion} is not known; this version reads 1`);
    }
    if (state.order !== this.order) {
      refuse(`the state is of order ${state.order}, this history of order ${this.order}`);
    }
    const { theta, dt, dtHistory, nSolvesCompleted: solves, phase } = state;
    if (!(typeof theta === "number" && theta >= 0 && theta <= 1)) refuse(`theta is ${theta}`);
    if (dt !== null && !isStep(dt)) refuse(`dt is ${dt}`);
    if (!Array.isArray(dtHistory) || !dtHistory.every(isStep)) {
      refuse("dtHistory is no list of positive step sizes");
    }
    if (!Number.isSafeInteger(solves) || solves < 0) refuse(`nSolvesCompleted is ${solves}`);
    const least = Math.min(this.order - 1, solves);
    if (dtHistory.length > this.order || dtHistory.length < least) {
      refuse(
        `dtHistory has ${dtHistory.length} steps after ${solves} solves; ${least} to ${this.order} belong there`,
      );
    }
    if (typeof state.historyInitialised !== "boolean") refuse("historyInitialised is no boolean");
    if (phase !== "between" && phase !== "step") refuse(`phase is ${phase}`);
    if (phase === "step" && (dt === null || !state.historyInitialised)) {
      refuse("phase is 'step' without a dt or a history");
    }
    if (!Number.isFinite(state.stepStart)) refuse(`stepStart is ${state.stepStart}`);
  }
}

/**
 * The size of a step that is to begin.
 *
 * @throws {RangeError} when `dt` is not positive and finite.
 */
export function requireStep(name: string, dt: number): void {
  if (!isStep(dt)) {
    throw new RangeError(`${name}.updatePreSolve: dt is ${dt}; it has to be positive and finite`);
  }
}

/**
 * Checks that a step can end.
 *
 * @throws {RangeError} when `dt` is given and is not the dt of updatePreSolve.
 * @throws {Error} when no step was begun.
 */
export function requireEnd(name: string, steps: StepHistory, dt?: number): void {
  if (steps.phase !== "step") {
    throw new Error(`${name}.updatePostSolve: no step was begun; call updatePreSolve(dt) first`);
  }
  if (dt !== undefined && dt !== steps.dt) {
    throw new RangeError(
      `${name}.updatePostSolve: dt is ${dt}, but the step was begun with ${steps.dt}; call updatePreSolve(${dt}) again first`,
    );
  }
}

/**
 * The sizes of the steps between `order` known levels.
 *
 * @throws {RangeError} when there are not `order - 1`, or one is not positive and finite.
 */
export function requireSteps(
  name: string,
  order: number,
  steps: number | ArrayLike<number> | undefined,
): number[] {
  const given = typeof steps === "number"
    ? new Array<number>(order - 1).fill(steps)
    : Array.from(steps ?? []);
  if (given.length !== order - 1 || !given.every(isStep)) {
    throw new RangeError(
      `${name}.initialiseHistory: ${order} levels have ${
        order - 1
      } positive steps between them, newest first; found [${given}]`,
    );
  }
  return given;
}

/** Throws the error of a state that does not fit. */
export function refuser(bearer: string): (problem: string) => never {
  return (problem) => {
    throw new StateSchemaError(bearer, `${bearer}: ${problem}; the state is as it was`);
  };
}

function isStep(dt: unknown): dt is number {
  return typeof dt === "number" && dt > 0 && dt < Infinity;
}
