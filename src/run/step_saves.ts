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
import { failureSeen, noteFailure } from "../comm/unseen_failures.ts";
import { captureCheckpoint, type CapturedCheckpoint } from "./checkpoint_capture.ts";
import { fromFirstRank } from "./first_rank.ts";
import { CheckpointError } from "../errors.ts";
import type { RunRecord } from "./run_record.ts";
import type { Saver, SaveRequest } from "./saver.ts";

/** What was captured for a checkpoint, or why it could not be; null for what a thread captures when it is free. */
export interface TakenCheckpoint {
  readonly mark: RunPosition;
  /** The position of the checkpoint before it, for the case that this one fails. */
  readonly before: RunPosition;
  readonly labels: CheckpointLabels;
  readonly level: CheckpointLevel;
  readonly item: string | null;
  /** When it was captured, and for how long the run had been going. */
  readonly at: Date;
  readonly elapsed: number;
  readonly captured: CapturedCheckpoint | null;
  readonly error?: unknown;
}

/** What {@link StepSaves} needs from its owner. */
interface Hooks {
  /** The run, which begins if necessary. */
  readonly run: () => Promise<RunRecord>;
  /** The seconds for which the run has been going. */
  readonly elapsed: () => number;
  /** The signal that asks for a save, or null; and what to call when one has begun. */
  readonly wanted: () => Deno.Signal | null;
  readonly served: () => void;
  /** The object that writes checkpoints. */
  readonly saver: () => Promise<Saver>;
  /** Called when a checkpoint is on the disk. */
  readonly saved: (entry: CheckpointEntry) => Promise<void>;
  /** Whether all ranks save, given whether it is due on this one, and whether a signal asked this one for it. */
  readonly agree: (due: boolean, wanted: boolean) => boolean | Promise<boolean>;
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
  /** Captured, and to be written with the ones that follow. */
  readonly #held: TakenCheckpoint[] = [];
  #failures = 0;
  #failure: unknown = null;
  /** What remains to be done after a background save has written its file. */
  #rest: Promise<void> = Promise.resolve();
  /** The same on several ranks, which do it when they come together again; null where there is nothing. */
  #open: (() => Promise<CheckpointEntry>) | null = null;

  constructor(model: Model, directory: string, options: ResolvedOptions, hooks: Hooks) {
    this.#model = model;
    this.#directory = directory;
    this.#options = options;
    this.#hooks = hooks;
    this.#last = this.#mark();
  }

  /** Whether the last save failed, and the next step would try again. */
  get owes(): boolean {
    return this.#retry;
  }

  /** Whether this process has saved or found a checkpoint of the run. */
  get any(): boolean {
    return this.#sequence > 0;
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

  /** The checkpoints that follow are not older than this. */
  notBefore(time: Date): void {
    this.#newest = Math.max(this.#newest, time.getTime());
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
   * Captures now if a checkpoint is due, or always. With several ranks it is due where the first rank says so.
   *
   * @returns null if none is due; a failure to capture shows when it is saved.
   */
  takeIfDue(item: string | null, always: boolean): TakenCheckpoint | null {
    const wanted = always || this.#hooks.wanted() !== null;
    return wanted || this.#isDue() ? this.takeAsAsked(item) : null;
  }

  /** Whether a checkpoint is due, or wanted, on all ranks. */
  async isAgreed(always: boolean): Promise<boolean> {
    return await this.#hooks.agree(always || this.#isDue(), this.#hooks.wanted() !== null);
  }

  /** Captures now. */
  take(labels: CheckpointLabels, level: CheckpointLevel, item: string | null): TakenCheckpoint {
    return this.#take(level, item, () => labels, false);
  }

  /** Captures now, at the level and with the labels that the options say; part of an attempt with several ranks. */
  takeAsAsked(item: string | null): TakenCheckpoint {
    const { background, level, labels } = this.#options;
    const inThread = background && level === 2;
    const signal = this.#hooks.wanted();
    this.#hooks.served();
    const all = () => ({ ...labelsOf(labels(this.#model)), ...(signal && { signal }) });
    return this.#take(level, item, all, inThread);
  }

  #take(
    level: CheckpointLevel,
    item: string | null,
    labels: () => CheckpointLabels,
    inThread: boolean,
  ): TakenCheckpoint {
    const before = this.#last, mark = this.#mark();
    // It counts as saved until it fails, so that the next step does not start another save.
    this.#last = mark;
    this.#retry = false;
    const at = this.#options.now(), elapsed = this.#hooks.elapsed();
    const rest = { before, mark, level, item, at, elapsed };
    const captured = () =>
      inThread ? null : captureCheckpoint(this.#model, this.#options, level, false);
    try {
      return { ...rest, labels: labels(), captured: captured() };
    } catch (error) {
      if (error instanceof CommError) throw error;
      return { ...rest, labels: {}, captured: null, error };
    }
  }

  /**
   * Saves what `take` captures or has captured; counts failures.
   *
   * @returns the checkpoint; null if it is not (yet) on the disk.
   */
  async attemptSave(take: () => TakenCheckpoint): Promise<CheckpointEntry | null> {
    let entry: CheckpointEntry | null = null;
    await this.attempt(async () => {
      const taken = take();
      const { error, captured, level } = taken;
      const inThread = error === undefined && captured === null && level === 2;
      if (inThread) return await this.#startInBackground(taken);
      if (this.#options.flush === 1 || captured === null) return entry = await this.save(taken);
      this.#held.push(taken);
      if (this.#held.length >= this.#options.flush) entry = await this.#writeHeld();
    });
    return entry;
  }

  /** Writes the checkpoints that wait to be written together; counts failures. Collective. */
  async writeHeld(): Promise<void> {
    if (this.#held.length > 0) await this.attempt(() => this.#writeHeld());
  }

  /** Lets go of them without writing them; returns how many there were. */
  dropHeld(): number {
    const held = this.#held.splice(0);
    for (const { captured } of held) captured?.entries.release();
    return held.length;
  }

  async #writeHeld(): Promise<CheckpointEntry | null> {
    let entry: CheckpointEntry | null = null;
    for (let taken = this.#held.shift(); taken; taken = this.#held.shift()) {
      entry = await this.save(taken);
    }
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

  /** Resolves when what was captured is on the disk. */
  async save(taken: TakenCheckpoint): Promise<CheckpointEntry> {
    try {
      if (taken.captured === null) throw taken.error;
      const request = await this.#requestFor(taken);
      const saver = await this.#hooks.saver();
      const entry = await saver.write(request, taken.captured);
      this.#succeeded();
      await this.#hooks.saved(entry);
      return entry;
    } catch (error) {
      taken.captured?.entries.release();
      if (this.#last === taken.mark) this.#last = taken.before;
      throw error;
    }
  }

  /** Resolves when all saves have ended. Collective. */
  async idle(): Promise<void> {
    const saver = await this.#hooks.saver();
    await saver.idle();
    await this.#endBackground();
  }

  /** Gives up what several ranks save in the background; returns how many saves that were. Not collective. */
  async dropBackground(): Promise<number> {
    if (this.#open === null) return 0;
    this.#open = null;
    return (await this.#hooks.saver()).drop() ? 1 : 0;
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
      failureSeen(this);
      this.#failure = null;
      throw failure;
    }
    if (this.#failures < this.#options.maxFailures) return;
    failureSeen(this);
    this.#failure = null;
    throw new CheckpointError(
      this.#directory,
      this.#failures,
      `${this.#failures} checkpoints in a row could not be saved in "${this.#directory}": ` +
        messageOf(failure),
      { cause: failure },
    );
  }

  /** Says when the program ends that the last checkpoint could not be saved, unless one is saved before. */
  noteLoss(): void {
    noteFailure(this, `the last checkpoint could not be saved: ${messageOf(this.#failure)}`);
  }

  async #startInBackground(taken: TakenCheckpoint): Promise<void> {
    const request = await this.#requestFor(taken);
    const saver = await this.#hooks.saver();
    await this.#endBackground();
    const finished = await saver.start(request);
    if (this.#options.comm.size === 1) this.#rest = this.#ending(finished());
    else this.#open = finished;
  }

  /** Waits for the save in the background. Collective. */
  async #endBackground(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    if (open !== null) this.#rest = this.#ending(open());
    await this.#rest;
  }

  async #ending(finished: Promise<CheckpointEntry>): Promise<void> {
    let entry: CheckpointEntry;
    try {
      entry = await finished;
    } catch (error) {
      // If the ranks are in different calls, so is what follows.
      if (error instanceof CommError) throw error;
      this.#failed(error);
      this.noteLoss();
      return;
    }
    this.#succeeded();
    await this.#hooks.saved(entry);
  }

  async #requestFor(taken: TakenCheckpoint): Promise<SaveRequest> {
    const { labels, level, item, elapsed } = taken;
    const { id, seed, signature } = await this.#hooks.run();
    const run = { id, seed, signature };
    this.#newest = Math.max(this.#newest, taken.at.getTime());
    const createdAt = new Date(this.#newest);
    const own = { run, sequence: ++this.#sequence, level, labels, item, createdAt, elapsed };
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

  #succeeded(): void {
    failureSeen(this);
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
