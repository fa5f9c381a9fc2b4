import type { Comm } from "../comm/comm.ts";
import { endProgram, leaveProgram } from "../comm/program_end.ts";
import { SelfComm } from "../comm/self.ts";
import type { Model } from "../model/model.ts";
import type { StateValue } from "../snapshot/contract.ts";
import { denoLayer, type FileLayer } from "../snapshot/file/file_layer.ts";
import type { CheckpointLabels, CheckpointLevel } from "./checkpoint_entry.ts";
import { type CheckpointStore, storeOf } from "./checkpoint_store.ts";
import { type CheckpointSchedule, checkSchedule } from "./checkpoint_schedule.ts";
import { checkRetention, type RetentionPolicy } from "./retention.ts";
import type { ProgressReporter } from "./progress.ts";
import type { OwnIdentity } from "./run_identity.ts";
import { saveSignalsOf, signalsOf } from "./signals.ts";
import { requireFunction, requireObject, requireOneOf } from "./call_checks.ts";
import { checkOptions, describe, type OptionNames } from "../options.ts";
import { isPlainRecord } from "../model/require_state.ts";

/** When checkpoints are saved, how, and which are kept. */
export interface CheckpointsOptions {
  /** When `afterStep` saves; by default never. */
  readonly every?: CheckpointSchedule;
  /** Which checkpoints are kept; by default all. */
  readonly keep?: RetentionPolicy;
  /**
   * A second, slower place: the path of a folder, or a store of your own. Each checkpoint is copied there while the
   * run goes on, and what the folder does not have any more is found there.
   */
  readonly archive?: string | URL | CheckpointStore;
  /** Which checkpoints are kept in the archive; by default all. */
  readonly archiveKeep?: RetentionPolicy;
  /**
   * What a new run does with earlier runs of the same name: `append` (the default) leaves them, `overwrite`
   * removes them once its own first checkpoint is on the disk. Runs that are still running stay, and so do pinned
   * checkpoints.
   */
  readonly mode?: "append" | "overwrite";
  /**
   * Whether a thread writes the files while the model continues. With several ranks a checkpoint is complete when they
   * come together again: at the next save, `flush` or the end of the run.
   */
  readonly background?: boolean;
  /** Saves only what changed since the last full save; every n-th save is full, 10 for `true`. */
  readonly incremental?: boolean | number;
  /** A single file, or an additional one for each mesh and swarm; several ranks also write one each. */
  readonly layout?: "single" | "sidecars";
  /** `gzip` makes files smaller and saving slower. */
  readonly compression?: "none" | "gzip";
  /** Returns the labels of what `afterStep` saves, e.g. a misfit by which to keep the best. */
  readonly labels?: (model: Model) => CheckpointLabels | readonly string[];
  /** What `afterStep` does when a save fails: `report` (the default) and retry at the next step, or `throw`. */
  readonly onError?: "report" | "throw";
  /** The number of consecutive failures after which `afterStep` throws anyway; defaults to 5. */
  readonly maxFailures?: number;
  /** Receives warnings; defaults to `console.warn`. */
  readonly report?: (message: string) => void;
  /** What else identifies the problem that is solved, e.g. the name of the input; see `RunRecord.problemSignature`. */
  readonly problem?: Readonly<Record<string, StateValue>>;
  /** What else identifies how it is solved, e.g. the version of a method; see `RunRecord.algorithmSignature`. */
  readonly algorithm?: Readonly<Record<string, StateValue>>;
  /** What else identifies this run, e.g. the version of the code. */
  readonly identity?: Readonly<Record<string, StateValue>>;
  /**
   * The signals after which `afterStep` saves and ends the program: SIGINT and SIGTERM for true (the default),
   * none for false, or a list such as `["SIGTERM", "SIGUSR2"]` for a queue that sends a warning.
   */
  readonly signals?: boolean | readonly Deno.Signal[];
  /**
   * The signals after which the next `afterStep` saves, due or not, and the program goes on: none by default, or a
   * list such as `["SIGUSR2"]`. They must not be among `signals`.
   */
  readonly saveSignals?: readonly Deno.Signal[];
  /**
   * What `fail` and `guard` do with the state at which the run failed: `none` (the default), or `save` it under a
   * name of its own, with the error as label `failure`. A run is never continued from it.
   */
  readonly onFailure?: "none" | "save";
  /**
   * How many checkpoints are captured before they are written together, defaults to 1. Those that wait are in
   * memory, and lost if the process dies; `flush`, `complete`, `fail`, `load` and signals write them.
   */
  readonly flush?: number;
  /** Whether every checkpoint is read back and compared with its checksums; one that does not match is a failed save. */
  readonly verify?: boolean;
  /** Whether `complete` removes the checkpoints of the run, except pinned ones. */
  readonly deleteOnSuccess?: boolean;
  /** How much is saved: 0 which items are finished, 1 enough to restart an item, 2 (the default) everything. */
  readonly level?: CheckpointLevel;
  /** The levels of bearers by name; others have their own `checkpointLevel`, or 2. */
  readonly levels?: Readonly<Record<string, CheckpointLevel>>;
  /** Shows the progress of saves and loads: true for the terminal, or a reporter of your own. */
  readonly progress?: boolean | ProgressReporter;
}

/** The ranks that share the folder, and what tests replace: the disk, the clocks and the end of the process. */
export interface CheckpointsEnvironment {
  readonly comm?: Comm;
  readonly layer?: FileLayer;
  readonly now?: () => Date;
  /** Seconds. */
  readonly clock?: () => number;
  readonly exit?: (code: number) => void;
}

/** The names of {@link CheckpointsOptions}. */
export const checkpointsOptionNames: OptionNames<CheckpointsOptions> = {
  every: true,
  keep: true,
  archive: true,
  archiveKeep: true,
  mode: true,
  background: true,
  incremental: true,
  layout: true,
  compression: true,
  labels: true,
  onError: true,
  maxFailures: true,
  report: true,
  identity: true,
  signals: true,
  saveSignals: true,
  onFailure: true,
  verify: true,
  flush: true,
  problem: true,
  algorithm: true,
  deleteOnSuccess: true,
  level: true,
  levels: true,
  progress: true,
};

/** The options with defaults filled in. */
export interface ResolvedOptions extends Required<Omit<CheckpointsEnvironment, "exit">> {
  /** Ends the program of all ranks, in good order; collective. */
  readonly exit: (code: number) => void | Promise<void>;
  /** Ends the program at once. */
  readonly leave: (code: number) => void;
  readonly every: CheckpointSchedule;
  readonly keep: RetentionPolicy | null;
  readonly archive: CheckpointStore | null;
  readonly archiveKeep: RetentionPolicy | null;
  readonly overwrite: boolean;
  readonly background: boolean;
  /** Every so many saves one is full; 1 for all. */
  readonly wholeEvery: number;
  readonly layout: "single" | "sidecars" | undefined;
  readonly compression: "none" | "gzip";
  readonly labels: (model: Model) => CheckpointLabels | readonly string[];
  readonly throws: boolean;
  readonly maxFailures: number;
  readonly report: (message: string) => void;
  readonly own: OwnIdentity;
  readonly signals: readonly Deno.Signal[];
  readonly saveSignals: readonly Deno.Signal[];
  readonly savesFailure: boolean;
  readonly verify: boolean;
  /** Every so many checkpoints are written. */
  readonly flush: number;
  readonly deleteOnSuccess: boolean;
  readonly level: CheckpointLevel;
  readonly levels: Readonly<Record<string, CheckpointLevel>>;
  readonly progress: boolean | ProgressReporter;
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {TypeError} when an option has a wrong type.
 * @throws {RangeError} when a number is out of range, or several ranks cannot do what is asked.
 */
export function resolveOptions(
  options: CheckpointsOptions & CheckpointsEnvironment,
  what = "new Checkpoints",
  names: OptionNames<object> = checkpointsOptionNames,
): ResolvedOptions {
  requireObject(what, options, names);
  const { comm: _comm, layer: _layer, now: _now, clock: _clock, exit: _exit, ...own } = options;
  checkOptions(what, own, names);
  requireTypes(own);
  const { every = {}, keep = null, mode = "append", incremental = false } = options;
  const { onError = "report", maxFailures = 5, level = 2, levels = {} } = options;
  const { onFailure = "none", flush = 1 } = options;
  const { comm = new SelfComm() } = options;
  checkSchedule(every, "every");
  if (keep !== null) checkRetention(keep);
  const { archive, archiveKeep = null } = options;
  if (archiveKeep !== null) checkRetention(archiveKeep, "archiveKeep");
  if (archiveKeep !== null && archive === undefined) {
    throw new TypeError(`${what}: archiveKeep is for an archive; give one, or leave it out`);
  }
  requireOneOf("Checkpoints: mode", mode, ["append", "overwrite"]);
  requireOneOf("Checkpoints: onError", onError, ["report", "throw"]);
  requireOneOf("Checkpoints: level", level, [0, 1, 2]);
  for (const [name, value] of Object.entries(levels)) {
    requireOneOf(`Checkpoints: levels.${name}`, value, [0, 1, 2]);
  }
  requireCount("maxFailures", maxFailures);
  requireCount("flush", flush);
  if (flush > 1 && options.background === true) {
    throw new RangeError(
      "Checkpoints: flush holds checkpoints back and background writes them at once; leave one of them out",
    );
  }
  requireOneOf("Checkpoints: onFailure", onFailure, ["none", "save"]);
  const signals = signalsOf(options.signals);
  const saveSignals = saveSignalsOf(options.saveSignals, signals);
  if (typeof incremental !== "boolean" && typeof incremental !== "number") {
    throw new TypeError(
      `Checkpoints: incremental must be true, false or a number, got ${describe(incremental)}`,
    );
  }
  const wholeEvery = incremental === false ? 1 : incremental === true ? 10 : incremental;
  requireCount("incremental", wholeEvery);
  if (comm.size > 1) requireFitForRanks(comm.size, options);
  return {
    every,
    keep,
    archive: archive === undefined ? null : storeOf(`${what}: archive`, archive),
    archiveKeep,
    overwrite: mode === "overwrite",
    background: options.background ?? false,
    wholeEvery,
    layout: options.layout,
    compression: options.compression ?? "none",
    labels: options.labels ?? (() => ({})),
    throws: onError === "throw",
    maxFailures,
    // All ranks would report the same.
    report: comm.rank > 0 ? () => {} : options.report ?? ((message) => console.warn(message)),
    own: {
      identity: options.identity ?? {},
      problem: options.problem ?? {},
      algorithm: options.algorithm ?? {},
    },
    signals,
    saveSignals,
    savesFailure: onFailure === "save",
    verify: options.verify ?? false,
    flush,
    deleteOnSuccess: options.deleteOnSuccess ?? false,
    level,
    levels,
    progress: comm.rank > 0 ? false : options.progress ?? false,
    comm,
    layer: options.layer ?? denoLayer,
    now: options.now ?? (() => new Date()),
    clock: options.clock ?? (() => performance.now() / 1000),
    exit: options.exit ?? ((code) => endProgram(comm, code)),
    leave: options.exit ?? ((code) => leaveProgram(comm, code)),
  };
}

/** The options whose type can be told at once, and what they must be. */
function requireTypes(options: CheckpointsOptions): void {
  const { background, deleteOnSuccess, verify, layout, compression } = options;
  const { labels, report, identity, problem, algorithm, levels, progress } = options;
  const flags = { background, deleteOnSuccess, verify }, functions = { labels, report };
  for (const [name, value] of Object.entries(flags)) {
    if (value !== undefined) requireOneOf(`Checkpoints: ${name}`, value, [true, false]);
  }
  for (const [name, value] of Object.entries(functions)) {
    if (value !== undefined) requireFunction(`Checkpoints: ${name}`, value);
  }
  for (const [name, value] of Object.entries({ identity, problem, algorithm, levels })) {
    if (value === undefined || isPlainRecord(value)) continue;
    throw new TypeError(`Checkpoints: ${name} must be a record, got ${describe(value)}`);
  }
  if (layout !== undefined) requireOneOf("Checkpoints: layout", layout, ["single", "sidecars"]);
  if (compression !== undefined) {
    requireOneOf("Checkpoints: compression", compression, ["none", "gzip"]);
  }
  const shows = typeof progress === "boolean" || progress === undefined ||
    typeof (progress as Partial<ProgressReporter> | null)?.begin === "function";
  if (!shows) {
    throw new TypeError(
      `Checkpoints: progress must be true, false or a reporter with begin(), got ${
        describe(progress)
      }`,
    );
  }
}

function requireFitForRanks(size: number, { layout }: CheckpointsOptions): void {
  if (layout === "single") {
    throw new RangeError(
      `Checkpoints: layout "single" is for models on one rank, and this one has ${size}, which write a ` +
        "file each; leave it out",
    );
  }
}

function requireCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  if (typeof value !== "number") {
    throw new TypeError(`Checkpoints: ${name} must be a number, got ${describe(value)}`);
  }
  throw new RangeError(`Checkpoints: ${name} must be a whole number of at least 1, got ${value}`);
}
