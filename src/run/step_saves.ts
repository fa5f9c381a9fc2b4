/**
 * Saves steps when they are due, and handles failures.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import { allOrNoneAsync } from "../comm/collective_errors.ts";
import { CommError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { ResolvedOptions } from "./checkpoint_options.ts";
import {
  type CheckpointEntry,
  type CheckpointLabels,
  type CheckpointLevel,
  labelsOf,
} from "./checkpoint_entry.ts";
import { isDue, type RunPosition } from "./checkpoint_schedule.ts";
import { fromFirstRank } from "./first_rank.ts";
import { CheckpointError } from "../errors.ts";
import type { RunRecord } from "./run_record.ts";
import type { Saver, SaveRequest } from "./saver.ts";

/** What {@link StepSaves} needs from its owner. */
interface Hooks {
  /** The run, which begins if necessary. */
  readonly run: () => Promise<RunRecord>;
  /** The object that writes checkpoints. */
  readonly saver: () => Promise<Saver>;
  /** Called when a checkpoint is on the disk. */
  readonly saved: (entry: CheckpointEntry) => Promise<void>;
  /** Whether all ranks save, given whether it is due on this one. */
  readonly agree: (due: boolean) => boolean | Promise<boolean>;
}

/** Decides after each step whether to save, saves, and counts failures. */
export class StepSaves {
  readonly #model: Model;
  readonly #directory: string;
  readonly #options: ResolvedOptions;
  readonly #hooks: Hooks;
  /** The position of the last checkpoint, or where the run began. */
  #last: RunPosition;
  #sequence = 0;
  #newest = 0;
  #retry = false;
  #failures = 0;
  #failure: unknown = null;
  /** What remains to be done after a background save has written its file. */
  #rest: Promise<void> = Promise.resolve();

  constructor(model: Model, directory: string, options: ResolvedOptions, hooks: Hooks) {
    this.#model = model;
    this.#directory = directory;
    this.#options = options;
    this.#hooks = hooks;
    this.#last = this.#mark();
  }

  /** The number of consecutive failures. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether the last checkpoint is of the current step. */
  get current(): boolean {
    const { step, time } = this.#mark();
    return this.#sequence > 0 && !this.#retry && step === this.#last.step &&
      time === this.#last.time;
  }

  /** Continues from the model's current position; `entries` are those of the run. */
  continueFrom(entries: readonly CheckpointEntry[]): void {
    this.#last = this.#mark();
    this.#retry = false;
    for (const { sequence, createdAt } of entries) {
      this.#sequence = Math.max(this.#sequence, sequence);
      this.#newest = Math.max(this.#newest, createdAt.getTime());
    }
  }

  /**
   * Saves if a checkpoint is due, or always; counts failures.
   *
   * @returns the checkpoint; null if it is not (yet) on the disk; undefined if none was due.
   */
  async ifDue(item: string | null, always = false): Promise<CheckpointEntry | null | undefined> {
    let entry: CheckpointEntry | null = null;
    const due = this.#hooks.agree(always || this.#isDue());
    if (!(due instanceof Promise ? await due : due)) return undefined;
    const { background, level } = this.#options;
    await this.attempt(async () => {
      const labels = labelsOf(this.#options.labels(this.#model));
      if (background && level === 2) await this.#startInBackground(labels, item);
      else entry = await this.save(labels, level, item);
    });
    return entry;
  }

  /** Runs part of a save; a failure on any rank is counted on all, and returns false. */
  async attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await allOrNoneAsync(this.#options.comm, work);
      return true;
    } catch (error) {
      // If the ranks are in different calls, another attempt would fail as well.
      if (error instanceof CommError) throw error;
      this.#failed(error);
      return false;
    }
  }

  /** Saves now; resolves when the checkpoint is on the disk. */
  async save(
    labels: CheckpointLabels,
    level: CheckpointLevel,
    item: string | null,
  ): Promise<CheckpointEntry> {
    const mark = this.#mark();
    const request = await this.#requestFor(labels, level, item);
    const saver = await this.#hooks.saver();
    const entry = await saver.write(request);
    this.#succeeded(mark);
    await this.#hooks.saved(entry);
    return entry;
  }

  /** Resolves when all saves have ended. */
  async idle(): Promise<void> {
    const saver = await this.#hooks.saver();
    await saver.idle();
    await this.#rest;
  }

  /**
   * Throws the last failure if the options ask for it.
   *
   * @throws {CheckpointError} when saving failed too often in a row.
   * @throws {Error} why saving failed, with `onError: "throw"`.
   */
  throwFailure(): void {
    if (this.#failure === null) return;
    const failure = this.#failure;
    if (this.#options.throws) {
      this.#failure = null;
      throw failure;
    }
    if (this.#failures < this.#options.maxFailures) return;
    this.#failure = null;
    throw new CheckpointError(
      this.#directory,
      this.#failures,
      `${this.#failures} checkpoints in a row could not be saved in "${this.#directory}": ` +
        messageOf(failure),
      { cause: failure },
    );
  }

  async #startInBackground(labels: CheckpointLabels, item: string | null): Promise<void> {
    const mark = this.#mark();
    const request = await this.#requestFor(labels, 2, item);
    const saver = await this.#hooks.saver();
    await this.#rest;
    const { finished } = await saver.start(request);
    // It counts as saved until it fails, so that the next step does not start another save.
    this.#last = mark;
    this.#retry = false;
    this.#rest = finished.then(async (entry) => {
      this.#failures = 0;
      this.#failure = null;
      await this.#hooks.saved(entry);
    }, (error) => this.#failed(error));
  }

  async #requestFor(
    labels: CheckpointLabels,
    level: CheckpointLevel,
    item: string | null,
  ): Promise<SaveRequest> {
    const { id, seed, signature } = await this.#hooks.run();
    const run = { id, seed, signature };
    this.#newest = Math.max(this.#newest, this.#options.now().getTime());
    const createdAt = new Date(this.#newest);
    const own = { run, sequence: ++this.#sequence, level, labels, item, createdAt };
    return fromFirstRank(this.#options.comm, own);
  }

  #isDue(): boolean {
    const { every } = this.#options;
    const now = this.#mark();
    // The model was rewound past the last checkpoint, so the steps that follow replace the saved ones.
    if (now.step < this.#last.step || now.time < this.#last.time) {
      this.#last = { ...this.#last, step: now.step, time: now.time };
    }
    if (this.#retry) return true;
    if (now.step === 0 && now.time === 0) return every.start === true && this.#sequence === 0;
    return isDue(every, this.#last, now);
  }

  #succeeded(mark: RunPosition): void {
    this.#last = mark;
    this.#retry = false;
    this.#failures = 0;
    this.#failure = null;
  }

  #failed(error: unknown): void {
    this.#failures++;
    this.#failure = error;
    this.#retry = true;
    const { throws, maxFailures, report } = this.#options;
    if (throws) return;
    report(
      `a checkpoint could not be saved (failure ${this.#failures} of ${maxFailures} in a row), ` +
        `the next step tries again: ${messageOf(error)}`,
    );
  }

  #mark(): RunPosition {
    const { step, time } = this.#model.tracker;
    return { step, time, wall: this.#options.clock() };
  }
}
