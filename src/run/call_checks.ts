/**
 * Checks of what the public calls of this floor are given: `deno run` and notebooks do not look at types.
 *
 * @module
 */
import { Model } from "../model/model.ts";
import { describe, type OptionNames, requireOptions } from "../options.ts";
import type { CheckpointEntry, CheckpointLabels, CheckpointLevel } from "./checkpoint_entry.ts";
import { checkRestoreOptions } from "../model/grown_restore.ts";
import type { ProgressReporter } from "./progress.ts";
import type { ResumeHow } from "./resume_terms.ts";
import type { RunRecord } from "./run_record.ts";

/** The names of the options of `checkpoints.save`. */
export const saveCallNames: OptionNames<
  { readonly labels?: CheckpointLabels | readonly string[]; readonly level?: CheckpointLevel }
> = { labels: true, level: true };

/** The names of the options of `checkpoints.resume`. */
export const resumeCallNames: OptionNames<
  ResumeHow & { readonly entry?: CheckpointEntry | undefined; readonly force?: boolean }
> = { entry: true, force: true, numbers: true, missing: true, extra: true };

/** The names of the options of `checkpoints.load`. */
export const loadCallNames: OptionNames<ResumeHow> = {
  numbers: true,
  missing: true,
  extra: true,
};

/**
 * Requires words that exist for whose numbers win and for what only one side has.
 *
 * @throws {TypeError} when one is another.
 */
export function requireTerms(what: string, how: ResumeHow): void {
  checkRestoreOptions(what, how);
  const { numbers } = how;
  if (numbers !== undefined) requireOneOf(`${what}: numbers`, numbers, ["script", "checkpoint"]);
}

/**
 * Requires a model.
 *
 * @throws {TypeError} when it is anything else.
 */
export function requireModel(what: string, model: unknown): asserts model is Model {
  if (model instanceof Model) return;
  throw new TypeError(`${what} takes a model first, got ${describe(model)}`);
}

/**
 * Requires the record of a run, as `runs` gives it.
 *
 * @throws {TypeError} when it is anything else.
 */
export function requireRunRecord(what: string, run: unknown): asserts run is RunRecord {
  const { id, identity, signature } = (run ?? {}) as Partial<RunRecord>;
  const isRecord = typeof id === "string" && typeof signature === "string" &&
    typeof identity === "object" && identity !== null;
  if (isRecord) return;
  throw new TypeError(
    `${what} takes a run of this folder, as runs() gives it, got ${describe(run)}`,
  );
}

/**
 * Requires something that shows progress.
 *
 * @throws {TypeError} when it is anything else.
 */
export function requireReporter(what: string, reporter: unknown): void {
  if (typeof (reporter as Partial<ProgressReporter> | null | undefined)?.begin === "function") {
    return;
  }
  throw new TypeError(
    `${what} takes a reporter with begin(), as progressReporter() makes it, got ${
      describe(reporter)
    }`,
  );
}

/**
 * Requires a function.
 *
 * @throws {TypeError} when it is anything else.
 */
export function requireFunction(what: string, work: unknown): void {
  if (typeof work === "function") return;
  throw new TypeError(`${what} must be a function, got ${describe(work)}`);
}

/**
 * Requires an object of options, before it is copied.
 *
 * @throws {TypeError} when it is anything else.
 */
export function requireObject<T>(what: string, options: unknown, names: OptionNames<T>): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    requireOptions(what, options, names);
  }
}

/**
 * Requires one of several values.
 *
 * @throws {TypeError} when it is none of them.
 */
export function requireOneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (allowed.includes(value)) return;
  const words = allowed.map((it) => JSON.stringify(it)).join(" or ");
  throw new TypeError(`${name} must be ${words}, got ${describe(value)}`);
}
