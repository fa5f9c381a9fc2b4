/**
 * A snapshot file as the HDF5 library reads it. Everything except large datasets is read once,
 * compared with its checksums, and then served from memory, so the library parses exactly the bytes
 * that were checked. Large datasets are checked while they are read into their arrays.
 *
 * @module
 */
import type { StreamingHash } from "../../deps/xxhash.ts";
import type { VirtualFile } from "./deno_fs.ts";
import { hashBytes, hexOf, newXxh64 } from "../../xxh64.ts";
import { type LayerFile, readFully } from "./file_layer.ts";
import { LARGE } from "./format.ts";
import { damaged, type Tail } from "./tail_reader.ts";
import type { Segment } from "./trailer.ts";

/** Compressed arrays beyond this size are checked, then read from disk again; small ones and structure are kept. */
const KEPT_BYTES = 256 << 20;

/** The number of bytes in adjacent segments that are read at once. */
const RUN = 4 << 20;

/** The number of bytes hashed at a time, while they are in the cache. */
const STEP = 1 << 16;

/** The numbers of a large dataset, which can be read in parts; the reader compares the checksum. */
export interface StoredRows {
  /** The file that holds them, and the dataset in it, for errors. */
  readonly file: string;
  readonly dataset: string;
  /** How many bytes they take. */
  readonly bytes: number;
  /** The hash of all of them. */
  readonly xxh64: string;
  /**
   * Reads the bytes from `first` on.
   *
   * @throws {Error} the system's error.
   */
  readonly read: (into: Uint8Array, first: number) => void;
}

/** A file open for reading; everything is checked if there is a tail, and nothing otherwise. */
export class SourceFile implements VirtualFile {
  /** Large datasets whose bytes did not match their checksums when read. */
  readonly damagedDatasets: Set<string> = new Set();
  /** The error that the layer threw, if any. */
  failure: Error | null = null;
  readonly #path: string;
  readonly #file: LayerFile;
  readonly #segments: readonly Segment[];
  readonly #kept = new Map<Segment, Uint8Array>();
  readonly #length: number;
  #running: { segment: Segment; hash: StreamingHash; next: number } | null = null;

  /**
   * @param keptBytes The most bytes of compressed arrays that are kept in memory.
   * @throws {SnapshotCorruptError} when anything but a large dataset is damaged.
   */
  constructor(path: string, file: LayerFile, tail: Tail | null, keptBytes: number = KEPT_BYTES) {
    this.#path = path;
    this.#file = file;
    this.#segments = tail?.manifest.segments ?? [];
    this.#length = tail?.trailer.hdf5Length ?? file.size();
    if (tail === null) return;
    const early = this.#segments.filter((segment) => !isLarge(segment));
    const bytes = early.reduce((sum, { length }) => sum + length, 0);
    const compressed = early.reduce((sum, { length, part }) => sum + (part ? length : 0), 0);
    const all = compressed <= keptBytes && bytes <= KEPT_BYTES;
    const some = bytes - compressed <= KEPT_BYTES;
    for (const run of runsOf(early)) this.#checkRun(path, run, all, some);
  }

  /** True if everything that is read is compared with its checksum. */
  get verified(): boolean {
    return this.#segments.length > 0;
  }

  size(): number {
    return this.#length;
  }

  read(target: Uint8Array, position: number): number {
    const wanted = Math.max(0, Math.min(target.length, this.#length - position));
    try {
      for (let done = 0; done < wanted;) {
        const at = position + done;
        const segment = this.#segmentAt(at);
        const end = segment === null ? this.#length : segment.offset + segment.length;
        const piece = target.subarray(done, Math.min(wanted, done + end - at));
        const kept = segment === null ? undefined : this.#kept.get(segment);
        if (kept) {
          piece.set(kept.subarray(at - segment!.offset, at - segment!.offset + piece.length));
        } else if (readFully(this.#file, piece, at) < piece.length) return -1;
        done += piece.length;
      }
      return wanted;
    } catch (error) {
      this.failure ??= error as Error;
      return -1;
    }
  }

  /** Reads the bytes of a large dataset into its array; returns false if they are damaged. */
  transfer(bytes: Uint8Array, position: number): boolean {
    try {
      const segment = this.#segmentAt(position);
      if (segment === null) return readFully(this.#file, bytes, position) === bytes.length;
      if (this.#kept.has(segment)) return this.read(bytes, position) === bytes.length;
      return this.#readChecked(segment, bytes, position);
    } catch (error) {
      this.failure ??= error as Error;
      return false;
    }
  }

  /** Where the numbers of a large dataset are; null for others, which are kept here or have no checksum. */
  storedRows(dataset: string): StoredRows | null {
    const segment = this.#segments.find((one) => one.dataset === dataset && isLarge(one));
    if (segment === undefined) return null;
    const { offset, length: bytes, xxh64 } = segment, file = this.#path;
    const read = (into: Uint8Array, first: number): void => {
      if (readFully(this.#file, into, offset + first) === into.length) return;
      throw damaged(file, `${dataset} is cut short`, [dataset]);
    };
    return { file, dataset, bytes, xxh64, read };
  }

  write(): void {}

  truncate(): void {}

  /** Releases the file handle and all cached data. */
  close(): void {
    this.#kept.clear();
    this.#file.close();
  }

  /** Reads a dataset, possibly in several pieces in order; the last piece checks the checksum. */
  #readChecked(segment: Segment, bytes: Uint8Array, position: number): boolean {
    if (this.#running?.segment !== segment || this.#running.next !== position) {
      if (position !== segment.offset) return false;
      this.#running = { segment, hash: newXxh64(), next: position };
    }
    const { hash } = this.#running;
    for (let at = 0; at < bytes.length; at += 16 * STEP) {
      const slab = bytes.subarray(at, at + 16 * STEP);
      if (readFully(this.#file, slab, position + at) < slab.length) return false;
      for (let i = 0; i < slab.length; i += STEP) hash.update(slab.subarray(i, i + STEP));
    }
    this.#running.next += bytes.length;
    if (this.#running.next < segment.offset + segment.length) return true;
    this.#running = null;
    if (hexOf(hash.digest()) === segment.xxh64) return true;
    this.damagedDatasets.add(segment.dataset ?? "");
    return false;
  }

  /** Reads adjacent segments at once and compares each with its checksum; keeps all, or those not compressed. */
  #checkRun(path: string, run: readonly Segment[], all: boolean, some: boolean): void {
    const start = run[0].offset, last = run[run.length - 1];
    const bytes = new Uint8Array(last.offset + last.length - start);
    const count = readFully(this.#file, bytes, start);
    for (const segment of run) {
      const { offset, length, xxh64, dataset, part } = segment;
      const piece = bytes.subarray(offset - start, offset - start + length);
      if (count < bytes.length || hexOf(hashBytes(piece)) !== xxh64) {
        const what = dataset ?? `the structure (bytes ${offset} to ${offset + length})`;
        const names = dataset === undefined ? [] : [dataset];
        throw damaged(path, `${what} does not match its checksum`, names);
      }
      if (all) this.#kept.set(segment, piece);
      else if (some && !part) this.#kept.set(segment, piece.slice());
    }
  }

  #segmentAt(position: number): Segment | null {
    const segments = this.#segments;
    let low = 0, high = segments.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const { offset, length } = segments[middle];
      if (position < offset) high = middle - 1;
      else if (position >= offset + length) low = middle + 1;
      else return segments[middle];
    }
    return null;
  }
}

function isLarge({ dataset, part, length }: Segment): boolean {
  return dataset !== undefined && !part && length >= LARGE;
}

/** Groups adjacent segments into runs of a few megabytes. */
function* runsOf(segments: readonly Segment[]): Generator<Segment[]> {
  let run: Segment[] = [], end = 0, bytes = 0;
  for (const segment of segments) {
    if (run.length > 0 && (segment.offset !== end || bytes + segment.length > RUN)) {
      yield run;
      run = [];
      bytes = 0;
    }
    run.push(segment);
    bytes += segment.length;
    end = segment.offset + segment.length;
  }
  if (run.length > 0) yield run;
}
