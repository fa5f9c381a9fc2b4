import type { ChunkedBackend } from "../snapshot/chunks.ts";

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

/**
 * Counts the memory that several states share, each block once.
 *
 * State: none, it counts what the timeline keeps.
 */
export class BlockLedger {
  readonly #users = new Map<ArrayBufferView, number>();
  #bytes = 0;

  /** The bytes of all blocks in use. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds one user to each block. */
  add(blocks: Iterable<ArrayBufferView>): void {
    for (const block of blocks) {
      const users = this.#users.get(block) ?? 0;
      if (users === 0) this.#bytes += block.byteLength;
      this.#users.set(block, users + 1);
    }
  }

  /** Removes one user from each block. */
  remove(blocks: Iterable<ArrayBufferView>): void {
    for (const block of blocks) {
      const users = this.#users.get(block)! - 1;
      if (users > 0) this.#users.set(block, users);
      else {
        this.#users.delete(block);
        this.#bytes -= block.byteLength;
      }
    }
  }
}

/** What decides whether a kept state may be dropped. */
interface Thinnable {
  readonly step: number;
  readonly pin: string | null;
}

/**
 * Selects the kept state (oldest first) to drop: the one whose removal leaves the smallest gap relative to
 * its age. Repeated, this leaves states whose spacing grows in proportion to their age: many recent and few
 * old ones. The newest, the oldest and pinned ones stay; the oldest is dropped when nothing else is left.
 *
 * @returns its index; -1 if none may be dropped.
 */
export function thinnest(states: readonly Thinnable[]): number {
  const newest = states.length - 1;
  let best = -1, least = Infinity;
  for (let i = 1; i < newest; i++) {
    if (states[i].pin !== null) continue;
    const gap = states[i + 1].step - states[i - 1].step;
    const age = Math.max(1, states[newest].step - states[i].step);
    if (gap / age < least) [best, least] = [i, gap / age];
  }
  if (best < 0 && newest > 0 && states[0].pin === null) return 0;
  return best;
}
