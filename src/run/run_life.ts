/**
 * The life cycle of a run in this program: begun or resumed, interrupted, failed or completed. All ranks know
 * its status; the first rank owns the lock and the file.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { Model } from "../model/model.ts";
import type { ResolvedOptions } from "./checkpoint_options.ts";
import { fromFirstRank } from "./first_rank.ts";
import type { FolderWork } from "./checkpoint_folder.ts";
import { CommError, RunIdentityError } from "../errors.ts";
import { messageOf } from "../error_guard.ts";
import { LockedRun, readRun, type RunRecord, type RunStatus } from "./run_record.ts";
import {
  type CurrentIdentity,
  currentIdentityOf,
  differencesFrom,
  differingLines,
  signatureOf,
} from "./run_identity.ts";
import { isNumberLine, ScriptNumbers } from "./run_setup.ts";
import { exitCodeOf, SignalWatch } from "./signals.ts";

/** The milliseconds that the first rank gets to record that the program ends at once. */
const TIME_TO_WRITE = 200;

/** Whose numbers win where a script was edited since its run began. */
export type NumbersFrom = "script" | "checkpoint";

const IDENTITY_ADVICE =
  'Put these back as they were, or pass { onMismatch: "start" } to begin a new run ' +
  'beside it, or { onMismatch: "resume" } to continue it anyway';
const LOAD_ADVICE =
  'Put these back as they were, or pass { numbers: "script" } to use those of the ' +
  'script, or { numbers: "checkpoint" } to use those of the run';
const NUMBERS_ADVICE =
  'Put these back as they were, or pass { numbers: "script" } to continue with those of ' +
  'the script, or { numbers: "checkpoint" } to continue with those of the run, or { onMismatch: "start" } to ' +
  "begin a new run beside it";

function refuseGeometry(run: RunRecord, lines: readonly string[], numbers?: NumbersFrom): void {
  const meshes = lines.filter((line) => line.startsWith("geometry "));
  if (numbers !== "script" || meshes.length === 0) return;
  throw new RunIdentityError(
    run.id,
    meshes,
    `run "${run.id}": the fields of a checkpoint live on its own mesh, so ${
      meshes.join(", ")
    } cannot be taken ` +
      'from the script; pass { numbers: "checkpoint" }, or begin a new run and transfer() the fields',
  );
}

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
  #signals: SignalWatch | null = null;

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

  /** The signal that asked this process to end, or null. */
  get signal(): Deno.Signal | null {
    return this.#signals?.received ?? null;
  }

  /** Takes the identity of the model the first time, since the run changes it later. Collective then. */
  noteIdentity(): CurrentIdentity {
    const { comm } = this.#options;
    this.#numbers ??= allOrNone(comm, () => new ScriptNumbers(this.#model));
    return this.#identity ??= fromFirstRank(
      comm,
      allOrNone(comm, () => currentIdentityOf(this.#model, this.#options.identity)),
    );
  }

  /** Begins a new run. */
  async begin(): Promise<RunRecord> {
    const { name } = this.#model, of = { name, ...this.#own() };
    const record = await this.#inFolder(async (folder) => {
      return this.#hold(await LockedRun.begin(folder, of, this.#options.now()));
    });
    this.#take(record);
    return record;
  }

  /** What the record of a run of this model says of it. */
  #own(): Pick<RunRecord, "seed" | "signature" | "identity"> {
    const { now: identity } = this.noteIdentity();
    return { seed: this.#model.random.seed, signature: signatureOf(identity), identity };
  }

  /** Resumes a run, which has the numbers of the script from now on if these win; false if another process holds it. */
  async resume(run: RunRecord, numbers?: NumbersFrom): Promise<boolean> {
    const of = this.#own();
    const as = numbers === "script"
      ? { ...run, signature: of.signature, identity: of.identity }
      : run;
    const record = await this.#inFolder(async (folder) => {
      const locked = await LockedRun.resume(folder, as, this.#options.now(), of);
      return locked === null ? null : this.#hold(locked);
    });
    if (record !== null) this.#take(record);
    return record !== null;
  }

  /**
   * Resumes the run of a checkpoint that was loaded, if it has the same identity, no other process holds it and
   * the folder can be written; otherwise the next save begins a new run.
   */
  async adopt(id: string, numbers?: NumbersFrom): Promise<void> {
    try {
      const run = await this.#inFolder((folder) => readRun(folder, id));
      if (run === null) return;
      const lines = differingLines(run, this.noteIdentity());
      const same = this.differencesTo(run).length === 0 ||
        (numbers !== undefined && lines.length > 0 && lines.every(isNumberLine));
      if (same) await this.resume(run, numbers);
    } catch (error) {
      // The model is at the checkpoint, which is what was asked for.
      if (error instanceof CommError) throw error;
      this.#options.report(
        `run "${id}" was loaded, but it is not continued here, since its record cannot be written; ` +
          `the next save begins a new run: ${messageOf(error)}`,
      );
    }
  }

  /** The differences between a run and this model; empty if there are none. */
  differencesTo(run: RunRecord): string[] {
    return differencesFrom(run, this.noteIdentity());
  }

  /**
   * Refuses a run of another identity.
   *
   * @param numbers whose numbers win where those of the script and of the run differ; without it they must not.
   * @throws {RunIdentityError} when the identities differ.
   */
  requireSame(run: RunRecord, numbers?: NumbersFrom): void {
    const lines = differingLines(run, this.noteIdentity());
    refuseGeometry(run, lines, numbers);
    const differences = this.differencesTo(run);
    if (differences.length === 0) return;
    const onlyNumbers = lines.length > 0 && lines.every(isNumberLine);
    if (onlyNumbers && numbers !== undefined) return;
    throw new RunIdentityError(
      run.id,
      differences,
      `run "${run.id}" cannot be resumed: it is not the run of this script.\n  ` +
        `${differences.join("\n  ")}\n${onlyNumbers ? NUMBERS_ADVICE : IDENTITY_ADVICE}`,
    );
  }

  /**
   * Refuses to load from a run that has other numbers than the script, unless it is said which win.
   *
   * @throws {RunIdentityError} when they differ.
   */
  async requireSameNumbers(id: string, numbers?: NumbersFrom): Promise<RunRecord | null> {
    const run = await this.#inFolder((folder) => readRun(folder, id));
    if (run === null || Object.keys(run.identity).length === 0) return run;
    const current = this.noteIdentity();
    const lines = differingLines(run, current);
    refuseGeometry(run, lines, numbers);
    const differences = differencesFrom(run, current).filter((_, i) =>
      isNumberLine(lines[i] ?? "")
    );
    if (numbers !== undefined || differences.length === 0) return run;
    throw new RunIdentityError(
      run.id,
      differences,
      `a checkpoint of run "${run.id}" was not loaded: the script has set other numbers.\n  ` +
        `${differences.join("\n  ")}\n${LOAD_ADVICE}`,
    );
  }

  /** Puts the numbers of the script back where they differ from those of a run that was loaded. Collective. */
  takeNumbers(run: RunRecord): void {
    const lines = differingLines(run, this.noteIdentity()).filter(isNumberLine);
    allOrNone(this.#options.comm, () => this.#numbers!.apply(lines));
  }

  /** Records the final status of the run, and releases it. */
  async end(status: Exclude<RunStatus, "running">, message: string | null): Promise<void> {
    this.#record = await this.#inFolder(() => this.#note(status, message));
    this.close();
  }

  /** Ends the program as the signal asked. */
  async exit(signal: Deno.Signal): Promise<void> {
    await this.end("interrupted", signal);
    await this.#options.exit(exitCodeOf(signal));
  }

  /** Releases the run and stops listening for signals; not collective. */
  close(): void {
    this.#signals?.close();
    this.#signals = null;
    this.#locked?.close();
    this.#locked = null;
    this.#going = false;
  }

  /** Records the status, on the rank that holds the run. */
  #note(status: RunStatus, message: string | null): RunRecord | null {
    this.#locked?.setStatus(status, message, this.#options.now());
    return this.#locked?.record ?? this.#record;
  }

  /** Holds this run in place of the one that was held before. */
  #hold(locked: LockedRun): RunRecord {
    this.#locked?.close();
    this.#locked = locked;
    return locked.record;
  }

  /** Makes this the current run, and listens for signals. */
  #take(record: RunRecord): void {
    this.#signals?.close();
    this.#signals = null;
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
