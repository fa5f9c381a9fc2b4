/**
 * What `reverse` takes and returns.
 *
 * @module
 */
import { requireModel, requireReporter } from "../run/call_checks.ts";
import type { ProgressReporter } from "../run/progress.ts";
import { describe, type OptionNames, requireOptions } from "../options.ts";
import { requireCount, type ReverseSchedule } from "./schedule.ts";

/** Options of {@link reverse}. */
export interface ReverseOptions {
  /** Takes step `k` = 0, 1 ..: from the state before it to the state after it. Sync or async. */
  readonly step: (k: number) => unknown;
  /** How many steps there are; or a function that says, in the state before step `k`, whether it is to be taken. */
  readonly steps: number | ((k: number) => boolean);
  /** Called for the last step first, when the model is in the exact state before step `k`. Sync or async. */
  readonly visit: (k: number) => unknown;
  /** Called once before the visits, in the state after the last step, which is one forward step more. */
  readonly end?: (steps: number) => unknown;
  /**
   * How many states are kept in memory, the first one included; or how many bytes they may have, as `{ bytes }`.
   * Meshes that do not change are shared by all states, and do not count.
   */
  readonly memory: number | { readonly bytes: number };
  /** How many states are kept in files, in a folder that exists; the files go at the end. */
  readonly disk?: { readonly folder: string; readonly states: number };
  /** Called before the sweep with what it will cost; not where the number of steps is unknown. */
  readonly onSchedule?: (schedule: ReverseSchedule) => void;
  /** Shows how many of the forward steps are done. */
  readonly progress?: ProgressReporter;
  /**
   * A file that remembers how far the sweep is, and what the visits have gathered in `carry`; a call with such a
   * file goes on where the last one was broken off. Written after a visit, at most every `everySeconds` (60).
   */
  readonly record?: {
    readonly file: string;
    readonly carry: Record<string, unknown>;
    readonly everySeconds?: number;
  };
}

/** What {@link reverse} did. */
export interface ReverseReport {
  /** How many steps the run has. */
  readonly steps: number;
  /** How many states were visited by this call; fewer than `steps` where a record was taken up. */
  readonly visited: number;
  /** How many steps were taken. */
  readonly forwardSteps: number;
  /** The most bytes that kept states had in memory at once, on this rank. */
  readonly peakBytes: number;
}

const optionNames: OptionNames<ReverseOptions> = {
  step: true,
  steps: true,
  visit: true,
  end: true,
  memory: true,
  disk: true,
  onSchedule: true,
  progress: true,
  record: true,
};

/**
 * Checks a call of `reverse`.
 *
 * @throws {TypeError} when something is of a wrong type, or an option does not exist.
 * @throws {RangeError} when a number is out of range, or options exclude each other.
 */
export function checkReverse(model: unknown, options: ReverseOptions): void {
  requireModel("reverse", model);
  requireOptions("reverse", options, optionNames);
  const { step, visit, end, onSchedule, steps, progress } = options;
  const functions = { step, visit, ...(end && { end }), ...(onSchedule && { onSchedule }) };
  for (const [name, value] of Object.entries(functions)) {
    if (typeof value === "function") continue;
    throw new TypeError(`reverse: ${name} is a function, got ${describe(value)}`);
  }
  if (typeof steps !== "function") requireWhole("steps", steps, 1);
  if (progress !== undefined) requireReporter("reverse", progress);
  checkMemory(options);
  checkDisk(options);
  checkRecord(options);
}

function checkMemory({ memory, disk }: ReverseOptions): void {
  if (typeof memory !== "object" || memory === null) {
    requireWhole("memory", memory, disk === undefined ? 1 : 0);
    return;
  }
  requireOptions("reverse: memory", memory, { bytes: true });
  if (!(memory.bytes > 0)) {
    throw new RangeError(`reverse: memory.bytes is above 0, got ${describe(memory.bytes)}`);
  }
}

function checkDisk({ disk, steps }: ReverseOptions): void {
  if (disk === undefined) return;
  requireOptions("reverse: disk", disk, { folder: true, states: true });
  requireText("disk.folder", disk.folder);
  requireWhole("disk.states", disk.states, 1);
  if (typeof steps !== "function") return;
  throw new RangeError(
    "reverse: which states belong on disk follows from the number of steps, and `steps` is a function; " +
      "give the number, or keep all states in memory",
  );
}

function checkRecord({ record }: ReverseOptions): void {
  if (record === undefined) return;
  requireOptions("reverse: record", record, { file: true, carry: true, everySeconds: true });
  requireText("record.file", record.file);
  if (typeof record.carry !== "object" || record.carry === null) {
    throw new TypeError(`reverse: record.carry is an object, got ${describe(record.carry)}`);
  }
  const { everySeconds = 60 } = record;
  if (everySeconds >= 0) return;
  throw new RangeError(
    `reverse: record.everySeconds is a number from 0, got ${describe(everySeconds)}`,
  );
}

function requireText(what: string, value: unknown): void {
  if (typeof value === "string" && value !== "") return;
  throw new TypeError(`reverse: ${what} is a path that is not empty, got ${describe(value)}`);
}

function requireWhole(what: string, value: unknown, least: number): void {
  if (typeof value !== "number") {
    throw new TypeError(`reverse: ${what} is a number, got ${describe(value)}`);
  }
  requireCount(what, value, least);
}
