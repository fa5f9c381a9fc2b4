import type { TypedArray } from "../arrays.ts";
import type { KindCode } from "./codec.ts";

/** A message that has arrived. */
export interface Parcel {
  readonly tag: number;
  readonly code: KindCode;
  readonly room: TypedArray;
}

/** Messages that arrived before they were asked for, by sender, in the order of sending. */
export class Mailbox {
  readonly #queues: Parcel[][];

  constructor(size: number) {
    this.#queues = Array.from({ length: size }, () => []);
  }

  /** Stores a message. */
  put(from: number, parcel: Parcel): void {
    this.#queues[from].push(parcel);
  }

  /** Removes and returns the oldest message of one sender with one tag. */
  take(from: number, tag: number): Parcel | undefined {
    const queue = this.#queues[from];
    for (let i = 0; i < queue.length; i++) {
      if (queue[i].tag === tag) return queue.splice(i, 1)[0];
    }
    return undefined;
  }

  /** Whether such a message has arrived. */
  has(from: number, tag: number): boolean {
    return this.#queues[from].some((parcel) => parcel.tag === tag);
  }
}
