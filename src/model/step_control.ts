import { requireState } from "./require_state.ts";

/** The state of a {@link StepControl}. */
export interface StepControlState {
  /** Always 1. */
  readonly schemaVersion: number;
  /** The first step size that the caller passed; null before that, and in files of version 0.1.0. */
  readonly firstDt?: number | null;
  /** The size to try next; null before the first step. */
  readonly nextDt: number | null;
  /** The scaled error of the last accepted step; null if it was not estimated. */
  readonly lastError: number | null;
  /** Whether the last attempt was rejected; then the next step does not grow. */
  readonly justRejected: boolean;
  /** The size that was rejected last without an estimate; null if none is remembered. */
  readonly refusedDt?: number | null;
  /** The number of steps below it before a larger one is tried, 8 to 64. */
  readonly patience?: number;
  /** The number of those steps that have been taken. */
  readonly waited?: number;
}

/** Parameters of the step size controller. */
export interface StepControlOptions {
  /** The order of the scheme whose error is estimated. */
  readonly order: number;
  /** The fraction of the tolerance to aim for. */
  readonly safety: number;
  /** The smallest factor from one step to the next. */
  readonly shrink: number;
  /** The largest factor from one step to the next. */
  readonly grow: number;
}

/** Exponents of the PI controller, times `order + 1`: Hairer and Wanner, Solving ODEs II, IV.2, eq. (2.43). */
const INTEGRAL = 0.7;
const PROPORTIONAL = 0.4;

/** Steps below a refused size before a larger one is tried, at first and at most. */
const FIRST_PATIENCE = 8;
const MOST_PATIENCE = 64;

/** How near to a refused size steps may grow while it is remembered. */
const NEAR = 0.9;

/** An estimate of exactly 0 would ask for an infinite step. */
const SMALLEST_ERROR = 1e-10;

/**
 * The memory of the adaptive loop: the next step size, and the last error that the controller saw. It is
 * part of every snapshot, so a resumed run takes the same steps as one that was not interrupted.
 *
 * With a scaled error e (1 is the tolerance) the next step is
 * `dt safety e_n^(-0.7/k) e_(n-1)^(0.4/k)`, k = order + 1, within `shrink` and `grow`
 * (Gustafsson 1991, doi:10.1145/210232.210242).
 *
 * Without an estimate steps grow by `grow` until one does not hold. The size that was refused is then
 * remembered: steps stay at most 0.9 of it for 8 steps before a larger one is tried, for 16 when that one is
 * refused again, and so on up to 64. Growing at once would run into the same limit every few steps.
 */
export class StepControl {
  /** The key of its entry in a snapshot. */
  readonly name = "step_control";
  /** The version of the layout of its state. */
  readonly schemaVersion = 1;
  #firstDt: number | null = null;
  #nextDt: number | null = null;
  #lastError: number | null = null;
  #justRejected = false;
  #refusedDt: number | null = null;
  #patience = FIRST_PATIENCE;
  #waited = 0;

  /** The size to try next; null before the first step. */
  get nextDt(): number | null {
    return this.#nextDt;
  }

  /** Whether steps stay below a size that was rejected before. */
  get isHeldBack(): boolean {
    return this.#refusedDt !== null;
  }

  /** The size that a call with the first size `firstDt` tries next. */
  proposed(firstDt: number): number {
    return this.#continues(firstDt) ? this.#nextDt! : firstDt;
  }

  /**
   * Begins a step of size `dt`: continues if the last call had the same first size, and starts over
   * otherwise. `firstDt` is null where the caller gives a size before every step.
   */
  begin(firstDt: number | null, dt: number): void {
    if (this.#nextDt !== null && (firstDt === null || this.#continues(firstDt))) return;
    this.#firstDt = firstDt;
    this.#nextDt = dt;
    this.#lastError = null;
    this.#justRejected = false;
    this.#forgetRefusal();
  }

  #continues(firstDt: number): boolean {
    return this.#nextDt !== null && (this.#firstDt ?? firstDt) === firstDt;
  }

  #forgetRefusal(): void {
    this.#refusedDt = null;
    this.#patience = FIRST_PATIENCE;
    this.#waited = 0;
  }

  /** Notes that a step of size `dt` was accepted without an error estimate. */
  accepted(dt: number, { grow }: StepControlOptions): void {
    this.#nextDt = this.#heldBack(dt, this.#justRejected ? dt : dt * grow);
    this.#justRejected = false;
  }

  /** The size after an accepted step of size `dt`: `next`, but below a size that was rejected before. */
  #heldBack(dt: number, next: number): number {
    if (this.#refusedDt === null) return next;
    this.#waited += 1;
    if (dt >= this.#refusedDt) this.#forgetRefusal();
    else if (this.#waited < this.#patience) {
      return Math.min(next, Math.max(dt, NEAR * this.#refusedDt));
    }
    return next;
  }

  /** Notes that a step of size `dt` was accepted with the scaled error `error`. */
  acceptedWith(error: number, dt: number, options: StepControlOptions): void {
    const e = Math.max(error, SMALLEST_ERROR);
    const last = this.#lastError ?? e;
    const k = options.order + 1;
    const factor = options.safety * e ** (-INTEGRAL / k) * last ** (PROPORTIONAL / k);
    const most = this.#justRejected ? 1 : options.grow;
    const next = dt * Math.min(most, Math.max(options.shrink, factor));
    this.#nextDt = this.#heldBack(dt, next);
    this.#lastError = e;
    this.#justRejected = false;
  }

  /** Sets the size of the next step. */
  keep(dt: number): void {
    this.#nextDt = dt;
  }

  /** Notes that a step of size `dt` was rejected, with its scaled error if there is one. */
  rejected(dt: number, error: number | null, options: StepControlOptions): void {
    const k = options.order + 1;
    const factor = error !== null && Number.isFinite(error)
      ? Math.min(0.9, Math.max(options.shrink, options.safety * error ** (-1 / k)))
      : options.shrink;
    this.#nextDt = dt * factor;
    this.#justRejected = true;
    if (error !== null) return;
    if (this.#refusedDt !== null && this.#waited >= this.#patience) {
      this.#patience = Math.min(2 * this.#patience, MOST_PATIENCE);
    }
    this.#refusedDt = dt;
    this.#waited = 0;
  }

  /** Everything that determines the steps to come. */
  get state(): StepControlState {
    return {
      schemaVersion: this.schemaVersion,
      firstDt: this.#firstDt,
      nextDt: this.#nextDt,
      lastError: this.#lastError,
      justRejected: this.#justRejected,
      ...(this.#refusedDt !== null && {
        refusedDt: this.#refusedDt,
        patience: this.#patience,
        waited: this.#waited,
      }),
    };
  }

  set state(state: StepControlState) {
    this.#firstDt = state.firstDt ?? null;
    this.#nextDt = state.nextDt;
    this.#lastError = state.lastError;
    this.#justRejected = state.justRejected;
    this.#refusedDt = state.refusedDt ?? null;
    this.#patience = state.patience ?? FIRST_PATIENCE;
    this.#waited = state.waited ?? 0;
  }

  /**
   * Refuses what the setter could not take.
   *
   * @throws {StateSchemaError} when it is of another schema version or incomplete.
   */
  checkState(state: StepControlState): void {
    const { name } = this;
    const { schemaVersion, firstDt = null, nextDt, lastError, justRejected } = state;
    const { refusedDt = null, patience = FIRST_PATIENCE, waited = 0 } = state;
    requireState(schemaVersion === 1, name, "the schema version is 1", schemaVersion);
    for (const size of [firstDt, nextDt, lastError, refusedDt]) {
      const fits = size === null || typeof size === "number" && size > 0;
      requireState(fits, name, "sizes and errors are positive numbers or null", size);
    }
    for (const count of [patience, waited]) {
      const fits = Number.isInteger(count) && count >= 0;
      requireState(fits, name, "patience and waited are counts", count);
    }
    const known = typeof justRejected === "boolean";
    requireState(known, name, "justRejected is true or false", justRejected);
  }
}
