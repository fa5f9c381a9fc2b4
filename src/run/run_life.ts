/**
 * The life of a run in this process: begun or taken up, interrupted, failed or completed.
 *
 * @module
 */
import type { Model } from "../model/model.ts";
import type { Settled } from "./checkpoint_options.ts";
import type { CheckpointFolder } from "./folder.ts";
import { RunIdentityError } from "./run_errors.ts";
import { LockedRun, readRun, type RunRecord, type RunStatus } from "./run_record.ts";
import { differencesOf, type Identity, identityOf, signatureOf } from "./signature.ts";
import { exitCodeOf, SignalWatch } from "./signals.ts";

/** Begins, takes up and ends the run of one model. */
export class RunLife {
  readonly #model: Model;
  readonly #options: Settled;
  readonly #open: () => Promise<CheckpointFolder>;
  #identity: Identity | null = null;
  #locked: LockedRun | null = null;
  #over: RunRecord | null = null;
  #signals: SignalWatch | null = null;

  constructor(model: Model, options: Settled, open: () => Promise<CheckpointFolder>) {
    this.#model = model;
    this.#options = options;
    this.#open = open;
  }

  /** What is known of the run; null before it has begun. */
  get record(): RunRecord | null {
    return this.#locked?.record ?? this.#over;
  }

  /** True between its begin and its end. */
  get going(): boolean {
    return this.#locked !== null;
  }

  /** The signal that asked it to end, if one did. */
  get signal(): Deno.Signal | null {
    return this.#signals?.received ?? null;
  }

  /** Notes what the model is, the first time; later it is shaped by the run. */
  noteIdentity(): Identity {
    return this.#identity ??= identityOf(this.#model, this.#options.identity);
  }

  /** Begins a new run. */
  async begin(): Promise<RunRecord> {
    const identity = this.noteIdentity();
    const signature = await signatureOf(identity);
    const { name, random: { seed } } = this.#model;
    const folder = await this.#open();
    const now = this.#options.now();
    this.#take(await LockedRun.begin(folder, { name, seed, signature, identity }, now));
    return this.record!;
  }

  /** Takes up a run that nobody holds; false where somebody does. */
  async resume(run: RunRecord): Promise<boolean> {
    const locked = await LockedRun.resume(await this.#open(), run, this.#options.now());
    if (locked !== null) this.#take(locked);
    return locked !== null;
  }

  /**
   * Takes up the run of a checkpoint that was loaded, where it is this run and nobody holds it; otherwise
   * the next save begins a new one.
   */
  async adopt(id: string): Promise<void> {
    const run = readRun(await this.#open(), id);
    if (run !== null && this.differencesTo(run).length === 0) await this.resume(run);
  }

  /** What differs between a run and this model; empty when it is the same. */
  differencesTo(run: RunRecord): string[] {
    return differencesOf(run.identity, this.noteIdentity());
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
  end(status: Exclude<RunStatus, "running">, message: string | null): void {
    this.#locked?.setStatus(status, message, this.#options.now());
    this.close();
  }

  /** Ends the process as the signal asked. */
  exit(signal: Deno.Signal): void {
    this.end("interrupted", signal);
    this.#options.exit(exitCodeOf(signal));
  }

  /** Lets go of the run and of the signals. */
  close(): void {
    this.#signals?.stop();
    this.#signals = null;
    this.#over = this.record;
    this.#locked?.release();
    this.#locked = null;
  }

  #take(locked: LockedRun): void {
    this.close();
    this.#locked = locked;
    if (!this.#options.signals) return;
    this.#signals = new SignalWatch((code) => {
      const message = "two signals: the last step was not saved";
      this.end("interrupted", message);
      this.#options.exit(code);
    });
  }
}
