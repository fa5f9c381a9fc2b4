/**
 * The states that a reverse sweep keeps, in memory and in files.
 *
 * @module
 */
import { removeSnapshotFile } from "../archive/manage.ts";
import type { Comm } from "../comm/comm.ts";
import { onFirstRank } from "../run/first_rank.ts";
import { open, type Snapshot } from "../snapshot/snapshot.ts";

/** The part of a model that a reverse sweep needs. */
export interface Reversible {
  readonly comm: Comm;
  saveState(): Snapshot;
  saveState(options: { readonly file: string }): Promise<string>;
  loadState(from: Snapshot): void;
  loadState(from: string): Promise<void>;
}

/** The bytes of a state in memory; meshes that did not change are shared by all states, and do not count. */
export function ownBytesOf(state: Snapshot): number {
  return open(state).ownBytes;
}

/** States by the step that they are before. */
export class SweepStates {
  readonly #model: Reversible;
  readonly #folder: string;
  readonly #kept = new Map<number, Snapshot | string>();
  /**
   * Forgotten states whose buffers the next ones take. Many are forgotten in a row, more than the model's pool keeps,
   * and fresh memory costs far more than a copy.
   */
  readonly #spare: Snapshot[] = [];
  /** The state that the model has, where it was captured to see whether it fits. */
  #next: Snapshot | null = null;
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

  /** Whether the state that the model has fits into `budget` bytes on every rank; `keep` is to follow. Collective. */
  fitsIn(budget: number): boolean {
    this.#next ??= this.#capture();
    const over = this.#bytes + ownBytesOf(this.#next) > budget;
    const fits = this.#model.comm.allreduce(over ? 1 : 0, "max") === 0;
    if (!fits) {
      this.#next.release();
      this.#next = null;
    }
    return fits;
  }

  #capture(): Snapshot {
    this.#spare.pop()?.release();
    return this.#model.saveState();
  }

  /** Keeps the state that the model has. */
  async keep(step: number, onDisk: boolean): Promise<void> {
    if (onDisk) {
      const file = `${this.#folder}/before_${step}.snap.h5`;
      this.#kept.set(step, await this.#model.saveState({ file }));
      return;
    }
    const token = this.#next ?? this.#capture();
    this.#next = null;
    this.#kept.set(step, token);
    const bytes = ownBytesOf(token);
    this.#bytes += bytes;
    this.#largest = Math.max(this.#largest, bytes);
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
      this.#bytes -= ownBytesOf(state);
      this.#spare.push(state);
    }
  }

  /** Puts back the state before step 0, if it was kept. */
  async restoreFirst(): Promise<void> {
    if (this.#kept.has(0)) await this.restore(0);
  }

  /** Forgets all. */
  async clear(): Promise<void> {
    for (const step of [...this.#kept.keys()]) await this.drop(step);
    for (const state of this.#spare.splice(0)) state.release();
    this.#next?.release();
    this.#next = null;
  }
}
