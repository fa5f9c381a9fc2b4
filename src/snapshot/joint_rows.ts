/**
 * Arrays that are divided among ranks, brought to the first one block by block while it writes them: no rank holds more
 * of what others have than one block.
 *
 * @module
 */
import { allocate, type ArrayKind, type TypedArray, wordsOf } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
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
  /** The numbers of some of the things, by their places on this rank, `[places x each x width]`. */
  take(places: Int32Array): TypedArray;
}

/** What ranks bring to the first one; all of them add the same arrays in the same order. */
export class JointRows {
  readonly #comm: Comm;
  readonly #arrays: OwnRows[] = [];

  constructor(comm: Comm) {
    this.#comm = comm;
  }

  /** Adds an array; its blocks can be had on the first rank, inside of {@link JointRows.lead}. */
  add(own: OwnRows): NumbersInBlocks {
    const array = this.#arrays.push(own) - 1, { kind, each = 1, width } = own;
    const rows = (first: number, last: number): TypedArray => {
      const from = Math.floor(first / each), to = Math.ceil(last / each);
      this.#comm.bcast(Float64Array.of(array, from, to));
      const block = joined(own, from, to, this.#bring(own, from, to)), start = from * each;
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
   */
  async lead<R>(work: () => Promise<R>): Promise<R | null> {
    if (this.#comm.rank === 0) {
      const result = await work();
      this.#comm.bcast(Float64Array.of(DONE, 0, 0));
      return result;
    }
    for (;;) {
      const [array, from, to] = this.#comm.bcast(new Float64Array(3));
      if (array === DONE) return null;
      this.#bring(this.#arrays[array], from, to);
    }
  }

  /** Brings the things from `from` to before `to` to the first rank: by rank, which they are, and their words. */
  #bring({ ids, take }: OwnRows, from: number, to: number): Brought {
    const comm = this.#comm, own = ids.within(from, to);
    const places = comm.alltoallv(toFirst(comm, own.ids.map((id) => id - from)));
    return { places, words: comm.alltoallv(toFirst(comm, wordsOf(take(own.places)))) };
  }
}

/** Asks for nothing more. */
const DONE = -1;

/** What has arrived, by rank. */
interface Brought {
  readonly places: readonly Int32Array[];
  readonly words: readonly ReturnType<typeof wordsOf>[];
}

/** What a rank sends where only the first one gets something. */
function toFirst<T extends TypedArray>(comm: Comm, data: T): T[] {
  return Array.from({ length: comm.size }, (_, r) => r === 0 ? data : data.subarray(0, 0) as T);
}

/** A block, from what the ranks have brought of it. */
function joined(
  { name, kind, each = 1, width, repeats = false }: OwnRows,
  from: number,
  to: number,
  { places, words }: Brought,
): TypedArray {
  const block = allocate(kind, (to - from) * each * width), into = wordsOf(block);
  const row = wordsPerRow(block, each * width), seen = new Uint8Array(to - from);
  let found = 0, twice = false;
  places.forEach((own, rank) => {
    const some = words[rank];
    for (let i = 0; i < own.length; i++) {
      const place = own[i];
      if (seen[place] === 1) twice = true;
      else found++;
      seen[place] = 1;
      for (let k = 0; k < row; k++) into[place * row + k] = some[i * row + k];
    }
  });
  if (found === seen.length && (repeats || !twice)) return block;
  throw unfit(`"${name}" does not hold each of its rows exactly once`);
}
