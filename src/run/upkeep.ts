/**
 * What follows a save: checkpoints that the rules do not keep any more are removed.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import { CommError } from "../errors.ts";
import type { TranscriptKeeper } from "../model/transcript.ts";
import type { CheckpointEntry } from "./checkpoint_entry.ts";
import type { FolderWork } from "./checkpoint_folder.ts";
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

  /** Called when a checkpoint of `run` is on the disk. */
  async saved(entry: CheckpointEntry, run: RunRecord): Promise<void> {
    const { keep } = this.#options;
    if (keep === null && !this.#replacing) return;
    try {
      await this.#inFolder(async (folder) => {
        const { pruneFolder, removeRunsBeside } = await import("./prune.ts");
        if (this.#replacing) await removeRunsBeside(folder, run);
        if (keep === null || !this.#isWorthPruning(entry, keep)) return;
        const { now, report } = this.#options;
        const order = { keep, run: run.id, own: run.id, now: now(), dryRun: false, report };
        const { kept, removed } = await pruneFolder(folder, order);
        this.notePruned(removed);
        this.#known = kept.map(({ entry }) => entry);
      });
      this.#replacing = false;
    } catch (error) {
      if (error instanceof CommError) throw error;
      this.#options.report(`old checkpoints could not be removed: ${messageOf(error)}`);
    }
  }

  /** Writes into the transcript which checkpoints went, and why. */
  notePruned(removed: PruneReport["removed"]): void {
    if (removed.length === 0) return;
    const files = removed.map(({ entry }) => entry.file);
    const why = [...new Set(removed.map(({ why }) => why))].join("; ");
    this.#transcript.add("prune", { files, why });
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
