/**
 * Copies checkpoints to the archive one after the other while the run goes on. A copy that fails is reported, and
 * tried again after the next save.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import { CheckpointError } from "../errors.ts";
import { failureSeen, noteFailure } from "../comm/unseen_failures.ts";
import type { TranscriptKeeper } from "../model/transcript.ts";
import type { ArchiveTier } from "./archive_tier.ts";
import type { CheckpointEntry } from "./checkpoint_entry.ts";
import type { CheckpointFolder } from "./checkpoint_folder.ts";
import type { ResolvedOptions } from "./checkpoint_options.ts";
import { Copier } from "./copy_thread.ts";
import { planRetention } from "./retention.ts";

/** How many checkpoints may wait before saving waits for the archive. */
const MOST = 8;

/** A checkpoint that is to be copied, and how often that has failed. */
interface Waiting {
  readonly entry: CheckpointEntry;
  failures: number;
}

/** The copies of one run that are under way; the first rank's. */
export class ArchiveQueue {
  readonly #folder: CheckpointFolder;
  readonly #tier: ArchiveTier;
  readonly #options: ResolvedOptions;
  readonly #transcript: TranscriptKeeper;
  readonly #copier: Copier;
  readonly #waiting: Waiting[] = [];
  #going: Promise<void> | null = null;
  #run: string | null = null;
  /** Told whenever a copy is made or has failed. */
  readonly #next: (() => void)[] = [];
  #failure: unknown = null;

  constructor(
    folder: CheckpointFolder,
    tier: ArchiveTier,
    options: ResolvedOptions,
    transcript: TranscriptKeeper,
  ) {
    this.#folder = folder;
    this.#tier = tier;
    this.#options = options;
    this.#transcript = transcript;
    this.#copier = new Copier(options.report);
  }

  /** The run whose checkpoints are copied; null before the first. */
  get run(): string | null {
    return this.#run;
  }

  /** Copies a checkpoint that is on the disk, after those that wait. */
  saved(entry: CheckpointEntry): void {
    this.#run = entry.run;
    const old = this.#waiting.findIndex((it) => it.entry.file === entry.file);
    // One that was saved again meanwhile is not there any more; the first of the list may be on its way.
    if (old > 0) this.#waiting.splice(old, 1);
    this.#waiting.push({ entry, failures: 0 });
    this.#tier.waiting.add(entry.file);
    this.#start();
  }

  /** Resolves when there is room for another one, so that a slow archive does not fill the folder. */
  async room(): Promise<void> {
    while (this.#waiting.filter(({ failures }) => failures === 0).length > MOST) {
      await new Promise<void>((resolve) => this.#next.push(resolve));
    }
  }

  /** Copies what an earlier process did not: checkpoints of the run that the archive lacks, and would keep. */
  async catchUp(run: string): Promise<void> {
    this.#run = run;
    const { entries } = await this.#folder.all();
    const own = entries.filter((entry) => entry.run === run);
    const keep = this.#options.archiveKeep ?? {};
    for (const { entry, keep: stays } of planRetention(own, keep, this.#options.now())) {
      if (stays && entry.place === "folder") this.saved(entry);
    }
  }

  /** Resolves when every copy is made, or has failed once more. */
  async idle(): Promise<void> {
    this.#start();
    await this.#going;
  }

  /**
   * Refuses to go on without the copies.
   *
   * @throws {CheckpointError} when some could not be made.
   */
  requireDone(): void {
    if (this.#failure === null) return;
    const cause = this.#failure, files = this.#waiting.map(({ entry }) => `"${entry.file}"`);
    failureSeen(this);
    this.#failure = null;
    throw new CheckpointError(
      this.#tier.store.location,
      1,
      `not all checkpoints are in the archive "${this.#tier.store.location}"` +
        `${files.length > 0 ? ` (${files.join(", ")} wait)` : ""}: ${messageOf(cause)}`,
      { cause },
    );
  }

  #start(): void {
    this.#going ??= this.#work().finally(() => {
      // First, so that what is saved while the thread ends is copied, too.
      this.#going = null;
      return this.#copier.end();
    });
  }

  /** Everything that waits, once. */
  async #work(): Promise<void> {
    let failed = 0;
    while (this.#waiting.length > failed) {
      const next = this.#waiting[failed];
      if (!await this.#isWorthCopying(next.entry)) this.#leave(next);
      else if (await this.#copied(next)) {
        this.#leave(next);
        // Not in the end alone: a run that saves as fast as copies are made has no end.
        if (this.#waiting.length > failed) await this.#tidy();
      } else if (this.#waiting[failed] === next) failed++;
      this.#next.splice(0).forEach((resolve) => resolve());
    }
    if (failed > 0) return;
    failureSeen(this);
    await this.#tidy();
  }

  /** Whether the rules of the archive would keep it, now that newer ones wait behind it. */
  async #isWorthCopying(entry: CheckpointEntry): Promise<boolean> {
    const { archiveKeep, now } = this.#options;
    if (archiveKeep === null) return true;
    const waiting = new Map(this.#waiting.map(({ entry }) => [entry.file, entry]));
    let known: ReadonlyMap<string, CheckpointEntry>;
    try {
      known = await this.#tier.known(this.#folder);
    } catch {
      // The copy meets the same error, and reports it.
      return true;
    }
    const others = [...known.values()].filter(({ run, file }) =>
      run === entry.run && !waiting.has(file)
    );
    const all = planRetention([...others, ...waiting.values()], archiveKeep, now());
    return all.find((it) => it.entry === waiting.get(entry.file))!.keep;
  }

  async #copied(waiting: Waiting): Promise<boolean> {
    const { entry } = waiting, began = performance.now();
    try {
      await this.#tier.push(this.#folder, entry, this.#copier);
      // With what the transcript says by now: a machine that is lost later takes only the lines since then with it.
      await this.#tier.pushRun(this.#folder, entry.run);
      const seconds = (performance.now() - began) / 1000;
      this.#transcript.add("archive", { file: entry.file, seconds });
      this.#failure = null;
      return true;
    } catch (error) {
      // A later save of the same step has taken its place, and is copied instead.
      if (this.#waiting.some((it) => it !== waiting && it.entry.file === entry.file)) return true;
      this.#failed(waiting, error);
      return false;
    }
  }

  #failed(waiting: Waiting, error: unknown): void {
    waiting.failures++;
    this.#failure = error;
    const { maxFailures, report } = this.#options, { file } = waiting.entry;
    const gives = waiting.failures >= maxFailures;
    const text = `"${file}" could not be copied to the archive "${this.#tier.store.location}"`;
    const next = gives
      ? "it is not tried again, and stays in the folder"
      : "it is tried again after the next save";
    report(`${text} (failure ${waiting.failures} of ${maxFailures}), ${next}: ${messageOf(error)}`);
    noteFailure(this, `${text}: ${messageOf(error)}`);
    // The folder has the only copy, which its rules may not remove.
    if (gives) this.#drop(waiting);
  }

  #drop(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  #leave(waiting: Waiting): void {
    this.#drop(waiting);
    const { file } = waiting.entry;
    if (!this.#waiting.some((it) => it.entry.file === file)) this.#tier.waiting.delete(file);
  }

  /** Removes what the archive does not keep any more. */
  async #tidy(): Promise<void> {
    const { archiveKeep: keep, now, report } = this.#options;
    if (keep === null || this.#run === null) return;
    try {
      const order = { keep, run: this.#run, now: now(), dryRun: false, report };
      const { removed } = await this.#tier.prune(this.#folder, order);
      const why = [...new Set(removed.map(({ why }) => why))].join("; ");
      const files = removed.map(({ entry }) => entry.file);
      if (files.length > 0) this.#transcript.add("prune", { name: "archive", files, why });
    } catch (error) {
      report(`old checkpoints could not be removed from the archive: ${messageOf(error)}`);
    }
  }
}
