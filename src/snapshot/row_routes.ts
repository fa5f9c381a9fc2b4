/**
 * Brings rows that have global ids from the ranks that hold them to the ranks that want them. Who holds a row is asked
 * of a directory: each rank keeps a block of consecutive ids, so that no rank needs a table of all of them.
 *
 * @module
 */
import { allocate, freeMemory, kindOf, type TypedArray, wordsOf } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { wordsPerRow } from "./assemble.ts";

/** Who sends which rows to whom, for any number of arrays with the same ids. */
export class RowRoutes {
  readonly #comm: Comm;
  /** The rows that this rank holds and others want, by receiver. */
  readonly #out: readonly Int32Array[];
  /** Where the rows that arrive belong, by sender. */
  readonly #in: readonly Int32Array[];
  readonly #count: number;

  private constructor(
    comm: Comm,
    outgoing: readonly Int32Array[],
    incoming: readonly Int32Array[],
    count: number,
  ) {
    this.#comm = comm;
    this.#out = outgoing;
    this.#in = incoming;
    this.#count = count;
  }

  /**
   * Finds the routes. Collective.
   *
   * @param held The global ids of the rows that this rank holds, in their order.
   * @param wanted The global ids of the rows that it wants, in the order in which it wants them.
   * @param count How many ids there are: 0 to `count - 1`.
   * @returns null on all ranks unless the ranks hold each of these ids exactly once.
   */
  static of(comm: Comm, held: Int32Array, wanted: Int32Array, count: number): RowRoutes | null {
    const block = Math.max(1, Math.ceil(count / comm.size));
    const directory = new Directory(comm, block, count);
    if (!directory.learn(held)) return null;
    const places = directory.ask(wanted);
    const holderOf = (i: number) => places[2 * i];
    const incoming = listsByRank(wanted.length, comm.size, holderOf);
    const rows = incoming.map((list) => list.map((i) => places[2 * i + 1]));
    const asked = comm.alltoallv(rows);
    freeMemory([places, ...rows]);
    directory.free();
    return new RowRoutes(comm, asked, incoming, wanted.length);
  }

  /**
   * The wanted rows, `[wanted.length x width]`, in new memory and with their exact bits. Collective.
   *
   * @param held The rows that this rank holds, `[held.length x width]`, of the same type on all ranks.
   */
  bring<T extends TypedArray>(held: T, width: number): T {
    const result = allocate(kindOf(held), this.#count * width) as T;
    const row = wordsPerRow(result, width), to = wordsOf(result);
    const outgoing = rowsByReceiver(wordsOf(held), row, this.#out);
    const arrived = this.#comm.alltoallv(outgoing);
    freeMemory(outgoing);
    arrived.forEach((words, rank) => {
      const places = this.#in[rank];
      for (let i = 0; i < places.length; i++) {
        for (let k = 0; k < row; k++) to[places[i] * row + k] = words[i * row + k];
      }
    });
    freeMemory(arrived);
    return result;
  }

  /** Gives its memory back; nothing can be brought any more. */
  free(): void {
    freeMemory([...this.#out, ...this.#in]);
  }
}

/** Rows of words by receiver, one list behind the other in the same memory. */
export function rowsByReceiver(
  words: Uint32Array | Uint16Array | Uint8Array,
  row: number,
  lists: readonly Int32Array[],
): (Uint32Array | Uint16Array | Uint8Array)[] {
  const total = lists.reduce((sum, { length }) => sum + length, 0);
  const memory = new (words.constructor as Uint32ArrayConstructor)(total * row);
  let at = 0;
  return lists.map((rows) => {
    const start = at;
    for (let i = 0; i < rows.length; i++) {
      for (let k = rows[i] * row; k < (rows[i] + 1) * row; k++) memory[at++] = words[k];
    }
    return memory.subarray(start, at);
  });
}

/** Which rank holds each id of this rank's block, and in which of its rows. */
class Directory {
  readonly #comm: Comm;
  readonly #block: number;
  readonly #count: number;
  readonly #first: number;
  readonly #holders: Int32Array;
  readonly #rows: Int32Array;

  constructor(comm: Comm, block: number, count: number) {
    this.#comm = comm;
    this.#block = block;
    this.#count = count;
    this.#first = Math.min(comm.rank * block, count);
    const length = Math.min(this.#first + block, count) - this.#first;
    this.#holders = new Int32Array(length).fill(-1);
    this.#rows = new Int32Array(length);
  }

  /** Learns what all ranks hold; false on all of them unless that is each id exactly once. Collective. */
  learn(held: Int32Array): boolean {
    const comm = this.#comm, isId = (id: number) => id >= 0 && id < this.#count;
    let fine = held.every(isId);
    const lists = this.#byBlock(fine ? held : new Int32Array(0));
    const outgoing = lists.map((rows) => {
      const out = new Int32Array(2 * rows.length);
      for (let i = 0; i < rows.length; i++) {
        out[2 * i] = held[rows[i]];
        out[2 * i + 1] = rows[i];
      }
      return out;
    });
    const arrived = comm.alltoallv(outgoing);
    freeMemory([...lists, ...outgoing]);
    let known = 0;
    arrived.forEach((pairs, rank) => {
      for (let i = 0; i < pairs.length; i += 2, known++) {
        const at = pairs[i] - this.#first;
        if (this.#holders[at] >= 0) fine = false;
        this.#holders[at] = rank;
        this.#rows[at] = pairs[i + 1];
      }
    });
    freeMemory(arrived);
    fine &&= known === this.#holders.length;
    return comm.allreduce(fine ? 1 : 0, "min") > 0;
  }

  /** The holder of each id and its row there, `[ids x 2]`. Collective. */
  ask(ids: Int32Array): Int32Array {
    const lists = this.#byBlock(ids), comm = this.#comm;
    const wanted = lists.map((list) => list.map((i) => ids[i]));
    const asked = comm.alltoallv(wanted);
    const outgoing = asked.map((list) => {
      const out = new Int32Array(2 * list.length);
      for (let i = 0; i < list.length; i++) {
        out[2 * i] = this.#holders[list[i] - this.#first];
        out[2 * i + 1] = this.#rows[list[i] - this.#first];
      }
      return out;
    });
    const answers = comm.alltoallv(outgoing);
    freeMemory([...wanted, ...asked, ...outgoing]);
    const places = new Int32Array(2 * ids.length);
    lists.forEach((list, rank) => {
      for (let i = 0; i < list.length; i++) {
        places[2 * list[i]] = answers[rank][2 * i];
        places[2 * list[i] + 1] = answers[rank][2 * i + 1];
      }
    });
    freeMemory([...lists, ...answers]);
    return places;
  }

  /** Gives its memory back; it cannot be asked any more. */
  free(): void {
    freeMemory([this.#holders, this.#rows]);
  }

  #byBlock(ids: Int32Array): Int32Array[] {
    return listsByRank(ids.length, this.#comm.size, (i) => Math.floor(ids[i] / this.#block));
  }
}
