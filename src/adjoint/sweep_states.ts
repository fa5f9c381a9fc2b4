/**
 * The states that a reverse sweep keeps, in memory and in files.
 *
 * @module
 */
import { removeSnapshotFile } from "../archive/manage.ts";
import type { Comm } from "../comm/comm.ts";
import { onFirstRank } from "../run/first_rank.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** The part of a model that a reverse sweep needs. */
export interface Reversible {
  readonly comm: Comm;
  saveState(): Snapshot;
  saveState(options: { readonly file: string }): Promise<string>;
  loadState(from: Snapshot): void;
  loadState(from: string): Promise<void>;
}

/** States by the step that they are before. */
export class SweepStates {
  readonly #model: Reversible;
  readonly #folder: string;
  readonly #kept = new Map<number, Snapshot | string>();
  #bytes = 0;
  #peakBytes = 0;
  #largest = 0;

  /** @param folder for states in files; without a slash at the end. */
  constructor(model: Reversible, folder: string) {
    this.#model = model;
    this.#folder = folder;
  }

  /** The most bytes that kept states had in memory at once, on this rank. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** How many states are kept. */
  get count(): number {
    return this.#kept.size;
  }

  /** How many states fit into `budget` bytes on every rank, if all that come are as large as the largest so far. */
  roomIn(budget: number): number {
    const left = Math.floor((budget - this.#bytes) / Math.max(1, this.#largest));
    return this.#model.comm.allreduce(Math.max(0, left), "min") + this.count;
  }

  /** Keeps the state that the model has. */
  async keep(step: number, onDisk: boolean): Promise<void> {
    if (onDisk) {
      const file = `${this.#folder}/before_${step}.snap.h5`;
      this.#kept.set(step, await this.#model.saveState({ file }));
      return;
    }
    const token = this.#model.saveState();
    this.#kept.set(step, token);
    this.#bytes += token.bytes;
    this.#largest = Math.max(this.#largest, token.bytes);
    this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
  }

  /** Puts a state back; it stays kept. */
  async restore(step: number): Promise<void> {
    const state = this.#kept.get(step)!;
    if (typeof state === "string") await this.#model.loadState(state);
    else this.#model.loadState(state);
  }

  /** Forgets a state. */
  async drop(step: number): Promise<void> {
    const state = this.#kept.get(step)!;
    this.#kept.delete(step);
    if (typeof state === "string") {
      await onFirstRank(this.#model.comm, () => removeSnapshotFile(state));
    } else {
      this.#bytes -= state.bytes;
      state.release();
    }
  }

  /** Puts back the state before step 0, if it was kept. */
  async restoreFirst(): Promise<void> {
    if (this.#kept.has(0)) await this.restore(0);
  }

  /** Forgets all. */
  async clear(): Promise<void> {
    for (const step of [...this.#kept.keys()]) await this.drop(step);
  }
}
