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

/** An estimate of exactly 0 would ask for an infinite step. */
const SMALLEST_ERROR = 1e-10;

/**
 * The memory of the adaptive loop: the next step size, and the last error that the controller saw. It is
 * part of every snapshot, so a resumed run takes the same steps as one that was not interrupted.
 *
 * With a scaled error e (1 is the tolerance) the next step is
 * `dt safety e_n^(-0.7/k) e_(n-1)^(0.4/k)`, k = order + 1, within `shrink` and `grow`
 * (Gustafsson 1991, doi:10.1145/210232.210242).
 */
export class StepControl {
  /** The key of its entry in a snapshot. */
  readonly name = "step_control";
  #firstDt: number | null = null;
  #nextDt: number | null = null;
  #lastError: number | null = null;
  #justRejected = false;

  /** The size to try next; null before the first step. */
  get nextDt(): number | null {
    return this.#nextDt;
  }

  /** Starts with the caller's first size, or continues if the last call had the same one. */
  begin(dt: number): void {
    if (this.#nextDt !== null && (this.#firstDt ?? dt) === dt) return;
    this.#firstDt = dt;
    this.#nextDt = dt;
    this.#lastError = null;
    this.#justRejected = false;
  }

  /** Notes that a step of size `dt` was accepted without an error estimate. */
  accepted(dt: number, { grow }: StepControlOptions): void {
    this.#nextDt = this.#justRejected ? dt : dt * grow;
    this.#justRejected = false;
  }

  /** Notes that a step of size `dt` was accepted with the scaled error `error`. */
  acceptedWith(error: number, dt: number, options: StepControlOptions): void {
    const e = Math.max(error, SMALLEST_ERROR);
    const last = this.#lastError ?? e;
    const k = options.order + 1;
    const factor = options.safety * e ** (-INTEGRAL / k) * last ** (PROPORTIONAL / k);
    const most = this.#justRejected ? 1 : options.grow;
    this.#nextDt = dt * Math.min(most, Math.max(options.shrink, factor));
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
  }

  /** Everything that determines the steps to come. */
  get state(): StepControlState {
    return {
      schemaVersion: 1,
      firstDt: this.#firstDt,
      nextDt: this.#nextDt,
      lastError: this.#lastError,
      justRejected: this.#justRejected,
    };
  }

  set state(state: StepControlState) {
    this.#firstDt = state.firstDt ?? null;
    this.#nextDt = state.nextDt;
    this.#lastError = state.lastError;
    this.#justRejected = state.justRejected;
  }

  /**
   * Refuses what the setter could not take.
   *
   * @throws {StateSchemaError} when it is of another schema version or incomplete.
   */
  checkState(state: StepControlState): void {
    const { name } = this;
    const { schemaVersion, firstDt = null, nextDt, lastError, justRejected } = state;
    requireState(schemaVersion === 1, name, "the schema version is 1", schemaVersion);
    for (const size of [firstDt, nextDt, lastError]) {
      const fits = size === null || typeof size === "number" && size > 0;
      requireState(fits, name, "sizes and errors are positive numbers or null", size);
    }
    const known = typeof justRejected === "boolean";
    requireState(known, name, "justRejected is true or false", justRejected);
  }
}
