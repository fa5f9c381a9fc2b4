/**
 * When a checkpoint is due, as pure functions of where the run is and was.
 *
 * @module
 */

/** How often; several may stand together, and each alone is enough. */
export interface CheckpointSchedule {
  /** At each multiple of so many steps. */
  readonly steps?: number;
  /** At the first step that reaches each multiple of so much model time. */
  readonly time?: number;
  /** When so many seconds have gone by since the last one. */
  readonly wallClock?: number;
  /** Also at step 0, before anything was done; false when left out. */
  readonly start?: boolean;
}

/** Where a run is. */
export interface RunPosition {
  /** `tracker.step`. */
  readonly step: number;
  /** `tracker.time`. */
  readonly time: number;
  /** Seconds on a clock of this process. */
  readonly wall: number;
}

/** True when a checkpoint is due at `now`, the last one being taken at `last`. */
export function isDue(every: CheckpointSchedule, last: RunPosition, now: RunPosition): boolean {
  const { steps, time, wallClock } = every;
  if (steps !== undefined && Math.floor(now.step / steps) > Math.floor(last.step / steps)) {
    return true;
  }
  if (time !== undefined && slotOf(now.time, time) > slotOf(last.time, time)) return true;
  return wallClock !== undefined && now.wall - last.wall >= wallClock;
}

/**
 * How many whole periods fit in `time`. A sum of steps that misses a multiple by rounding only counts
 * as having reached it: ten steps of 0.1 fill one period of 1.
 */
export function slotOf(time: number, period: number): number {
  const periods = time / period, nearest = Math.round(periods);
  return Math.abs(periods - nearest) <= 1e-9 * Math.max(1, Math.abs(periods))
    ? nearest
    : Math.floor(periods);
}

/**
 * Refuses what cannot be meant.
 *
 * @param what How messages name it, e.g. `every`.
 * @throws {TypeError} when it is not an object, or has another field.
 * @throws {RangeError} when a number is not positive, or `steps` not whole.
 */
export function checkSchedule(every: CheckpointSchedule, what: string): void {
  if (typeof every !== "object" || every === null) {
    throw new TypeError(`${what} is an object like { steps: 100 }, got ${String(every)}`);
  }
  for (const [name, value] of Object.entries(every)) {
    if (value === undefined) continue;
    if (name === "start" && typeof value === "boolean") continue;
    if (name !== "steps" && name !== "time" && name !== "wallClock") {
      throw new TypeError(`${what}.${name}: known are steps, time, wallClock (seconds) and start`);
    }
    if (!(Number.isFinite(value) && value > 0) || (name === "steps" && !Number.isInteger(value))) {
      const kind = name === "steps" ? "a whole number from 1 up" : "a positive number";
      throw new RangeError(`${what}.${name} is ${kind}, got ${String(value)}`);
    }
  }
}
