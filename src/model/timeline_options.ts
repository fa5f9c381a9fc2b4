/**
 * The options of a timeline.
 *
 * @module
 */
import { checkOptions, describe, type OptionNames } from "../options.ts";
import { bisectOptionNames, type BisectOptions } from "./bisection.ts";

/** When a timeline keeps a state, and how much memory it may use. */
export interface TimelineRecordOptions {
  /** The number of steps, or the model time, between two states; by default every step is kept. */
  readonly every?: { readonly steps?: number; readonly time?: number };
  /** The bytes that all states of all ranks may take together; unlimited by default. */
  readonly budget?: number;
}

const recordOptionNames: OptionNames<TimelineRecordOptions> = { every: true, budget: true };
const intervalNames: OptionNames<{ steps?: number; time?: number }> = { steps: true, time: true };

/** Where to rewind to. */
export type TimelineTarget =
  | { readonly steps: number }
  | { readonly toStep: number }
  | { readonly toTime: number }
  | { readonly toPin: string };

/** @throws {TypeError} when the target is not one of the four kinds. */
export function checkedTarget(target: TimelineTarget): TimelineTarget {
  for (const [name, value] of Object.entries(target ?? {})) {
    if (typeof value === "number" && ["steps", "toStep", "toTime"].includes(name)) return target;
    if (typeof value === "string" && name === "toPin") return target;
  }
  throw new TypeError(
    `rewind takes { steps }, { toStep } or { toTime } with a number, or { toPin } with a name; got ${
      Deno.inspect(target)
    }`,
  );
}

/** @throws {RangeError} when an interval or the budget is not a positive number. */
export function checkedRecordOptions(options: TimelineRecordOptions): TimelineRecordOptions {
  checkOptions("timeline.record", options, recordOptionNames);
  checkOptions("timeline.record, every", options.every, intervalNames);
  const { every, budget } = options;
  for (
    const [name, value] of [
      ["every.steps", every?.steps],
      ["every.time", every?.time],
      ["budget", budget],
    ] as const
  ) {
    if (value !== undefined && !(value > 0)) {
      throw new RangeError(`timeline.record: ${name} must be a positive number, got ${value}`);
    }
  }
  return options;
}

/**
 * Refuses a name that a pin cannot have.
 *
 * @throws {TypeError} when it is not a string, or is empty.
 */
export function requirePinName(what: string, name: unknown): void {
  if (typeof name === "string" && name !== "") return;
  throw new TypeError(
    `timeline.${what} takes a name, a string that is not empty, got ${describe(name)}`,
  );
}

/**
 * Refuses what `bisect` cannot take.
 *
 * @throws {TypeError} when `holds` is not a function, or an option does not exist or has another type.
 */
export function checkBisect(holds: unknown, options: BisectOptions): void {
  if (typeof holds !== "function") {
    throw new TypeError(`timeline.bisect takes a function, got ${describe(holds)}`);
  }
  checkOptions("timeline.bisect", options, bisectOptionNames);
  const { exhaustive } = options;
  if (exhaustive === undefined || typeof exhaustive === "boolean") return;
  throw new TypeError(
    `timeline.bisect: exhaustive must be true or false, got ${describe(exhaustive)}`,
  );
}
