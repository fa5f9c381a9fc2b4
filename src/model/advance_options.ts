/**
 * What `model.advance` takes and returns.
 *
 * @module
 */
import { describe, type OptionNames, requireOptions } from "../options.ts";
import type { StepControlOptions } from "./step_control.ts";

/**
 * Options of `model.advance`.
 *
 * @example
 * ```ts
 * import { Model } from "@timestash/timestash";
 *
 * const model = new Model();
 * model.tracker.u = 1;
 * const { accepted, rejected } = await model.advance({
 *   dt: 0.5,
 *   until: 1,
 *   step: (dt) => model.tracker.u *= Math.exp(-dt),
 *   accept: (dt) => dt < 0.2,
 * });
 * console.log(accepted, rejected, model.tracker.time); // 7 3 1
 * ```
 */
export interface AdvanceOptions {
  /**
   * The first step size. After a restore, or when `advance` is called again with the same first size, the
   * control continues with the size it had; with another first size it starts over.
   *
   * A function is called before every step and returns the largest step size that the state allows, as
   * `() => transport.estimateDt()` does; without `accept` and `error` the step has that size.
   */
  readonly dt: number | (() => number);
  /**
   * The time at which to end, exactly. A time that differs from the model's by rounding only, ahead or
   * behind, counts as reached: no step is taken and the clock stays as it is.
   */
  readonly until: number;
  /** Takes one step of the model by `dt`. `tracker.time` is still the old time; `advance` moves it. */
  readonly step: (dt: number) => unknown;
  /** Whether to accept the step just taken. Excludes `error`. */
  readonly accept?: (dt: number) => boolean | Promise<boolean>;
  /**
   * An estimate of the error of the step just taken. Excludes `accept`. `"embedded"` asks the histories of fields
   * that took part in the step, those of solvers among them, and takes the largest: what a formula one order lower
   * would be wrong by, relative to the largest value of the field. They have to be of order 2 or 3, and a first
   * step, which has no past, is taken as it is.
   */
  readonly error?: "embedded" | ((dt: number) => number | Promise<number>);
  /** The largest `error` of an accepted step; defaults to 1. */
  readonly tolerance?: number;
  /** The order of the scheme whose error is estimated; defaults to 1. The histories know theirs. */
  readonly order?: number;
  /** The fraction of the tolerance to aim for; defaults to 0.9. */
  readonly safety?: number;
  /** The smallest factor between steps; defaults to 0.2 with `error`, otherwise to 0.5. */
  readonly shrink?: number;
  /** The largest factor between steps; defaults to 2 with `error`, otherwise to 1.2. */
  readonly grow?: number;
  /** The step size below which `advance` gives up; defaults to 0. */
  readonly minDt?: number;
  /** The largest step size; defaults to `dt` without `accept` and `error`, and is unbounded with them. */
  readonly maxDt?: number;
  /** The number of attempts at one step before giving up; defaults to 30. */
  readonly maxRetries?: number;
  /** Called after each accepted step, when the tracker has been updated. */
  readonly onStep?: (step: AcceptedStep) => unknown;
}

const optionNames: OptionNames<AdvanceOptions> = {
  dt: true,
  until: true,
  step: true,
  accept: true,
  error: true,
  tolerance: true,
  order: true,
  safety: true,
  shrink: true,
  grow: true,
  minDt: true,
  maxDt: true,
  maxRetries: true,
  onStep: true,
};

/** One accepted step. */
export interface AcceptedStep {
  /** `tracker.step` after it. */
  readonly step: number;
  /** `tracker.time` after it. */
  readonly time: number;
  /** Its size. */
  readonly dt: number;
  /** Why earlier attempts at it were rejected, oldest first. */
  readonly takenBack: readonly string[];
}

/** The result of `model.advance`. */
export interface AdvanceReport {
  /** The number of accepted steps. */
  readonly accepted: number;
  /** The number of rejected attempts. */
  readonly rejected: number;
  /** Every accepted step, with the reasons why earlier attempts at it were rejected. */
  readonly steps: readonly AcceptedStep[];
}

/** The options with defaults filled in, as far as the loop uses them. */
export interface ResolvedAdvanceOptions extends StepControlOptions {
  readonly tolerance: number;
  readonly minDt: number;
  readonly maxDt: number;
  readonly maxRetries: number;
  /** Whether every step has the size that `dt` asks for, because nothing judges it. */
  readonly prescribed: boolean;
}

/**
 * Checks the options and fills in the defaults.
 *
 * @param now the model's time.
 * @throws {TypeError} when an option has a wrong type.
 * @throws {RangeError} when a number is out of range.
 */
export function resolveAdvanceOptions(
  options: AdvanceOptions,
  now: number,
): ResolvedAdvanceOptions {
  requireOptions("advance", options, optionNames);
  const { dt, until, accept, error } = options;
  if (typeof options.step !== "function") throw new TypeError("advance needs step: (dt) => …");
  for (const name of ["accept", "error", "onStep"] as const) {
    const given: unknown = options[name];
    if (given === undefined || typeof given === "function") continue;
    if (name === "error" && typeof given === "string") {
      if (given === "embedded") continue;
      throw new RangeError(
        `advance: error is "${given}"; it has to be "embedded" or a function that returns an estimate`,
      );
    }
    throw new TypeError(`advance: ${name} must be a function, got ${describe(given)}`);
  }
  if (accept !== undefined && error !== undefined) {
    throw new TypeError("advance takes accept or error, not both, since one of them has to decide");
  }
  if (error === undefined) {
    for (const name of ["tolerance", "order", "safety"] as const) {
      if (options[name] === undefined) continue;
      throw new TypeError(
        `advance: ${name} belongs to error, which is missing; give both or neither`,
      );
    }
  }
  if (error === "embedded" && options.order !== undefined) {
    throw new TypeError('advance: order is known to the histories that error: "embedded" asks');
  }
  if (typeof dt !== "function") requirePositive("dt", dt);
  const prescribed = accept === undefined && error === undefined;
  const resolved = {
    tolerance: options.tolerance ?? 1,
    order: options.order ?? 1,
    safety: options.safety ?? 0.9,
    shrink: options.shrink ?? (error === undefined ? 0.5 : 0.2),
    grow: options.grow ?? (error === undefined ? 1.2 : 2),
    minDt: options.minDt ?? 0,
    maxDt: options.maxDt ?? (prescribed && typeof dt === "number" ? dt : Number.MAX_VALUE),
    maxRetries: options.maxRetries ?? 30,
    prescribed,
  };
  for (const name of ["tolerance", "order", "safety", "maxDt", "maxRetries"] as const) {
    requirePositive(name, resolved[name]);
  }
  const { shrink, grow, minDt } = resolved;
  if (!(shrink > 0 && shrink < 1 && grow >= 1 && minDt >= 0)) {
    throw new RangeError(
      "advance: shrink must be between 0 and 1, grow at least 1 and minDt at least 0; got " +
        `${shrink}, ${grow}, ${minDt}`,
    );
  }
  if (options.minDt !== undefined && options.maxDt !== undefined && minDt > options.maxDt) {
    throw new RangeError(`advance: minDt ${minDt} is above maxDt ${options.maxDt}`);
  }
  const size = typeof dt === "number" ? Math.min(dt, resolved.maxDt) : resolved.maxDt;
  if (!Number.isFinite(until) || until < now - roundingOfClock(now, until, size)) {
    throw new RangeError(
      `advance: until must be a finite time at or after the model's time, ${now}; got ${until}`,
    );
  }
  return resolved;
}

/**
 * The size that `dt` asks for at the present state.
 *
 * @throws {RangeError} when a function returns something that is not a positive number.
 */
export function askedSize({ dt }: AdvanceOptions): number {
  if (typeof dt === "number") return dt;
  const size = dt();
  requirePositive("what dt() returns", size);
  return size;
}

/** The relative rounding of a clock that was added up: thousands of units in the last place. */
const CLOCK_ROUNDING = 1e-12;

/** The fraction of a step below which a difference of times can be rounding. */
const SMALLEST_FRACTION = 1e-3;

/** Two times that differ by no more than this are one time, when the steps are of size `dt`. */
export function roundingOfClock(time: number, until: number, dt: number): number {
  const scale = Math.max(Math.abs(time), Math.abs(until));
  return Math.min(CLOCK_ROUNDING * scale, SMALLEST_FRACTION * dt);
}

function requirePositive(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new RangeError(`advance: ${name} must be a positive number, got ${value}`);
}
