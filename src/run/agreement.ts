/**
 * Lets the ranks agree after each step on whether to save, and on whether a signal asks them to end. Clocks
 * and signals differ from rank to rank, but all ranks have to do the same: the first rank decides whether a
 * checkpoint is due, and a signal to one rank counts for all. This costs one small message per step.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";

/** The time in milliseconds after which timers and signals are allowed to run. */
const YIELD_AFTER = 50;

/** The decisions after a step. */
export class Agreement {
  readonly #comm: Comm;
  readonly #signals: readonly Deno.Signal[];
  readonly #received: () => Deno.Signal | null;
  #agreed: Deno.Signal | null = null;
  #rested = performance.now();

  /**
   * @param signals the signals to listen for, the same on all ranks.
   * @param received returns the signal that this rank received.
   */
  constructor(
    comm: Comm,
    signals: readonly Deno.Signal[],
    received: () => Deno.Signal | null,
  ) {
    this.#comm = comm;
    this.#signals = signals;
    this.#received = received;
  }

  /**
   * Whether all ranks save now; a promise if they have to communicate. If one of several ranks received a
   * signal, the answer is no, since the save for the signal follows.
   */
  save(due: boolean, wanted = false): boolean | Promise<boolean> {
    if (this.#comm.size === 1) return due || wanted;
    return this.#talk((due && this.#comm.rank === 0) || wanted).then((word) => word === 1);
  }

  /** The signal for which all ranks end now, or null; a promise if one may still arrive. */
  signal(saved: boolean): Deno.Signal | null | Promise<Deno.Signal | null> {
    if (this.#comm.size === 1) {
      return this.#isTired() ? this.#rest().then(this.#received) : this.#received();
    }
    // A signal may have arrived while a file was written; otherwise the ranks have exchanged it already.
    return saved ? this.#talk(false).then(() => this.#agreed) : this.#agreed;
  }

  /** Returns twice the number of the signal (from 1); without one, 1 if a rank asks for a save. */
  async #talk(saves: boolean): Promise<number> {
    if (this.#isTired()) await this.#rest();
    const received = this.#received();
    const place = received === null ? 0 : this.#signals.indexOf(received) + 1;
    const own = place > 0 ? 2 * place : saves ? 1 : 0;
    const word = this.#comm.allreduce(own, "max");
    this.#agreed = word > 1 ? this.#signals[word / 2 - 1] : null;
    return word;
  }

  /** Whether it is time to let timers and signals run. */
  #isTired(): boolean {
    return performance.now() - this.#rested > YIELD_AFTER;
  }

  async #rest(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#rested = performance.now();
  }
}
