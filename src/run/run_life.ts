/**
 * The life cycle of a run in this program: begun or resumed, interrupted, failed or completed. All ranks know
 * its status; the first rank owns the lock and the file.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { Model } from "../model/model.ts";
import { keeperOf, type TranscriptKeeper } from "../model/transcript.ts";
import type { ResolvedOptions } from "./checkpoint_options.ts";
import { fromFirstRank } from "./first_rank.ts";
import type { CheckpointFolder, FolderWork } from "./checkpoint_folder.ts";
import { logName, olderLogName } from "./file_names.ts";
import { CommError } from "../errors.ts";
import { messageOf } from "../error_guard.ts";
import type { LockedRun } from "./locked_run.ts";
import { elapsedBy, type RunRecord, type RunStatus } from "./run_record.ts";
import {
  type CurrentIdentity,
  currentIdentityOf,
  differencesFrom,
  type RunDifference,
  signatureOf,
} from "./run_identity.ts";
import { continuedIdentity, isAccepted, requireAccepted, type ResumeHow } from "./resume_terms.ts";
import { isConditionLine, isNumberLine, type LoadedNumbers, ScriptNumbers } from "./run_setup.ts";
import { exitCodeOf, SaveRequests, SignalWatch } from "./signals.ts";

/** The milliseconds that the first rank gets to record that the program ends at once. */
const TIME_TO_WRITE = 200;

/** Begins, resumes and ends the run of one model. */
export class RunLife {
  readonly #model: Model;
  readonly #options: ResolvedOptions;
  readonly #inFolder: FolderWork;
  #identity: CurrentIdentity | null = null;
  #numbers: ScriptNumbers | null = null;
  #record: RunRecord | null = null;
  #going = false;
  /** Held by the first rank. */
  #locked: LockedRun | null = null;
  /** Ends the transcript in the folder; the first rank's. */
  #endLog: (() => void) | null = null;
  #signals: SignalWatch | null = null;
  #requests: SaveRequests | null = null;

  constructor(model: Model, options: ResolvedOptions, inFolder: FolderWork) {
    this.#model = model;
    this.#options = options;
    this.#inFolder = inFolder;
  }

  /** The record of the run; null before it begins. */
  get record(): RunRecord | null {
    return this.#record;
  }

  /** Whether it has begun and not ended. */
  get going(): boolean {
    return this.#going;
  }

  /** Whether this process has recorded its end, and nothing was begun since. */
  get ended(): boolean {
    const status = this.#record?.status;
    return !this.#going && (status === "completed" || status === "failed");
  }

  /** The signal that asked this process to end, or null. */
  get signal(): Deno.Signal | null {
    return this.#signals?.received ?? null;
  }

  /** The signal that asked this process to save and go on, or null. */
  get wanted(): Deno.Signal | null {
    return this.#requests?.wanted ?? null;
  }

  /** Called when a save has begun that serves such a signal. */
  served(): void {
    this.#requests?.served();
  }

  /** The seconds for which the run has been going by now, in all its processes. */
  get elapsed(): number {
    if (this.#record === null) return 0;
    return this.#going ? elapsedBy(this.#record, this.#options.now()) : this.#record.elapsed;
  }

  /** Takes the identity of the model the first time, since the run changes it later. Collective then. */
  noteIdentity(): CurrentIdentity {
    const { comm } = this.#options;
    this.#numbers ??= allOrNone(comm, () => new ScriptNumbers(this.#model));
    return this.#identity ??= fromFirstRank(
      comm,
      allOrNone(comm, () => currentIdentityOf(this.#model, this.#options.own)),
    );
  }

  /** Begins a new run. */
  async begin(): Promise<RunRecord> {
    const { name } = this.#model, of = { name, ...this.#own() };
    const { LockedRun } = await import("./locked_run.ts");
    const record = await this.#inFolder(async (folder) => {
      return await this.#hold(await LockedRun.begin(folder, of, this.#options.now()), folder);
    });
    this.#take(record);
    return record;
  }

  /** What the record of a run of this model says of it. */
  #own(): Pick<RunRecord, "seed" | "signature" | "identity" | "keep"> {
    const { now: identity } = this.noteIdentity(), { keep } = this.#options;
    const own = { seed: this.#model.random.seed, signature: signatureOf(identity), identity };
    // A function of the script cannot be written.
    return keep === null || typeof keep.best?.by === "function" ? own : { ...own, keep };
  }

  /** Resumes a run; false if another process holds it. */
  async resume(run: RunRecord): Promise<boolean> {
    const of = this.#own();
    const { LockedRun } = await import("./locked_run.ts");
    const record = await this.#inFolder(async (folder) => {
      const locked = await LockedRun.resume(folder, run, this.#options.now(), of);
      return locked === null ? null : await this.#hold(locked, folder);
    });
    if (record !== null) this.#take(record);
    return record !== null;
  }

  /** Records that the run, of which a checkpoint was loaded, is from now on as it was agreed on. Collective. */
  async agree(run: RunRecord, how: ResumeHow): Promise<void> {
    const { identity: own } = this.#own();
    const identity = continuedIdentity(run.identity, own, this.#differences(run), how);
    if (identity === null) return;
    this.#record = await this.#inFolder(() => {
      this.#locked?.setIdentity(identity, this.#options.now());
      return this.#locked?.record ?? this.#record;
    });
  }

  /**
   * Resumes the run of a checkpoint that was loaded, if it has the same identity, no other process holds it and
   * the folder can be written; otherwise the next save begins a new run.
   */
  async adopt(id: string, how: ResumeHow = {}): Promise<void> {
    const { readRun } = await import("./read_runs.ts");
    try {
      const run = await this.#inFolder((folder) => readRun(folder, id));
      if (run === null) return;
      const isSame = this.#differences(run).every((it) => isAccepted(it, how));
      if (isSame && await this.resume(run)) await this.agree(run, how);
    } catch (error) {
      // The model is at the checkpoint, which is what was asked for.
      if (error instanceof CommError) throw error;
      this.#options.report(
        `run "${id}" was loaded, but it is not continued here, since its record cannot be written; ` +
          `the next save begins a new run: ${messageOf(error)}`,
      );
    }
  }

  /** The differences between a run and this model, one sentence each. */
  differencesTo(run: RunRecord): string[] {
    return this.#differences(run).map(({ text }) => text);
  }

  #differences(run: RunRecord): RunDifference[] {
    return differencesFrom(run, this.noteIdentity());
  }

  /**
   * Refuses a run of another identity.
   *
   * @throws {RunIdentityError} when identities differ in what was not agreed on.
   */
  requireSame(run: RunRecord, how: ResumeHow = {}): void {
    requireAccepted(run, this.#differences(run), how, "resume");
  }

  /**
   * Refuses to load from a run that has other numbers than the script, unless it is said which win.
   *
   * @returns the run, if its record is there.
   * @throws {RunIdentityError} when they differ.
   */
  async requireSameNumbers(id: string, how: ResumeHow): Promise<RunRecord | null> {
    const { readRun } = await import("./read_runs.ts");
    const run = await this.#inFolder((folder) => readRun(folder, id));
    if (run === null) return null;
    const edited = this.#differences(run).filter(({ name, was, is }) =>
      isConditionLine(name) || isNumberLine(name) && was !== undefined && is !== undefined
    );
    requireAccepted(run, edited, how, "load");
    return run;
  }

  /** The numbers of the script, for where they differ from those of a run whose checkpoint is loaded. */
  numbersFor(run: RunRecord): LoadedNumbers {
    const lines = this.#differences(run).map(({ name }) => name).filter(isNumberLine);
    const numbers = this.#numbers!;
    return {
      putInto: (entries) => numbers.putInto(entries, lines),
      setParameters: () => allOrNone(this.#options.comm, () => numbers.setParameters(lines)),
    };
  }

  /** Records the final status of the run, and releases it. */
  async end(status: Exclude<RunStatus, "running">, message: string | null): Promise<void> {
    this.#record = await this.#inFolder(() => this.#note(status, message));
    this.#transcript.add("end", { name: status, ...(message !== null && { why: message }) });
    this.close();
  }

  /** Ends the program as the signal asked, after the last work on the run's files. */
  async exit(signal: Deno.Signal, last: (run: string) => Promise<void>): Promise<void> {
    await this.end("interrupted", signal);
    await last(this.#record!.id);
    await this.#options.exit(exitCodeOf(signal));
  }

  /** Releases the run and stops listening for signals; not collective. */
  close(): void {
    this.#signals?.close();
    this.#signals = null;
    this.#requests?.close();
    this.#requests = null;
    this.#endLog?.();
    this.#endLog = null;
    this.#locked?.close();
    this.#locked = null;
    this.#going = false;
  }

  /** Records the status, on the rank that holds the run. */
  #note(status: RunStatus, message: string | null): RunRecord | null {
    this.#locked?.setStatus(status, message, this.#options.now());
    return this.#locked?.record ?? this.#record;
  }

  /** Holds this run in place of the one that was held before, and writes its transcript. */
  async #hold(locked: LockedRun, folder: CheckpointFolder): Promise<RunRecord> {
    this.#endLog?.();
    this.#locked?.close();
    this.#locked = locked;
    this.#endLog = await this.#beginLog(locked.record, folder);
    return locked.record;
  }

  /** A transcript that cannot be written is reported, and does not stop the run. */
  async #beginLog(
    { id, resumed }: RunRecord,
    folder: CheckpointFolder,
  ): Promise<(() => void) | null> {
    const { headOf, RunLog } = await import("./run_log.ts");
    const { report } = this.#options;
    try {
      if (resumed > 0) await folder.archive?.fetchTexts(folder, [logName(id), olderLogName(id)]);
      const log = new RunLog(folder, id, resumed === 0, report);
      const leave = this.#transcript.join(
        log.earlier,
        headOf(id, resumed),
        (event) => log.write(event),
      );
      return () => {
        leave();
        log.close();
      };
    } catch (error) {
      report(`the transcript of run "${id}" cannot be written: ${messageOf(error)}`);
      return null;
    }
  }

  get #transcript(): TranscriptKeeper {
    return keeperOf(this.#model.transcript);
  }

  /** Makes this the current run, and listens for signals. */
  #take(record: RunRecord): void {
    this.#signals?.close();
    this.#signals = null;
    this.#requests?.close();
    this.#requests = new SaveRequests(this.#options.saveSignals);
    this.#record = record;
    this.#going = true;
    if (this.#options.signals.length === 0) return;
    this.#signals = new SignalWatch(this.#options.signals, (code) => {
      // Ranks no longer wait for each other. The process ends with the first that leaves, and rank 0 must write.
      if (this.#options.comm.rank > 0) {
        setTimeout(() => this.#options.leave(code), TIME_TO_WRITE);
        return;
      }
      this.#record = this.#note("interrupted", "two signals: the last step was not saved");
      this.close();
      this.#options.leave(code);
    });
  }
}
