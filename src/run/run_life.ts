/**
 * The life of a run in this program: begun or taken up, interrupted, failed or completed. All ranks know how it
 * stands; the lock and the file are the first one's.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { Model } from "../model/model.ts";
import type { ResolvedOptions } from "./checkpoint_options.ts";
import { fromFirstRank } from "./first_rank.ts";
import type { FolderWork } from "./checkpoint_folder.ts";
import { RunIdentityError } from "../errors.ts";
import { LockedRun, readRun, type RunRecord, type RunStatus } from "./run_record.ts";
import { identityDifferences, identityOf, type RunIdentity, signatureOf } from "./run_identity.ts";
import { exitCodeOf, SignalWatch } from "./signals.ts";

/** Milliseconds that the first rank has to write down that nobody waits any more. */
const TIME_TO_WRITE = 200;

/** Begins, takes up and ends the run of one model. */
export class RunLife {
  readonly #model: Model;
  readonly #options: ResolvedOptions;
  readonly #inFolder: FolderWork;
  #identity: RunIdentity | null = null;
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

  /** What is known of the run; null before it has begun. */
  get record(): RunRecord | null {
    return this.#record;
  }

  /** True between its begin and its end. */
  get going(): boolean {
    return this.#going;
  }

  /** The signal that asked this process to end, if one did. */
  get signal(): Deno.Signal | null {
    return this.#signals?.received ?? null;
  }

  /** Notes what the model is, the first time; later it is shaped by the run. Collective then. */
  noteIdentity(): RunIdentity {
    const { comm } = this.#options;
    return this.#identity ??= fromFirstRank(
      comm,
      allOrNone(comm, () => identityOf(this.#model, this.#options.identity)),
    );
  }

  /** Begins a new run. */
  async begin(): Promise<RunRecord> {
    const identity = this.noteIdentity();
    const signature = await signatureOf(identity);
    const { name, random: { seed } } = this.#model;
    const record = await this.#inFolder(async (folder) => {
      const of = { name, seed, signature, identity };
      return this.#hold(await LockedRun.begin(folder, of, this.#options.now()));
    });
    this.#take(record);
    return record;
  }

  /** Takes up a run that nobody holds; false where somebody does. */
  async resume(run: RunRecord): Promise<boolean> {
    const record = await this.#inFolder(async (folder) => {
      const locked = await LockedRun.resume(folder, run, this.#options.now());
      return locked === null ? null : this.#hold(locked);
    });
    if (record !== null) this.#take(record);
    return record !== null;
  }

  /**
   * Takes up the run of a checkpoint that was loaded, where it is this run and nobody holds it; otherwise
   * the next save begins a new one.
   */
  async adopt(id: string): Promise<void> {
    const run = await this.#inFolder((folder) => readRun(folder, id));
    if (run !== null && this.differencesTo(run).length === 0) await this.resume(run);
  }

  /** What differs between a run and this model; empty when it is the same. */
  differencesTo(run: RunRecord): string[] {
    return identityDifferences(run.identity, this.noteIdentity());
  }

  /**
   * Refuses a run of another identity.
   *
   * @throws {RunIdentityError} when it is one.
   */
  requireSame(run: RunRecord): void {
    const differences = this.differencesTo(run);
    if (differences.length === 0) return;
    throw new RunIdentityError(
      run.id,
      differences,
      `run "${run.id}" cannot be resumed: it is not the run of this script.\n  ` +
        `${
          differences.join("\n  ")
        }\nPut these back as they were, or pass { onMismatch: "start" } to ` +
        'begin a new run beside it, or { onMismatch: "resume" } to go on with it all the same',
    );
  }

  /** Writes down how the run stands, and lets go of it when it is over. */
  async end(status: Exclude<RunStatus, "running">, message: string | null): Promise<void> {
    this.#record = await this.#inFolder(() => this.#note(status, message));
    this.close();
  }

  /** Ends the program as the signal asked. */
  async exit(signal: Deno.Signal): Promise<void> {
    await this.end("interrupted", signal);
    await this.#options.exit(exitCodeOf(signal));
  }

  /** Lets go of the run and of the signals; every rank for itself. */
  close(): void {
    this.#signals?.stop();
    this.#signals = null;
    this.#locked?.release();
    this.#locked = null;
    this.#going = false;
  }

  /** Writes down how it stands, where that is known. */
  #note(status: RunStatus, message: string | null): RunRecord | null {
    this.#locked?.setStatus(status, message, this.#options.now());
    return this.#locked?.record ?? this.#record;
  }

  /** Takes the place of the run that was held before. */
  #hold(locked: LockedRun): RunRecord {
    this.#locked?.release();
    this.#locked = locked;
    return locked.record;
  }

  /** From now on the run is this one. */
  #take(record: RunRecord): void {
    this.#signals?.stop();
    this.#signals = null;
    this.#record = record;
    this.#going = true;
    if (this.#options.signals.length === 0) return;
    this.#signals = new SignalWatch(this.#options.signals, (code) => {
      // No rank waits for another now; but who leaves takes the others along, and the first has to write.
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
