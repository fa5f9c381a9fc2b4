/**
 * What ranks agree on after each step: whether to save, and whether a signal asks them to end. Clocks and
 * signals differ from rank to rank, what is done must not: the first rank says whether a checkpoint is due, and a
 * signal that came to one has come to all. It costs one small message for each step.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";

/** After this many milliseconds timers and signals are let in. */
const YIELD_AFTER = 50;

/** Decisions after a step. */
export class Agreement {
  readonly #comm: Comm;
  readonly #signals: readonly Deno.Signal[];
  readonly #received: () => Deno.Signal | null;
  #agreed: Deno.Signal | null = null;
  #rested = performance.now();

  /**
   * @param signals those that are listened for, the same on all ranks.
   * @param received the signal that came to this rank.
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
   * Whether all save now; a promise where they have to talk. Where a signal came to one of several ranks, the
   * last save is that for the signal.
   */
  save(due: boolean): boolean | Promise<boolean> {
    return this.#comm.size === 1 ? due : this.#talk(due).then((word) => word === 1);
  }

  /** The signal on which all end now, null for none; a promise where one may still come. */
  signal(saved: boolean): Deno.Signal | null | Promise<Deno.Signal | null> {
    if (this.#comm.size === 1) {
      return this.#isTired() ? this.#rest().then(this.#received) : this.#received();
    }
    // While a file was written, one may have come; all other steps have talked about it already.
    return saved ? this.#talk(false).then(() => this.#agreed) : this.#agreed;
  }

  /** Twice the place of the signal from 1, or else 1 where the first rank has something due. */
  async #talk(due: boolean): Promise<number> {
    if (this.#isTired()) await this.#rest();
    const received = this.#received();
    const place = received === null ? 0 : this.#signals.indexOf(received) + 1;
    const own = place > 0 ? 2 * place : due && this.#comm.rank === 0 ? 1 : 0;
    const word = this.#comm.allreduce(own, "max");
    this.#agreed = word > 1 ? this.#signals[word / 2 - 1] : null;
    return word;
  }

  /** True when it is time to let timers and signals run. */
  #isTired(): boolean {
    return performance.now() - this.#rested > YIELD_AFTER;
  }

  async #rest(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#rested = performance.now();
  }
}
