import type { ChunkedBackend } from "../snapshot/chunks.ts";
import { BlockLedger } from "./block_ledger.ts";

/** A state that the timeline keeps. */
export interface KeptState {
  readonly step: number;
  readonly time: number;
  /** The name it is pinned under, or null. */
  pin: string | null;
  /** Whether it is pinned but no longer on the model's course, after a rewind; then only its name finds it. */
  aside: boolean;
  readonly backend: ChunkedBackend;
}

/**
 * The states that a timeline keeps, in the order in which they were recorded.
 *
 * State: none, it holds what the timeline keeps.
 */
export class KeptStates {
  readonly #ledger = new BlockLedger();
  #all: KeptState[] = [];

  /** Every kept state. */
  get all(): readonly KeptState[] {
    return this.#all;
  }

  /** The bytes of array memory, each block counted once. */
  get bytes(): number {
    return this.#ledger.bytes;
  }

  /** The states on the model's course, oldest first: their steps increase. */
  course(): KeptState[] {
    return this.#all.filter((kept) => !kept.aside);
  }

  /** Adds a state. */
  add(kept: KeptState): void {
    this.#ledger.add(kept.backend.blocks());
    this.#all.push(kept);
  }

  /** Drops states. */
  drop(gone: (kept: KeptState, index: number) => boolean): void {
    const staying: KeptState[] = [];
    this.#all.forEach((kept, i) => {
      if (gone(kept, i)) this.#ledger.remove(kept.backend.blocks());
      else staying.push(kept);
    });
    this.#all = staying;
  }

  /** Drops states of a course that the model has left; pinned ones are kept aside. */
  leaveBehind(left: (kept: KeptState, index: number) => boolean): void {
    this.#all.forEach((kept, i) => kept.aside ||= kept.pin !== null && left(kept, i));
    this.drop((kept, i) => kept.pin === null && left(kept, i));
  }

  /** @throws {RangeError} when there is no state with that pin. */
  pinned(name: string): KeptState {
    const kept = this.#all.find(({ pin }) => pin === name);
    if (kept !== undefined) return kept;
    const pins = this.#all.flatMap(({ pin }) => pin === null ? [] : [`'${pin}'`]);
    throw new RangeError(
      `no state is pinned as '${name}'; the pins are: ${pins.join(", ") || "none"}`,
    );
  }

  /** @throws {RangeError} when there is no state with that step or pin. */
  named(which: number | string): KeptState {
    if (typeof which === "string") return this.pinned(which);
    const kept = this.course().findLast(({ step }) => step === which);
    if (kept === undefined) {
      throw new RangeError(`the timeline does not keep a state of step ${which}`);
    }
    return kept;
  }
}
