import type { ChunkedBackend } from "../snapshot/chunks.ts";
import { BlockLedger } from "./block_ledger.ts";

/** A kept state. */
export interface Moment {
  readonly step: number;
  readonly time: number;
  /** The name it is pinned under, or null. */
  pin: string | null;
  /** Pinned, and of a course that was rewound and left: found by its name only. */
  aside: boolean;
  readonly backend: ChunkedBackend;
}

/**
 * The states that a timeline keeps, in the order in which they were recorded.
 *
 * State: none, it is what the timeline keeps.
 */
export class Moments {
  readonly #ledger = new BlockLedger();
  #all: Moment[] = [];

  /** Every kept state. */
  get all(): readonly Moment[] {
    return this.#all;
  }

  /** Bytes of array memory, each block counted once. */
  get bytes(): number {
    return this.#ledger.bytes;
  }

  /** The states on the way to where the model is, oldest first: steps ascend. */
  course(): Moment[] {
    return this.#all.filter((moment) => !moment.aside);
  }

  /** Keeps one more. */
  add(moment: Moment): void {
    this.#ledger.add(moment.backend.blocks());
    this.#all.push(moment);
  }

  /** Forgets states. */
  drop(gone: (moment: Moment, index: number) => boolean): void {
    const kept: Moment[] = [];
    this.#all.forEach((moment, i) => {
      if (gone(moment, i)) this.#ledger.remove(moment.backend.blocks());
      else kept.push(moment);
    });
    this.#all = kept;
  }

  /** Forgets states of a course that the model has left; pinned ones stay aside. */
  leaveBehind(left: (moment: Moment, index: number) => boolean): void {
    this.#all.forEach((moment, i) => moment.aside ||= moment.pin !== null && left(moment, i));
    this.drop((moment, i) => moment.pin === null && left(moment, i));
  }

  /** @throws {RangeError} when no state has that pin. */
  pinned(name: string): Moment {
    const moment = this.#all.find(({ pin }) => pin === name);
    if (moment !== undefined) return moment;
    const pins = this.#all.flatMap(({ pin }) => pin === null ? [] : [`'${pin}'`]);
    throw new RangeError(`no state is pinned as '${name}'; pins are: ${pins.join(", ") || "none"}`);
  }

  /** @throws {RangeError} when no state has that step or pin. */
  named(which: number | string): Moment {
    if (typeof which === "string") return this.pinned(which);
    const moment = this.course().findLast(({ step }) => step === which);
    if (moment === undefined) throw new RangeError(`the timeline keeps no state of step ${which}`);
    return moment;
  }
}
