import { allOrNone, allOrNoneAsync } from "../comm/collective_errors.ts";
import type { Model } from "../model/model.ts";
import { keeperOf } from "../model/transcript.ts";
import { checkOptions, describe } from "../options.ts";
import {
  loadCallNames,
  requireFunction,
  requireModel,
  requireObject,
  requireOneOf,
  requireRunRecord,
  requireTerms,
  resumeCallNames,
  saveCallNames,
} from "./call_checks.ts";
import { CheckpointCatalog, workIn } from "./checkpoint_catalog.ts";
import {
  type CheckpointEntry,
  type CheckpointLabels,
  type CheckpointLevel,
  labelsOf,
  requireEntry,
} from "./checkpoint_entry.ts";
import {
  checkpointsOptionNames,
  type CheckpointsOptions,
  type ResolvedOptions,
  resolveOptions,
} from "./checkpoint_options.ts";
import type { PruneReport } from "./prune.ts";
import type { RestoredCheckpoint } from "./checkpoint_files.ts";
import type { ResumeHow } from "./resume_terms.ts";
import { RunSession } from "./run_session.ts";
import type { RunRecord } from "./run_record.ts";
import { Turns } from "./turns.ts";
import { fixFields } from "../fixed_fields.ts";

/** Refuses a run of another identity, for the floor's own files. */
export let requireSameRun: (
  checkpoints: Checkpoints,
  run: RunRecord,
  how: ResumeHow,
) => void;
/** Whether a new run removes earlier ones, for the floor's own files. */
export let isOverwriting: (checkpoints: Checkpoints) => boolean;

/**
 * The checkpoints of a run in a folder: when they are saved, which of them are kept, and how a run continues
 * from them. With several ranks every call is collective: all ranks make it, await it before the next, and get
 * the same result or the same error.
 *
 * @example
 * ```ts
 * import { Checkpoints, Model } from "@timestash/timestash";
 *
 * const folder = Deno.makeTempDirSync();
 * const model = new Model({ name: "heat" });
 * const checkpoints = new Checkpoints(model, folder, { every: { steps: 10 }, keep: { last: 2 } });
 * while (model.tracker.step < 50) {
 *   model.tracker.step++;
 *   await checkpoints.afterStep();
 * }
 * console.log((await checkpoints.list()).map(({ step }) => step)); // [ 40, 50 ]
 * await checkpoints.complete();
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export class Checkpoints extends CheckpointCatalog {
  /** The model whose states are saved. */
  readonly model: Model;
  #item: string | null = null;
  readonly #options: ResolvedOptions;
  readonly #session: RunSession;
  readonly #turns = new Turns();

  /**
   * Reads and writes nothing yet.
   *
   * @param directory the folder of the checkpoints; created when the first one is saved.
   * @throws {TypeError} when an option has a wrong type.
   * @throws {RangeError} when a number is out of range, or when several ranks should save to a single file.
   */
  constructor(model: Model, directory: string | URL, options: CheckpointsOptions = {}) {
    super(directory, allOf(model, options));
    const all = allOf(model, options);
    this.model = model;
    this.#options = reportedTo(model, resolveOptions(all));
    this.#session = new RunSession(model, this.directory, this.#options, workIn(this));
    fixFields(this, new.target, Checkpoints);
  }

  /**
   * The current item of a batch (a member of an ensemble), which becomes part of file names, or null.
   *
   * @throws {TypeError} when it is set to something else than a string that is not empty, or null.
   */
  get item(): string | null {
    return this.#item;
  }

  set item(item: string | null) {
    if (item !== null && (typeof item !== "string" || item === "")) {
      throw new TypeError(
        `checkpoints.item must be a string that is not empty, or null, got ${describe(item)}`,
      );
    }
    this.#item = item;
  }

  /** The run that this process holds or has ended; null before it begins. */
  override get run(): RunRecord | null {
    return this.#session.life.record;
  }

  /** The seconds for which the run has been going, in all its processes together; 0 before it begins. */
  get elapsed(): number {
    return this.#session.life.elapsed;
  }

  /** The number of saves that failed since the last successful one. */
  get failures(): number {
    return this.#session.saves.failures;
  }

  /**
   * Call and await it after each step: it saves when `every` asks for it, lets signals arrive, and after a
   * signal saves a last time and ends the program. With several ranks the first rank's clock counts, and a
   * signal to any rank.
   *
   * @returns the checkpoint if one was saved; otherwise null, also for one that is saved in the background.
   * @throws {CheckpointError} when saving failed `maxFailures` times in a row.
   * @throws {Error} why saving failed, with `onError: "throw"`.
   */
  async afterStep(): Promise<CheckpointEntry | null> {
    return await this.#after(false);
  }

  /**
   * Call it when an item of a batch (a member of an ensemble) is finished: it always saves, and is otherwise
   * like {@link Checkpoints.afterStep}.
   *
   * @returns the checkpoint, as `afterStep` does.
   * @throws {CheckpointError} when saving failed `maxFailures` times in a row.
   * @throws {Error} why saving failed, with `onError: "throw"`.
   */
  async afterItem(): Promise<CheckpointEntry | null> {
    return await this.#after(true);
  }

  /**
   * Saves now.
   *
   * @param options `labels`: words or values to attach to the checkpoint; `level`: how much to save.
   * @returns the checkpoint, once it is on the disk.
   * @throws {SnapshotSerializationError} when a value cannot be saved.
   * @throws {Error} the system's error, when it cannot be written.
   */
  async save(
    options: {
      readonly labels?: CheckpointLabels | readonly string[];
      readonly level?: CheckpointLevel;
    } = {},
  ): Promise<CheckpointEntry> {
    const { comm } = this.model, { saves } = this.#session;
    const labels = allOrNone(comm, () => {
      checkOptions("save", options, saveCallNames);
      if (options.level !== undefined) requireOneOf("save: level", options.level, [0, 1, 2]);
      return labelsOf(options.labels);
    });
    const { level = this.#options.level } = options, { item } = this;
    const take = () => saves.take(labels, level, item);
    // On one rank the state is that of the call, even if it has to wait for its turn.
    const taken = comm.size === 1 ? this.#taken(take) : null;
    return await this.#turns.take(() => this.#session.saveNow(() => taken ?? take()));
  }

  /**
   * Waits for saves in the background.
   *
   * @throws {CheckpointError} when saving failed too often.
   */
  async flush(): Promise<void> {
    await this.#turns.take(() => this.#session.flush());
  }

  /**
   * Puts the model back to a checkpoint. If no run has begun here, the checkpoint's run is continued, provided
   * that it has the same identity and no other process holds it.
   *
   * @param entry a checkpoint; defaults to the newest that can be loaded.
   * @param options `numbers`: whose numbers win where the script was edited since the run began (parameters,
   *   coefficients, conditions, geometry): the `script`'s or those of the `checkpoint`; without it they must agree.
   *   `missing`, `extra`: what to do with objects that only one side has, as in `model.loadState`.
   * @returns the checkpoint that was loaded, or null if there are none.
   * @throws {RunIdentityError} when numbers differ and it is not said which win; nothing is changed.
   * @throws {SnapshotCorruptError} when the checkpoint asked for is damaged.
   * @throws {SnapshotInvalidatedError} when it does not fit the model; nothing is changed.
   * @throws {CheckpointError} when there are some, and none can be loaded.
   */
  async load(
    entry?: CheckpointEntry,
    options: ResumeHow = {},
  ): Promise<CheckpointEntry | null> {
    if (entry !== undefined) requireEntry("load", entry);
    checkOptions("load", options, loadCallNames);
    requireTerms("load", options);
    return await this.#turns.take(() => this.#session.load(entry, options));
  }

  /** Begins a new run; `afterStep` and `save` do so when necessary. */
  async begin(): Promise<RunRecord> {
    return await this.#turns.take(() => this.#session.begin());
  }

  /** Adds labels to a checkpoint, as {@link CheckpointCatalog.label} does. */
  override async label(
    entry: CheckpointEntry,
    labels: CheckpointLabels | readonly string[],
  ): Promise<CheckpointEntry> {
    this.#session.upkeep.forget();
    return await super.label(entry, labels);
  }

  /** Removes checkpoints, as {@link CheckpointCatalog.prune} does. */
  override async prune(
    options: Parameters<CheckpointCatalog["prune"]>[0] = {},
  ): Promise<PruneReport> {
    const report = await super.prune(options);
    if (options.dryRun !== true) this.#session.upkeep.notePruned(report.removed);
    return report;
  }

  /** The differences between a run of the folder and this model, one sentence each; empty if there are none. */
  differencesTo(run: RunRecord): string[] {
    requireRunRecord("differencesTo", run);
    return this.#session.life.differencesTo(run);
  }

  /**
   * Continues a run from one of its checkpoints, by default from the newest that can be loaded.
   *
   * @param options `entry`: the checkpoint; `force`: continue a run of another identity, too; the others
   *   as in {@link Checkpoints.load}.
   * @returns what was restored; or null if another process holds the run.
   * @throws {RunIdentityError} when it is another run: with another shape, parameters, schema or identity.
   * @throws {CheckpointError} when none of its checkpoints can be loaded.
   */
  async resume(
    run: RunRecord,
    options: ResumeHow & {
      readonly entry?: CheckpointEntry | undefined;
      readonly force?: boolean;
    } = {},
  ): Promise<RestoredCheckpoint | null> {
    requireRunRecord("resume", run);
    checkOptions("resume", options, resumeCallNames);
    if (options.entry !== undefined) requireEntry("resume", options.entry);
    const { entry, force, ...how } = options;
    requireTerms("resume", how);
    if (force !== true) this.#session.life.requireSame(run, how);
    return await this.#turns.take(() => this.#session.resume(run, entry, how));
  }

  /** Records that the run is completed, once; with `deleteOnSuccess`, its checkpoints are removed. */
  async complete(): Promise<void> {
    const { item } = this;
    await this.#turns.take(() => this.#session.complete(item));
  }

  /**
   * Records that the run failed, and why; with `onFailure: "save"` also its state. It can be resumed. A failure behind
   * the end of the run is reported.
   */
  async fail(error: unknown): Promise<void> {
    const { item } = this;
    await this.#turns.take(() => this.#session.fail(error, item));
  }

  /**
   * Runs `work`, and records whether the run completed or failed. With several ranks, if `work` throws on one,
   * it fails on all, even if the others are in a collective call.
   *
   * @returns what `work` returns.
   * @throws {Error} what `work` throws.
   */
  async guard<R>(work: () => R | Promise<R>): Promise<R> {
    requireFunction("guard: work", work);
    let result: R;
    try {
      result = await allOrNoneAsync(this.model.comm, work);
    } catch (error) {
      await this.fail(error);
      throw error;
    }
    await this.complete();
    return result;
  }

  /** Releases the run without recording an end, so that it counts as interrupted. Not collective. */
  async close(): Promise<void> {
    await this.#turns.take(() => this.#session.close());
  }

  /** Calls {@link Checkpoints.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  static {
    requireSameRun = (checkpoints, run, how) => checkpoints.#session.life.requireSame(run, how);
    isOverwriting = (checkpoints) => checkpoints.#options.overwrite;
  }

  /** On one rank it is decided and captured at the call, so that calls that are not awaited save their own step. */
  #after(always: boolean): Promise<CheckpointEntry | null> {
    const { item } = this, { saves } = this.#session;
    keeperOf(this.model.transcript).notice();
    const taken = this.model.comm.size === 1
      ? this.#taken(() => saves.takeIfDue(item, always))
      : undefined;
    return this.#turns.take(() => this.#session.after(taken, item, always));
  }

  #taken<T>(take: () => T): T {
    this.#session.life.noteIdentity();
    return take();
  }
}

/** The options, with warnings that are also written into the transcript. */
function reportedTo(model: Model, options: ResolvedOptions): ResolvedOptions {
  const { report } = options, transcript = keeperOf(model.transcript);
  return {
    ...options,
    report: (message) => {
      transcript.add("warning", { why: message });
      report(message);
    },
  };
}

/** The options with the ranks of the model, of which a wrong call is refused before anything is made of it. */
function allOf(model: Model, options: CheckpointsOptions): CheckpointsOptions {
  requireModel("new Checkpoints", model);
  requireObject("new Checkpoints", options, checkpointsOptionNames);
  return { ...options, comm: model.comm } as CheckpointsOptions;
}
