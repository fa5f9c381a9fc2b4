/**
 * Entries as they are sent to the thread that saves. Arrays that the thread already has are sent by number.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";
import type { OutgoingBackend } from "../snapshot/file/outgoing_backend.ts";
import { copyArray, lendArray, type SentEntry } from "./save_messages.ts";

/** Frozen arrays of at least this size stay with the thread and are not sent again. */
const WORTH_KEEPING = 1 << 16;

/** The numbers of saves and of frozen arrays, unique in this process. */
let count = 0;
const numbers = new WeakMap<TypedArray, number>();

/** A number that nothing else in this process has. */
export function nextNumber(): number {
  return count++;
}

/** The entries of one message. */
export class Outgoing {
  /** The numbers of the arrays that the thread keeps after this message. */
  readonly now: Set<number> = new Set();
  readonly #kept: ReadonlySet<number>;

  /** @param kept the numbers of the arrays that the thread has kept from the last message. */
  constructor(kept: ReadonlySet<number>) {
    this.#kept = kept;
  }

  /** What was captured: copies are lent, and frozen arrays are copied or known. */
  captured(from: OutgoingBackend): [string, SentEntry][] {
    const entries: [string, SentEntry][] = [];
    for (const key of from.keys()) {
      const { kind, data, shape, attributes, keys, className } = from.get(key)!;
      const rest = { kind, shape, attributes, keys, className };
      if (data === null) entries.push([key, { ...rest, data }]);
      else if (from.frozen.has(key)) entries.push([key, this.#frozen(rest, data)]);
      else entries.push([key, { ...rest, data: lendArray(data) }]);
    }
    return entries;
  }

  #frozen(rest: Omit<SentEntry, "data" | "kept">, data: TypedArray): SentEntry {
    if (data.byteLength < WORTH_KEEPING) return { ...rest, data: copyArray(data) };
    let number = numbers.get(data);
    if (number === undefined) numbers.set(data, number = count++);
    const known = this.#kept.has(number) || this.now.has(number);
    this.now.add(number);
    return { ...rest, data: known ? null : copyArray(data), kept: number };
  }
}
