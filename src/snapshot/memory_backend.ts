import { copyInto, kindOf, viewOf } from "../arrays.ts";
import type { CheckpointBackend, SnapshotEntry, SnapshotSharing } from "./contract.ts";
import type { BufferPool } from "./pool.ts";

/**
 * Entries in memory. Copies go into buffers borrowed from a pool; `release` gives them back.
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
   * No entries yet.
   *
   * @param pool where buffers come from; without one they are allocated.
   */
  constructor(pool: BufferPool | null = null) {
    this.#pool = pool;
  }

  /** Bytes of array data that the entries hold, shared arrays included. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Keeps an entry.
   *
   * @throws {RangeError} when the key is taken.
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

  /** Memory of at least `bytes` bytes, for data that will be put here to share; back with `release`. */
  borrow(bytes: number): ArrayBuffer {
    if (this.#pool === null) return new ArrayBuffer(bytes);
    const buffer = this.#pool.take(bytes);
    this.#borrowed.push(buffer);
    return buffer;
  }

  /** Forgets all entries and gives borrowed buffers back. */
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
