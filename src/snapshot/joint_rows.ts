/**
 * Arrays that are divided among ranks, brought to the first one block by block while it writes them: no rank holds more
 * of what others have than one block.
 *
 * @module
 */
import {
  type ArrayKind,
  bytesOf,
  bytesPerElement,
  freeMemory,
  type TypedArray,
  viewOf,
  wordsOf,
} from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import { CommError } from "../errors.ts";
import { wordsPerRow } from "./assemble.ts";
import type { NumbersInBlocks } from "./numbers_in_blocks.ts";
import type { OwnIds } from "./own_ids.ts";
import { unfit } from "./rank_entries.ts";

/** A rank's part of an array that has some rows for each of many things. */
export interface OwnRows {
  /** What it is called in messages. */
  readonly name: string;
  readonly kind: ArrayKind;
  /** The things that this rank has. */
  readonly ids: OwnIds;
  /** Rows for each of them; defaults to 1. */
  readonly each?: number;
  /** Numbers in a row. */
  readonly width: number;
  /** Whether several ranks may have the same thing, which is written once. */
  readonly repeats?: boolean;
  /** The numbers of some of the things, by their places on this rank, `[places x each x width]`; in new memory. */
  take(places: Int32Array): TypedArray;
}

/** What ranks bring to the first one; all of them add the same arrays in the same order. */
export class JointRows {
  readonly #comm: Comm;
  readonly #arrays: OwnRows[] = [];
  /** For the block, or the answer, of this moment. */
  #memory = new ArrayBuffer(0);

  constructor(comm: Comm) {
    this.#comm = comm;
  }

  /**
   * Adds an array; its blocks can be had on the first rank, inside of {@link JointRows.lead}. The next block of any
   * array takes the same memory.
   */
  add(own: OwnRows): NumbersInBlocks {
    const array = this.#arrays.push(own) - 1, { kind, each = 1, width } = own;
    const rows = (first: number, last: number): TypedArray => {
      const from = Math.floor(first / each), to = Math.ceil(last / each), start = from * each;
      const block = this.#block(array, from, to);
      return block.subarray((first - start) * width, (last - start) * width) as TypedArray;
    };
    return { kind, rows };
  }

  /**
   * Runs `work` on the first rank, while the others give it the blocks that it asks for. Collective; for use inside
   * of work that ends in the same way on all ranks.
   *
   * @returns what `work` does; null on the other ranks.
   * @throws {SnapshotInvalidatedError} when the ranks do not have each thing once.
   * @throws {CommError} on the first rank, when another one could not give its rows.
   */
  async lead<R>(work: () => Promise<R>): Promise<R | null> {
    if (this.#comm.rank > 0) return this.#follow();
    try {
      return await work();
    } finally {
      this.#ask(Float64Array.of(DONE, 0, 0));
    }
  }

  /** Answers until the first rank has finished, also where that fails here, so that it never waits in vain. */
  #follow(): null {
    const comm = this.#comm;
    let failure: { readonly error: unknown } | null = null;
    for (;;) {
      const [array, from, to] = comm.recv<Float64Array>(0, TAG);
      if (array === DONE) break;
      let answer = new Uint8Array(0);
      try {
        if (failure === null) answer = this.#answer(this.#arrays[array], from, to);
      } catch (error) {
        failure = { error };
      }
      comm.send(answer, 0, TAG);
    }
    if (failure !== null) throw failure.error;
    return null;
  }

  #ask(request: Float64Array): void {
    for (let rank = 1; rank < this.#comm.size; rank++) this.#comm.send(request, rank, TAG);
  }

  /** Which things this rank has, counted from `from`, and their rows. */
  #answer({ ids, take }: OwnRows, from: number, to: number): Uint8Array<ArrayBuffer> {
    const own = ids.within(from, to), { length } = own.ids;
    const numbers = take(own.places), rows = bytesOf(numbers), start = rowsStart(length);
    const answer = new Uint8Array(this.#room(start + rows.length), 0, start + rows.length);
    const head = new Int32Array(answer.buffer, 0, 1 + length);
    head[0] = length;
    for (let i = 0; i < length; i++) head[1 + i] = own.ids[i] - from;
    answer.set(rows, start);
    freeMemory([numbers]);
    return answer;
  }

  /** A block, from what all ranks have of it. */
  #block(array: number, from: number, to: number): TypedArray {
    const comm = this.#comm, own = this.#arrays[array];
    const { name, kind, ids, each = 1, width, repeats = false } = own;
    const length = (to - from) * each * width;
    const block = viewOf(kind, this.#room(length * bytesPerElement(kind)), length) as TypedArray;
    const found = new Found(block, to - from), here = ids.within(from, to);
    // Before the others are asked: a rank that is asked answers, and every answer has to be received.
    const numbers = own.take(here.places);
    found.put(here.ids, from, wordsOf(numbers));
    freeMemory([numbers]);
    this.#ask(Float64Array.of(array, from, to));
    let failed = -1;
    for (let rank = 1; rank < comm.size; rank++) {
      const answer = comm.recv<Uint8Array>(rank, TAG), { buffer, byteOffset } = answer;
      if (answer.length === 0) failed = rank;
      else {
        const [count] = new Int32Array(buffer, byteOffset, 1), start = rowsStart(count);
        const size = (answer.length - start) / bytesPerElement(kind);
        const words = wordsOf(viewOf(kind, buffer, size, byteOffset + start) as TypedArray);
        found.put(new Int32Array(buffer, byteOffset + 4, count), 0, words);
        freeMemory([answer]);
      }
    }
    if (failed >= 0) throw new CommError(0, `rank ${failed} could not give its rows of "${name}"`);
    if (found.isWhole(repeats)) return block;
    throw unfit(`"${name}" does not hold each of its rows exactly once`);
  }

  /** Memory of at least so many bytes. */
  #room(bytes: number): ArrayBuffer {
    if (this.#memory.byteLength < bytes) this.#memory = new ArrayBuffer(bytes);
    return this.#memory;
  }
}

/** Asks for nothing more. */
const DONE = -1;

/** The tag of requests and answers. */
const TAG = 7302;

/** Where the rows begin in an answer with so many things, for numbers of any kind. */
function rowsStart(things: number): number {
  return Math.ceil((4 + 4 * things) / 8) * 8;
}

/** Puts rows into a block, and counts them. */
class Found {
  readonly #into: ReturnType<typeof wordsOf>;
  readonly #row: number;
  readonly #seen: Uint8Array;
  #count = 0;
  #twice = false;

  constructor(block: TypedArray, things: number) {
    this.#into = wordsOf(block);
    this.#row = things === 0 ? 0 : wordsPerRow(block, block.length / things);
    this.#seen = new Uint8Array(things);
  }

  put(ids: Int32Array, from: number, words: ReturnType<typeof wordsOf>): void {
    const row = this.#row, into = this.#into, seen = this.#seen;
    for (let i = 0; i < ids.length; i++) {
      const place = ids[i] - from;
      if (seen[place] === 1) this.#twice = true;
      else this.#count++;
      seen[place] = 1;
      for (let k = 0; k < row; k++) into[place * row + k] = words[i * row + k];
    }
  }

  isWhole(repeats: boolean): boolean {
    return this.#count === this.#seen.length && (repeats || !this.#twice);
  }
}
