/**
 * When a checkpoint is due, as pure functions of the run's position now and at the last checkpoint.
 *
 * @module
 */

import { describe, type OptionNames, requireOptions } from "../options.ts";

/** When to save; if several intervals are given, each of them triggers a save. */
export interface CheckpointSchedule {
  /** Save at each multiple of this number of steps. */
  readonly steps?: number | undefined;
  /** Save at the first step that reaches each multiple of this model time. */
  readonly time?: number | undefined;
  /** Save when this many seconds have passed since the last checkpoint. */
  readonly wallClock?: number | undefined;
  /** Whether to save also at step 0; defaults to false. */
  readonly start?: boolean | undefined;
}

const scheduleNames: OptionNames<CheckpointSchedule> = {
  steps: true,
  time: true,
  wallClock: true,
  start: true,
};

/** The position of a run. */
export interface RunPosition {
  /** `tracker.step`. */
  readonly step: number;
  /** `tracker.time`. */
  readonly time: number;
  /** The time on a clock of this process, in seconds. */
  readonly wall: number;
}

/** Whether a schedule asks for checkpoints after steps. */
export function hasInterval({ steps, time, wallClock }: CheckpointSchedule): boolean {
  return steps !== undefined || time !== undefined || wallClock !== undefined;
}

/** Whether a checkpoint is due at `now`, if the last one was taken at `last`. */
export function isDue(every: CheckpointSchedule, last: RunPosition, now: RunPosition): boolean {
  const { steps, time, wallClock } = every;
  if (steps !== undefined && Math.floor(now.step / steps) > Math.floor(last.step / steps)) {
    return true;
  }
  if (time !== undefined && slotOf(now.time, time) > slotOf(last.time, time)) return true;
  return wallClock !== undefined && now.wall - last.wall >= wallClock;
}

/**
 * The number of whole periods in `time`. A sum of steps that misses a multiple only by rounding counts as
 * having reached it: ten steps of 0.1 make one period of 1.
 */
export function slotOf(time: number, period: number): number {
  const periods = time / period, nearest = Math.round(periods);
  return Math.abs(periods - nearest) <= 1e-9 * Math.max(1, Math.abs(periods))
    ? nearest
    : Math.floor(periods);
}

/**
 * Refuses an invalid schedule.
 *
 * @param what Its name in messages, e.g. `every`.
 * @throws {TypeError} when it is not an object, or has an unknown field.
 * @throws {RangeError} when a number is not positive, or `steps` not whole.
 */
export function checkSchedule(every: CheckpointSchedule, what: string): void {
  requireOptions(what, every, scheduleNames);
  for (const [name, value] of Object.entries(every)) {
    if (value === undefined) continue;
    if (name === "start") {
      if (typeof value === "boolean" && what === "every") continue;
      throw new TypeError(
        what === "every"
          ? `every.start must be true or false, got ${describe(value)}`
          : `${what} has steps, time and wallClock (in seconds), and no start`,
      );
    }
    if (typeof value !== "number") {
      throw new TypeError(`${what}.${name} must be a number, got ${describe(value)}`);
    }
    if (!(Number.isFinite(value) && value > 0) || (name === "steps" && !Number.isInteger(value))) {
      const kind = name === "steps" ? "a whole number of at least 1" : "a positive number";
      throw new RangeError(`${what}.${name} must be ${kind}, got ${String(value)}`);
    }
  }
}
