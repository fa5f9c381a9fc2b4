import { copyInto, kindOf, viewOf } from "../arrays.ts";
import type { CheckpointBackend, SnapshotEntry, SnapshotSharing } from "./contract.ts";
import type { BufferPool } from "./pool.ts";

/**
 * Keeps entries in memory. Copies go into buffers borrowed from a pool; `release` returns them.
 *
 * @example
 * ```ts
 * import { MemoryBackend } from "@timestash/timestash";
 *
 * const backend = new MemoryBackend();
 * const data = Float64Array.of(1, 2);
 * backend.put("u", { kind: "array", data, shape: [2], attributes: {} }, "copy");
 * data[0] = 9;
 * console.log(backend.get("u")?.data?.[0]); // 1
 * ```
 */
export class MemoryBackend implements CheckpointBackend {
  readonly #entries = new Map<string, SnapshotEntry>();
  readonly #pool: BufferPool | null;
  #borrowed: ArrayBuffer[] = [];
  #bytes = 0;

  /**
   * Creates a backend without entries.
   *
   * @param pool The pool to borrow buffers from; without a pool, buffers are allocated.
   */
  constructor(pool: BufferPool | null = null) {
    this.#pool = pool;
  }

  /** The size in bytes of all array data in the entries, including shared arrays. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The size in bytes of the data that no other backend shares, as it lies in memory. */
  get ownBytes(): number {
    return this.#borrowed.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /**
   * Stores an entry.
   *
   * @throws {RangeError} when the key is already in use.
   */
  put(key: string, entry: SnapshotEntry, sharing: SnapshotSharing): void {
    if (this.#entries.has(key)) throw new RangeError(`the key "${key}" is used twice`);
    const data = entry.data;
    if (data !== null) this.#bytes += data.byteLength;
    this.#entries.set(key, data === null || sharing === "share" ? entry : this.#copyOf(entry));
  }

  /** The entry under `key`; its data is read-only. */
  get(key: string): SnapshotEntry | undefined {
    return this.#entries.get(key);
  }

  /** All keys, parents before children, in the order of capture. */
  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Borrows at least `bytes` bytes for data that will be shared with an entry, until `release`. */
  borrow(bytes: number): ArrayBuffer {
    if (this.#pool === null) return new ArrayBuffer(bytes);
    const buffer = this.#pool.take(bytes);
    this.#borrowed.push(buffer);
    return buffer;
  }

  /** Removes all entries and returns borrowed buffers to the pool. */
  release(): void {
    this.#pool?.give(this.#borrowed);
    this.#borrowed = [];
    this.#entries.clear();
    this.#bytes = 0;
  }

  #copyOf(entry: SnapshotEntry): SnapshotEntry {
    const data = entry.data!;
    const kind = kindOf(data);
    const copy = viewOf(kind, this.borrow(data.byteLength), data.length);
    copyInto(copy, data);
    const { shape, attributes, keys, className } = entry;
    return { kind: entry.kind, data: copy, shape, attributes, keys, className };
  }
}
