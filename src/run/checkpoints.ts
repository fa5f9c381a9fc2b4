import { messageOf } from "../error_guard.ts";
import { allOrNoneAsync } from "../comm/collective_errors.ts";
import { CommError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { Agreement } from "./agreement.ts";
import { CheckpointCatalog, workIn } from "./checkpoint_catalog.ts";
import {
  type CheckpointsOptions,
  type ResolvedOptions,
  resolveOptions,
} from "./checkpoint_options.ts";
import { CheckpointStore, type RestoredCheckpoint } from "./checkpoint_store.ts";
import {
  type CheckpointEntry,
  type CheckpointLabels,
  type CheckpointLevel,
  labelsOf,
} from "./checkpoint_entry.ts";
import { fromFirstRank } from "./first_rank.ts";
import type { FolderWork } from "./checkpoint_folder.ts";
import { RunLife } from "./run_life.ts";
import type { RunRecord } from "./run_record.ts";
import { StepSaves } from "./step_saves.ts";

/**
 * Checkpoints of a run in a folder: when they are taken, which of them stay, and how a run goes on from
 * them. With several ranks every call is collective: all ranks make it, await it before the next, and get the
 * same answer, or the same error.
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
  /** Names the item of a batch that is under way (a member) in names of files; null for none. */
  item: string | null = null;
  readonly #options: ResolvedOptions;
  readonly #store: CheckpointStore;
  readonly #life: RunLife;
  readonly #saves: StepSaves;
  readonly #agreement: Agreement;
  readonly #inFolder: FolderWork;
  /** With `overwrite`, whether earlier runs are still to be removed. */
  #replacing = false;

  /**
   * Nothing is written or read yet.
   *
   * @param directory of the checkpoints; made when the first one is saved.
   * @throws {TypeError} when an option has another type.
   * @throws {RangeError} when a number is out of range, or several ranks are to save in the background or to
   *   a single file.
   */
  constructor(model: Model, directory: string | URL, options: CheckpointsOptions = {}) {
    const all = { ...options, comm: model.comm };
    super(directory, all);
    this.model = model;
    this.#options = resolveOptions(all);
    this.#inFolder = workIn(this);
    this.#store = new CheckpointStore(model, this.#options, this.#inFolder);
    this.#life = new RunLife(model, this.#options, this.#inFolder);
    const { comm, signals } = this.#options;
    this.#agreement = new Agreement(comm, signals, () => this.#life.signal);
    this.#saves = new StepSaves(model, this.directory, this.#options, {
      run: async () => (this.#life.going ? this.run! : await this.begin()).id,
      saver: () => this.#store.saver(),
      saved: () => this.#afterSave(),
      agree: (due) => this.#agreement.save(due),
    });
  }

  /** The run that this process holds or has ended; null before it has begun. */
  override get run(): RunRecord | null {
    return this.#life.record;
  }

  /** Saves that failed since the last one that did not. */
  get failures(): number {
    return this.#saves.failures;
  }

  /**
   * Call it after each step, and await it: it saves where `every` says so, lets signals arrive, and ends
   * the program after a last save when one did. Of several ranks the first one's clock counts, and a signal to
   * any of them.
   *
   * @returns the checkpoint, if one was saved; null also for one that is saved in the background.
   * @throws {CheckpointError} when saving failed `maxFailures` times in a row.
   * @throws {Error} why saving failed, with `onError: "throw"`.
   */
  async afterStep(): Promise<CheckpointEntry | null> {
    return await this.#after(false);
  }

  /**
   * Call it when an item of a batch (a member of an ensemble) is finished: it saves whatever `every` says,
   * and is like {@link Checkpoints.afterStep} otherwise.
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
   * @param options `labels`: words or values that stay with the checkpoint; `level`: how much to save.
   * @returns the checkpoint, once it is on the disk.
   * @throws {SnapshotSerializationError} when a value cannot be saved.
   * @throws {Error} the system's own error, when it cannot be written.
   */
  async save(
    options: {
      readonly labels?: CheckpointLabels | readonly string[];
      readonly level?: CheckpointLevel;
    } = {},
  ): Promise<CheckpointEntry> {
    return await allOrNoneAsync(this.model.comm, () => {
      const labels = labelsOf(options.labels);
      return this.#saves.save(labels, options.level ?? this.#options.level, this.item);
    });
  }

  /**
   * Resolves when nothing is saved in the background any more.
   *
   * @throws {CheckpointError} when saving failed too often.
   */
  async flush(): Promise<void> {
    await this.#saves.idle();
    this.#saves.throwFailure();
  }

  /**
   * Puts the model back. Where no run has begun here, the run of the checkpoint is taken up, if it is of
   * the same identity and nobody holds it.
   *
   * @param entry a checkpoint; when left out, the newest that can be loaded.
   * @returns the checkpoint that was loaded; null where there is none.
   * @throws {SnapshotCorruptError} when the checkpoint asked for is damaged.
   * @throws {SnapshotInvalidatedError} when it does not fit the model; nothing is changed.
   * @throws {CheckpointError} when there are some, and none can be loaded.
   */
  async load(entry?: CheckpointEntry): Promise<CheckpointEntry | null> {
    // What the model is shows only before it is put back.
    this.#life.noteIdentity();
    let loaded = fromFirstRank(this.model.comm, entry ?? null);
    if (loaded !== null) await this.#store.restore(loaded);
    else loaded = (await this.#store.restoreNewest(await this.list())).entry;
    if (loaded === null) return null;
    if (!this.#life.going) await this.#life.adopt(loaded.run);
    this.#saves.continueFrom(await this.list());
    return loaded;
  }

  /** Begins a new run. `afterStep` and `save` do so by themselves. */
  async begin(): Promise<RunRecord> {
    const run = await this.#life.begin();
    this.#replacing = this.#options.overwrite;
    return run;
  }

  /** What differs between a run of the folder and this model, one sentence each; nothing for the same. */
  differencesTo(run: RunRecord): string[] {
    return this.#life.differencesTo(run);
  }

  /**
   * Takes a run up where it stopped: at a checkpoint of it, or at the newest that can be loaded.
   *
   * @param options `entry`: the checkpoint; `force`: also when it is a run of another identity.
   * @returns the checkpoint, null where the run has none yet; or null when another process holds the run.
   * @throws {RunIdentityError} when it is another run: other shape, parameters, schema or identity.
   * @throws {CheckpointError} when none of its checkpoints can be loaded.
   */
  async resume(
    run: RunRecord,
    options: { readonly entry?: CheckpointEntry; readonly force?: boolean } = {},
  ): Promise<RestoredCheckpoint | null> {
    if (options.force !== true) this.#life.requireSame(run);
    if (!(await this.#life.resume(run))) return null;
    try {
      const entries = await this.list();
      const broken = options.entry ? [] : await this.#brokenOf(run);
      const restored = await this.#store.restoreNewest(options.entry ? [options.entry] : entries);
      this.#saves.continueFrom(entries);
      return { ...restored, skipped: [...broken, ...restored.skipped] };
    } catch (error) {
      if (run.status === "running") await this.close();
      else await this.#life.end(run.status, run.message);
      throw error;
    }
  }

  /** Writes down that the run is completed; with `deleteOnSuccess`, its checkpoints go. */
  async complete(): Promise<void> {
    await this.flush();
    if (!this.#life.going) await this.begin();
    const entries = this.#options.deleteOnSuccess ? await this.list() : [];
    await this.#life.end("completed", null);
    const { pinned = ["pinned"] } = this.#options.keep ?? {};
    const done = entries.filter(({ labels }) => !pinned.some((label) => labels[label]));
    await this.#inFolder(async (folder) => void await folder.remove(done));
  }

  /** Writes down that the run failed, and why; it can be resumed. */
  async fail(error: unknown): Promise<void> {
    await this.#saves.idle();
    if (!this.#life.going) await this.begin();
    await this.#life.end("failed", messageOf(error));
  }

  /**
   * Runs `work`, and writes down whether the run was completed or failed. With several ranks it fails on all
   * when it throws on one, also where the others are in a collective call.
   *
   * @returns what `work` returns.
   * @throws {Error} what `work` throws.
   */
  async guard<R>(work: () => R | Promise<R>): Promise<R> {
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

  /** Lets go of the run without a word: it counts as interrupted. Every rank for itself. */
  async close(): Promise<void> {
    await this.#saves.idle();
    this.#life.close();
  }

  /** The same as {@link Checkpoints.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #after(always: boolean): Promise<CheckpointEntry | null> {
    const begun = this.#life.going || await this.#saves.attempt(() => this.begin());
    const entry = begun ? await this.#saves.ifDue(this.item, always) : null;
    this.#saves.throwFailure();
    const told = this.#agreement.signal(entry !== undefined);
    const signal = told instanceof Promise ? await told : told;
    if (signal !== null) await this.#interrupted(signal);
    return entry ?? null;
  }

  /** Files of the run that are no checkpoints on the face of it; reported, since one may be the newest. */
  async #brokenOf(run: RunRecord): Promise<string[]> {
    const problems = await this.problems();
    const broken = problems.filter((problem) => problem.startsWith(`${run.id}-`))
      .map((problem) => `checkpoint ${problem}`);
    broken.forEach(this.#options.report);
    return broken;
  }

  async #interrupted(signal: Deno.Signal): Promise<void> {
    try {
      await this.#saves.idle();
      const current = fromFirstRank(this.model.comm, this.#saves.current);
      if (!current) await this.save({ labels: { signal } });
    } catch (error) {
      const reason = messageOf(error);
      this.#options.report(`${signal}: the last step could not be saved: ${reason}`);
    }
    await this.#life.exit(signal);
  }

  /** After each checkpoint: what it replaces goes. That it cannot is no reason to stop. */
  async #afterSave(): Promise<void> {
    try {
      if (this.#replacing) await this.#removeEarlierRuns();
      if (this.#options.keep !== null) await this.prune();
    } catch (error) {
      if (error instanceof CommError) throw error;
      const reason = messageOf(error);
      this.#options.report(`old checkpoints could not be removed: ${reason}`);
    }
  }

  async #removeEarlierRuns(): Promise<void> {
    const { removeRunsBeside } = await import("./prune.ts");
    await this.#inFolder((folder) => removeRunsBeside(folder, this.run!));
    this.#replacing = false;
  }
}
