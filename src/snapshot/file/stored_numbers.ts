/**
 * The numbers of one dataset, read in parts: straight from the disk where they are large, which leaves their checksum
 * to whoever reads; through the library where they are compressed; whole where they are small. Those were checked when
 * the file was opened.
 *
 * @module
 */
import { bytesOf } from "../../arrays.ts";
import type { SnapshotCorruptError } from "../../errors.ts";
import { hexOf, newXxh64, updateWith } from "../../xxh64.ts";
import type { SnapshotFile } from "./snapshot_file.ts";
import type { StoredRows } from "./source_file.ts";
import { damaged } from "./tail_reader.ts";

/** The numbers under one key of a file. */
export class StoredNumbers {
  readonly #file: SnapshotFile;
  readonly #key: string;
  readonly #stored: StoredRows | null;

  /** @throws {SnapshotCorruptError} when there is nothing under the key. */
  constructor(file: SnapshotFile, key: string) {
    this.#file = file;
    this.#key = key;
    this.#stored = file.storedRows(key);
  }

  /** Whether what is read has to be compared with the checksum of the whole. */
  get isUnchecked(): boolean {
    return this.#stored !== null;
  }

  /**
   * Reads the bytes from `first` on.
   *
   * @throws {Error} when they cannot be read, or are damaged.
   */
  read(into: Uint8Array, first: number): void {
    if (this.#stored !== null) return this.#stored.read(into, first);
    if (into.length === 0 || this.#file.readCompressed(this.#key, into, first)) return;
    const bytes = bytesOf(this.#file.entry(this.#key).data!);
    into.set(bytes.subarray(first, first + into.length));
  }

  /** The bytes from `first` to the end, of numbers that are not checked. */
  readFrom(first: number): Uint8Array {
    const rest = new Uint8Array(this.#stored!.bytes - first);
    this.#stored!.read(rest, first);
    return rest;
  }

  /** Whether all bytes, given piece by piece, match the checksum. */
  matches(pieces: Iterable<Uint8Array>): boolean {
    const hash = newXxh64();
    for (const piece of pieces) updateWith(hash, piece);
    return hexOf(hash.digest()) === this.#stored!.xxh64;
  }

  /** The error for bytes that do not match. */
  damage(): SnapshotCorruptError {
    const { file, dataset } = this.#stored!;
    return damaged(file, `${dataset} does not match its checksum`, [dataset]);
  }
}
