import { allOrNoneAsync } from "../comm/collective_errors.ts";
import { messageOf } from "../error_guard.ts";
import type { Model } from "../model/model.ts";
import { keeperOf } from "../model/transcript.ts";
import { Agreement } from "./agreement.ts";
import { CommError } from "../errors.ts";
import { type CheckpointEntry, isFailure } from "./checkpoint_entry.ts";
import type { FolderWork } from "./checkpoint_folder.ts";
import type { ResolvedOptions } from "./checkpoint_options.ts";
import { hasInterval } from "./checkpoint_schedule.ts";
import { CheckpointFiles, type RestoredCheckpoint } from "./checkpoint_files.ts";
import { fromFirstRank } from "./first_rank.ts";
import { isPinned } from "./retention.ts";
import type { ResumeHow } from "./resume_terms.ts";
import { RunLife } from "./run_life.ts";
import type { RunRecord } from "./run_record.ts";
import { StepSaves, type TakenCheckpoint } from "./step_saves.ts";
import { Upkeep } from "./upkeep.ts";

/** What {@link Checkpoints} does, one call after the other; it puts the calls in their turn. */
export class RunSession {
  readonly life: RunLife;
  readonly saves: StepSaves;
  readonly upkeep: Upkeep;
  readonly #model: Model;
  readonly #options: ResolvedOptions;
  readonly #inFolder: FolderWork;
  readonly #files: CheckpointFiles;
  readonly #agreement: Agreement;

  constructor(model: Model, directory: string, options: ResolvedOptions, inFolder: FolderWork) {
    this.#model = model;
    this.#options = options;
    this.#inFolder = inFolder;
    this.#files = new CheckpointFiles(model, options, inFolder);
    this.upkeep = new Upkeep(options, inFolder, keeperOf(model.transcript));
    this.life = new RunLife(model, options, inFolder);
    this.#agreement = new Agreement(options.comm, options.signals, () => this.life.signal);
    this.saves = new StepSaves(model, directory, options, {
      run: async () => this.life.going ? this.life.record! : await this.begin(),
      saver: () => this.#files.saver(),
      saved: (entry) => this.upkeep.saved(entry, this.life.record!),
      agree: (due, wanted) => this.#agreement.save(due, wanted),
      elapsed: () => this.life.elapsed,
      wanted: () => this.life.wanted,
      served: () => this.life.served(),
    });
  }

  /** Begins a new run. */
  async begin(): Promise<RunRecord> {
    const run = await this.life.begin();
    this.saves.notBefore(run.startedAt);
    this.upkeep.begun();
    return run;
  }

  /** After a step, of which `taken` was captured if a checkpoint is due; undefined where the ranks have to agree. */
  async after(
    taken: TakenCheckpoint | null | undefined,
    item: string | null,
    always: boolean,
  ): Promise<CheckpointEntry | null> {
    const begun = this.life.going || await this.saves.attempt(() => this.begin());
    let entry: CheckpointEntry | null = null;
    if (!begun) taken?.captured?.entries.release();
    const { saves } = this;
    const saving = begun && (taken === undefined ? await saves.isAgreed(always) : taken !== null);
    if (saving) entry = await saves.attemptSave(() => taken ?? saves.takeAsAsked(item));
    saves.throwFailure();
    const agreed = this.#agreement.signal(saving);
    const signal = agreed instanceof Promise ? await agreed : agreed;
    if (signal !== null) await this.#interrupted(signal, item);
    return entry;
  }

  /** Puts the model back to a checkpoint, or to the newest one. */
  async load(
    entry: CheckpointEntry | undefined,
    how: ResumeHow = {},
  ): Promise<CheckpointEntry | null> {
    // The identity is that of the model as the script built it, so it is taken before the restore.
    this.life.noteIdentity();
    await this.saves.writeHeld();
    if (this.#options.comm.size > 1) await this.saves.idle();
    const asked = fromFirstRank(this.#model.comm, entry ?? null);
    const all = await this.#list();
    const own = this.life.record?.id, begins = !this.life.going;
    const candidates = all.filter((it) => it.run === (own ?? it.run) && !isFailure(it));
    const from = asked ?? candidates.at(-1);
    // While the run goes on, its numbers are state that was changed on the way.
    const run = begins && from ? await this.life.requireSameNumbers(from.run, how) : null;
    const numbers = run !== null && how.numbers === "script" ? this.life.numbersFor(run) : null;
    const loaded = asked !== null
      ? await this.#files.restore(asked, how, numbers)
      : (await this.#files.restoreNewest(candidates, how, numbers)).entry;
    if (loaded === null) return null;
    if (begins) await this.life.adopt(loaded.run, how);
    if (begins && this.life.going) await this.upkeep.resumed(loaded.run);
    else this.upkeep.forget();
    this.saves.continueFrom(all.filter(({ run }) => run === this.life.record?.id));
    return loaded;
  }

  /** Continues a run from a checkpoint, or from the newest one; null if another process holds it. */
  async resume(
    run: RunRecord,
    entry: CheckpointEntry | undefined,
    how: ResumeHow = {},
  ): Promise<RestoredCheckpoint | null> {
    if (!(await this.life.resume(run))) return null;
    this.upkeep.forget();
    try {
      const entries = (await this.#list()).filter((it) => it.run === run.id);
      const broken = entry ? [] : await this.#brokenOf(run);
      const sound = entries.filter((it) => !isFailure(it));
      const numbers = how.numbers === "script" ? this.life.numbersFor(run) : null;
      const restored = await this.#files.restoreNewest(entry ? [entry] : sound, how, numbers);
      await this.life.agree(run, how);
      this.saves.continueFrom(entries);
      await this.upkeep.resumed(run.id);
      return { ...restored, skipped: [...broken, ...restored.skipped] };
    } catch (error) {
      if (run.status === "running") await this.close();
      else await this.life.end(run.status, run.message);
      throw error;
    }
  }

  /** Records that the run is completed. */
  async complete(item: string | null): Promise<void> {
    await this.#flushSaves();
    if (this.life.ended) return;
    if (!this.life.going) await this.begin();
    // There is no next step that would try again.
    if (this.saves.owes) await this.saves.attemptSave(() => this.saves.takeAsAsked(item));
    await this.saves.idle();
    if (this.saves.owes) this.saves.noteLoss();
    await this.upkeep.idle();
    const { deleteOnSuccess, every, keep, report } = this.#options;
    const { id } = this.life.record!;
    if (!this.saves.any && !hasInterval(every)) {
      report(
        `run "${id}" is completed and has no checkpoint, since neither every nor save() asked for one; ` +
          "give { every: { steps: 100 } }, for instance",
      );
    }
    const entries = deleteOnSuccess ? await this.#list() : [];
    await this.life.end("completed", null);
    await this.upkeep.ended(id);
    const done = entries.filter((entry) => entry.run === id && !isPinned(entry, keep));
    if (done.length === 0) return;
    const { removeCheckpoints } = await import("./checkpoint_removal.ts");
    await this.#inFolder(async (folder) => void await removeCheckpoints(folder, done));
  }

  /** Records that the run failed, and why. */
  async fail(error: unknown, item: string | null): Promise<void> {
    await this.saves.writeHeld();
    await this.saves.idle();
    if (this.life.ended) return this.#options.report(alreadyEnded(this.life.record!, error));
    if (!this.life.going) await this.begin();
    if (this.#options.savesFailure) await this.#saveFailure(error, item);
    await this.upkeep.idle();
    await this.life.end("failed", messageOf(error));
    await this.upkeep.ended(this.life.record!.id);
  }

  /** The state at which the run failed, under a name of its own; if it cannot be saved, that is reported. */
  async #saveFailure(error: unknown, item: string | null): Promise<void> {
    const name = item === null ? "failed" : `${item}-failed`;
    try {
      await this.saveNow(() => this.saves.take({ failure: messageOf(error) }, 2, name));
    } catch (reason) {
      if (reason instanceof CommError) throw reason;
      this.#options.report(`the state of the failure could not be saved: ${messageOf(reason)}`);
    }
  }

  /** Waits for saves in the background, and for copies to the archive. */
  async flush(): Promise<void> {
    await this.#flushSaves();
    await this.upkeep.flush();
  }

  async #flushSaves(): Promise<void> {
    await this.saves.writeHeld();
    await this.saves.idle();
    this.saves.throwFailure();
  }

  /** Releases the run without recording an end; not collective. */
  async close(): Promise<void> {
    if (this.#options.comm.size === 1) await this.saves.writeHeld();
    const dropped = this.saves.dropHeld() + await this.saves.dropBackground();
    if (dropped > 0) {
      this.#options.report(
        `${dropped} checkpoint(s) that waited to be written are dropped; call flush() before close()`,
      );
    }
    await this.saves.idle();
    if (this.#options.comm.size === 1) await this.upkeep.idle();
    this.life.close();
  }

  async #list(): Promise<CheckpointEntry[]> {
    return await this.#inFolder(async (folder) => (await folder.all()).entries);
  }

  /** Reports damaged files of the run, since one of them may be its newest checkpoint, and the loss of its record. */
  async #brokenOf(run: RunRecord): Promise<string[]> {
    const { entries, problems } = await this.#inFolder((folder) => folder.all());
    const archived = new Set(
      entries.filter(({ place }) => place === "archive").map(({ file }) => file),
    );
    const broken = problems.filter(({ file, run: of }) => of === run.id && !archived.has(file))
      .map(({ text }) => `checkpoint ${text}`);
    if (Object.keys(run.identity).length === 0) broken.push(`run "${run.id}": ${run.message}`);
    broken.forEach(this.#options.report);
    return broken;
  }

  async #interrupted(signal: Deno.Signal, item: string | null): Promise<void> {
    try {
      await this.saves.writeHeld();
      await this.saves.idle();
      const current = fromFirstRank(this.#model.comm, this.saves.current);
      if (!current) {
        await this.saveNow(() => this.saves.take({ signal }, this.#options.level, item));
      }
    } catch (error) {
      const reason = messageOf(error);
      this.#options.report(`${signal}: the last step could not be saved: ${reason}`);
    }
    await this.life.exit(signal, (id) => this.#archived(id));
  }

  /** The local disk of a job may be gone when it ends, so the copies are waited for. */
  async #archived(run: string): Promise<void> {
    await this.upkeep.idle();
    await this.upkeep.ended(run);
  }

  /** Saves what `take` has captured or captures now, on all ranks or on none. */
  async saveNow(take: () => TakenCheckpoint): Promise<CheckpointEntry> {
    // What waits is older, and is written first.
    const taken = this.#options.comm.size === 1 ? take() : null;
    await this.saves.writeHeld();
    return await allOrNoneAsync(this.#model.comm, () => this.saves.save(taken ?? take()));
  }
}

/** What is said of a failure behind the end of a run, which is not a run of its own. */
function alreadyEnded({ id, status }: RunRecord, error: unknown): string {
  return `run "${id}" has ended before (${status}), so this failure is not recorded: ${
    messageOf(error)
  }`;
}
