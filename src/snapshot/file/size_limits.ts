/**
 * Compares what a file says of its sizes with its own length, before memory is allocated for it.
 * Checksums do not help here: the writer of a hostile file computes them, too.
 *
 * @module
 */
import type { ReadDescription } from "../../deps/h5wasm.ts";
import { elementsOf } from "./hdf5_types.ts";

/**
 * Compressed data may be larger than the file, up to this factor for all of it, and in any case up
 * to this many bytes. (Numbers that are all equal shrink to about a thousandth; a whole file of
 * them is either small or not a model.)
 */
const MOST_SHRUNK = 200, ALWAYS_ALLOWED = 256 << 20;

/** What may still be read from one file. */
export class SizeLimits {
  readonly #fileLength: number;
  readonly #known = new Set<string>();
  #plain: number;
  #compressed: number;

  /** @param fileLength the length of the HDF5 data in bytes. */
  constructor(fileLength: number) {
    this.#fileLength = fileLength;
    this.#plain = fileLength;
    this.#compressed = Math.max(ALWAYS_ALLOWED, MOST_SHRUNK * fileLength);
  }

  /**
   * @param filtered whether the numbers are compressed.
   * @throws {Error} when the dataset, with those before it, holds more than the file can, or has
   *   its numbers in other datasets.
   */
  requireDataset(path: string, found: ReadDescription, filtered: boolean): void {
    if (found.virtual_sources !== undefined) {
      throw new Error(`${path} is a virtual dataset, whose numbers are somewhere else`);
    }
    if (this.#known.has(path)) return;
    const bytes = elementsOf(found.shape ?? []) * found.size;
    if (filtered) this.#compressed -= bytes;
    else this.#plain -= bytes;
    // Written so that NaN fails.
    if (!(this.#plain >= 0 && this.#compressed >= 0)) throw this.#excess(path, bytes);
    this.#known.add(path);
  }

  #excess(what: string, bytes: number): Error {
    return new Error(
      `${what} says that it has ${bytes} bytes, which a file of ${this.#fileLength} bytes ` +
        "cannot hold with all the rest",
    );
  }
}
