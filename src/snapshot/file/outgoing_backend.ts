/**
 * A capture to be sent to another thread.
 *
 * @module
 */
import { copyInto, kindOf, type TypedArray, viewOf } from "../../arrays.ts";
import type { CheckpointBackend, SnapshotEntry, SnapshotSharing } from "../contract.ts";
import type { BufferPool } from "../pool.ts";

/** Copies arrays that may change into lent buffers and keeps the others as they are. */
export class OutgoingBackend implements CheckpointBackend {
  /** Buffers of the pool that hold the copies. */
  readonly lent: ArrayBuffer[] = [];
  /** The keys of arrays that are replaced, never modified. */
  readonly frozen: Set<string> = new Set();
  readonly #entries = new Map<string, SnapshotEntry>();
  readonly #pool: BufferPool;
  #bytes = 0;

  /** @param pool Lends the buffers and gets them back when the save is done. */
  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** The size in bytes of all array data in the entries, including frozen arrays. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Stores an entry.
   *
   * @throws {RangeError} when the key is already in use.
   */
  put(key: string, entry: SnapshotEntry, sharing: SnapshotSharing): void {
    if (this.#entries.has(key)) throw new RangeError(`the key "${key}" is used twice`);
    const { data } = entry;
    this.#bytes += data?.byteLength ?? 0;
    if (data === null) this.#entries.set(key, entry);
    else if (sharing === "share") {
      this.frozen.add(key);
      this.#entries.set(key, entry);
    } else this.#entries.set(key, { ...entry, data: this.#copyOf(data) });
  }

  get(key: string): SnapshotEntry | undefined {
    return this.#entries.get(key);
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Returns buffers to their pool. */
  giveBack(buffers: readonly ArrayBuffer[]): void {
    this.#pool.give(buffers);
  }

  /** Returns all buffers to their pool, for a capture that is not sent. */
  release(): void {
    this.giveBack(this.lent.splice(0));
    this.#entries.clear();
    this.#bytes = 0;
  }

  #copyOf(data: TypedArray): TypedArray {
    const buffer = this.#pool.take(data.byteLength);
    this.lent.push(buffer);
    const copy = viewOf(kindOf(data), buffer, data.length) as TypedArray;
    copyInto(copy, data);
    return copy;
  }
}
