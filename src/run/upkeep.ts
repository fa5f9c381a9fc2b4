/**
 * What follows a save: it is copied to the archive, and checkpoints that the rules do not keep any more are removed.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import { CommError } from "../errors.ts";
import type { TranscriptKeeper } from "../model/transcript.ts";
import type { ArchiveQueue } from "./archive_queue.ts";
import type { CheckpointEntry } from "./checkpoint_entry.ts";
import type { CheckpointFolder, FolderWork } from "./checkpoint_folder.ts";
import type { ResolvedOptions } from "./checkpoint_options.ts";
import type { PruneReport } from "./prune.ts";
import { planRetention, type RetentionPolicy } from "./retention.ts";
import type { RunRecord } from "./run_record.ts";

/** With this many checkpoints or more, removal waits until several can go; reading the folder costs more then. */
const MANY = 64;

/** Removes what a new checkpoint replaces; a failure to do so is reported and does not stop the run. */
export class Upkeep {
  readonly #options: ResolvedOptions;
  readonly #inFolder: FolderWork;
  readonly #transcript: TranscriptKeeper;
  /** The run's checkpoints as far as this process knows; null before it has looked. The first rank's. */
  #known: CheckpointEntry[] | null = null;
  /** Copies to the archive; null without one, and before the first. The first rank's. */
  #queue: ArchiveQueue | null = null;
  /** Whether earlier runs are still to be removed, with `overwrite`. */
  #replacing = false;

  constructor(options: ResolvedOptions, inFolder: FolderWork, transcript: TranscriptKeeper) {
    this.#options = options;
    this.#inFolder = inFolder;
    this.#transcript = transcript;
  }

  /** Called when a new run has begun. */
  begun(): void {
    this.#replacing = this.#options.overwrite;
    this.forget();
  }

  /** Looks at the folder again after the next save. */
  forget(): void {
    this.#known = null;
  }

  /** Called when a run is continued: copies what an earlier process did not. */
  async resumed(run: string): Promise<void> {
    this.forget();
    await this.#withQueue((queue) => queue.catchUp(run));
  }

  /**
   * Waits for copies to the archive.
   *
   * @throws {CheckpointError} when some could not be made.
   */
  async flush(): Promise<void> {
    await this.idle();
    await this.#withQueue((queue) => queue.requireDone());
  }

  /** Waits for copies to the archive; what could not be made is reported. */
  async idle(): Promise<void> {
    const { keep } = this.#options;
    await this.#removing(async () => {
      await this.#withQueue(async (queue, folder) => {
        await queue.idle();
        // What waited for its copy was kept against the rules of the folder.
        if (keep !== null && queue.run !== null) await this.#prune(folder, keep, queue.run);
      });
    });
  }

  /** Copies the record and the transcript of a run that has ended to the archive; a failure is reported. */
  async ended(run: string): Promise<void> {
    if (this.#options.archive === null) return;
    await this.#inFolder(async (folder) => {
      try {
        await folder.archive!.pushRun(folder, run);
      } catch (error) {
        const { location } = folder.archive!.store;
        this.#options.report(
          `the record of run "${run}" could not be copied to "${location}": ${messageOf(error)}`,
        );
      }
    });
  }

  /** Called when a checkpoint of `run` is on the disk. */
  async saved(entry: CheckpointEntry, run: RunRecord): Promise<void> {
    const { keep } = this.#options;
    await this.#withQueue(async (queue) => {
      queue.saved(entry);
      await queue.room();
    });
    if (keep === null && !this.#replacing) return;
    await this.#removing(async () => {
      await this.#inFolder(async (folder) => {
        const { removeRunsBeside } = await import("./prune.ts");
        if (this.#replacing) await removeRunsBeside(folder, run, keep);
        if (keep === null || !this.#isWorthPruning(entry, keep)) return;
        await this.#prune(folder, keep, run.id);
      });
      this.#replacing = false;
    });
  }

  /** A failure to remove something is reported. */
  async #removing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof CommError) throw error;
      this.#options.report(`old checkpoints could not be removed: ${messageOf(error)}`);
    }
  }

  async #prune(folder: CheckpointFolder, keep: RetentionPolicy, run: string): Promise<void> {
    const { pruneFolder } = await import("./prune.ts");
    const { now, report } = this.#options;
    const order = { keep, run, own: run, now: now(), dryRun: false, report };
    const { kept, removed } = await pruneFolder(folder, order);
    this.notePruned(removed);
    this.#known = kept.map(({ entry }) => entry);
  }

  /** Writes into the transcript which checkpoints went, and why. */
  notePruned(removed: PruneReport["removed"]): void {
    if (removed.length === 0) return;
    const files = removed.map(({ entry }) => entry.file);
    const why = [...new Set(removed.map(({ why }) => why))].join("; ");
    this.#transcript.add("prune", { files, why });
  }

  async #withQueue(
    work: (queue: ArchiveQueue, folder: CheckpointFolder) => void | Promise<void>,
  ): Promise<void> {
    if (this.#options.archive === null) return;
    await this.#inFolder(async (folder) =>
      await work(this.#queue ??= await this.#begun(folder), folder)
    );
  }

  async #begun(folder: CheckpointFolder): Promise<ArchiveQueue> {
    const { ArchiveQueue } = await import("./archive_queue.ts");
    return new ArchiveQueue(folder, folder.archive!, this.#options, this.#transcript);
  }

  #isWorthPruning(entry: CheckpointEntry, keep: RetentionPolicy): boolean {
    if (this.#known === null) return true;
    this.#known = [...this.#known.filter(({ file }) => file !== entry.file), entry];
    const going = planRetention(this.#known, keep, this.#options.now())
      .filter((decision) => !decision.keep).length;
    const limited = keep.maxAge !== undefined || keep.maxBytes !== undefined;
    return going > 0 && (limited || going >= Math.floor(this.#known.length / MANY));
  }
}
