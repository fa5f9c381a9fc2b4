/**
 * A snapshot file as the HDF5 library writes it. Every write goes to the layer, and the ranges that
 * belong to datasets are recorded for the manifest.
 *
 * @module
 */
import type { VirtualFile } from "./deno_fs.ts";
import { type LayerFile, readFully, writeFully } from "./file_layer.ts";

/** A range of the file that belongs to one dataset. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
  readonly dataset: string;
  /** True if the range is a compressed part of the numbers rather than the numbers themselves. */
  readonly part: boolean;
}

/** Shorter writes between compressed chunks are the library's internal tables. */
const SHORTEST_CHUNK = 512;

/** Receives the library's bytes; after the first failure, nothing more is written. */
export class TargetFile implements VirtualFile {
  /** The error that the layer threw, if any. */
  failure: Error | null = null;
  readonly #file: LayerFile;
  readonly #extents: Extent[] = [];
  #size = 0;
  #dataset: { path: string; bytes: Uint8Array; compressed: boolean } | null = null;

  constructor(file: LayerFile) {
    this.#file = file;
  }

  /** The ranges of the datasets, in file order. */
  get extents(): readonly Extent[] {
    return this.#extents.toSorted((a, b) => a.offset - b.offset);
  }

  /** Runs `work`, in which the library writes the numbers of one dataset. */
  writing(path: string, bytes: Uint8Array, compressed: boolean, work: () => void): void {
    this.#dataset = { path, bytes, compressed };
    try {
      work();
    } finally {
      this.#dataset = null;
    }
  }

  size(): number {
    return this.#size;
  }

  read(target: Uint8Array, position: number): number {
    if (this.failure !== null) return 0;
    return this.#guard(() => readFully(this.#file, target, position)) ?? -1;
  }

  write(source: Uint8Array, position: number): void {
    this.#put(source, position);
    if (this.#dataset === null) return;
    const { path, bytes, compressed } = this.#dataset;
    const belongs = compressed ? source.length >= SHORTEST_CHUNK : same(source, bytes);
    if (belongs) this.#note(position, source.length, path, compressed);
  }

  truncate(size: number): void {
    this.#size = size;
    if (this.failure === null) this.#guard(() => this.#file.truncate(size));
  }

  transfer(bytes: Uint8Array, position: number): boolean {
    // System calls accept only non-shared memory.
    const shared = bytes.buffer instanceof SharedArrayBuffer;
    this.#put(shared ? new Uint8Array(bytes) : bytes, position);
    if (this.#dataset !== null) this.#note(position, bytes.length, this.#dataset.path, false);
    return true;
  }

  #put(source: Uint8Array, position: number): void {
    this.#size = Math.max(this.#size, position + source.length);
    if (this.failure === null) this.#guard(() => writeFully(this.#file, source, position));
  }

  #note(offset: number, length: number, dataset: string, part: boolean): void {
    const last = this.#extents.at(-1);
    if (!part && last?.dataset === dataset && last.offset + last.length === offset) {
      this.#extents[this.#extents.length - 1] = { ...last, length: last.length + length };
    } else this.#extents.push({ offset, length, dataset, part });
  }

  #guard<R>(work: () => R): R | null {
    try {
      return work();
    } catch (error) {
      this.failure = error as Error;
      return null;
    }
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
