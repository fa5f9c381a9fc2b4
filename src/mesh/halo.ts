import { putRows, takeRows } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { keptExchange } from "../comm/kept_exchange.ts";
import { type KeptExchange, transferMemory } from "../comm/links.ts";
import type { Neighbours } from "../comm/message_transport.ts";
import type { IndexMap } from "./index_map.ts";

/** Entries that neighbours have of each other, those of all neighbours one after the other. */
interface Entries extends Neighbours {
  /** Local numbers, `[starts.at(-1)]`. */
  readonly rows: Int32Array;
}

/** Brings ghosts up to date: which entries go to whom, and come from whom. */
export class Halo {
  readonly #comm: Comm;
  /** Owned entries by receiver. */
  readonly #out: Entries;
  /** Ghosts by owner. */
  readonly #in: Entries;
  #forward: Lane | null = null;
  #backward: Lane | null = null;

  /**
   * @param incoming Local numbers of ghosts by owner.
   * @param outgoing Local numbers of owned entries by receiver, in the order in which it has its ghosts.
   */
  constructor(incoming: readonly Int32Array[], outgoing: readonly Int32Array[], comm: Comm) {
    this.#in = entriesOf(incoming);
    this.#out = entriesOf(outgoing);
    this.#comm = comm;
  }

  /** Of the ghosts of an index map. Collective. */
  static of(indexMap: IndexMap, comm: Comm): Halo {
    const { ids, owned, ghostOwners } = indexMap;
    const ghosts = listsByRank(ghostOwners.length, comm.size, (k) => ghostOwners[k]);
    const incoming = ghosts.map((list) => list.map((k) => owned + k));
    const wanted = comm.alltoallv(incoming.map((list) => list.map((i) => ids[i])));
    return new Halo(incoming, wanted.map((list) => list.map((id) => indexMap.localOf(id))), comm);
  }

  /** Sends what `pack` makes of owned entries to the ranks that have them as ghosts, of any length. Collective. */
  exchange(
    pack: (owned: Int32Array) => Float64Array,
  ): { readonly ghosts: Int32Array; readonly data: Float64Array }[] {
    const parts: Float64Array[] = new Array(this.#comm.size).fill(new Float64Array(0));
    this.#out.ranks.forEach((rank, k) => parts[rank] = pack(rowsFor(this.#out, k)));
    const arrived = this.#comm.alltoallv(parts);
    return Array.from(this.#in.ranks, (rank, k) => (
      { ghosts: rowsFor(this.#in, k), data: arrived[rank] }
    ));
  }

  /** Writes the owners' rows over the ghosts of `data`, `[count x width]`. Collective. */
  sync(data: Float64Array, width: number): void {
    this.#forward ??= new Lane(this.#comm, this.#out, this.#in);
    putRows(this.#forward.run(data, width), this.#in.rows, width, data);
  }

  /**
   * The other way: owners get what others have in their ghosts of `data`, `[count x width]`. Collective.
   *
   * @returns by neighbour, in the order of ranks: which of the owned entries it has, and what it has there,
   *   `[owned.length x width]`, valid until the next exchange.
   */
  collect(
    data: Float64Array,
    width: number,
  ): { readonly rank: number; readonly owned: Int32Array; readonly data: Float64Array }[] {
    const arrived = this.#collected(data, width), { starts } = this.#out;
    return Array.from(this.#out.ranks, (rank, k) => {
      const rows = arrived.subarray(starts[k] * width, starts[k + 1] * width);
      return { rank, owned: rowsFor(this.#out, k), data: rows };
    });
  }

  /** Adds what ghosts hold to what their owners hold, in the order of ranks; ghosts stay. Collective. */
  addToOwners(data: Float64Array): void {
    const arrived = this.#collected(data, 1), { rows } = this.#out;
    for (let i = 0; i < rows.length; i++) data[rows[i]] += arrived[i];
  }

  #collected(data: Float64Array, width: number): Float64Array {
    this.#backward ??= new Lane(this.#comm, this.#in, this.#out);
    return this.#backward.run(data, width);
  }

  /**
   * The same exchange for values of which each entry has several.
   *
   * @param starts Where the values of each entry begin, `[count + 1]`.
   */
  expanded(starts: Int32Array): Halo {
    const expand = (entries: Int32Array) => {
      const out: number[] = [];
      for (const i of entries) for (let k = starts[i]; k < starts[i + 1]; k++) out.push(k);
      return Int32Array.from(out);
    };
    const { size } = this.#comm;
    const lists = (entries: Entries) => byRank(entries, size).map(expand);
    return new Halo(lists(this.#in), lists(this.#out), this.#comm);
  }

  /** Whether this rank and another have anything of each other's. */
  touches(rank: number): boolean {
    return this.#in.ranks.includes(rank) || this.#out.ranks.includes(rank);
  }
}

/** One direction of an exchange, prepared at its first run, with memory that is used again and again. */
class Lane {
  readonly #from: Entries;
  readonly #to: Entries;
  readonly #exchange: KeptExchange;
  #sent = transferMemory(0);
  #arrived = transferMemory(0);
  #width = -1;

  /** Collective. */
  constructor(comm: Comm, from: Entries, to: Entries) {
    this.#from = from;
    this.#to = to;
    this.#exchange = keptExchange(comm, from, to);
  }

  /** Sends rows of `data`; what has arrived, valid until the next run. Collective. */
  run(data: Float64Array, width: number): Float64Array {
    if (width !== this.#width) {
      this.#sent = transferMemory(this.#from.rows.length * width);
      this.#arrived = transferMemory(this.#to.rows.length * width);
      this.#width = width;
    }
    takeRows(data, this.#from.rows, width, this.#sent);
    this.#exchange.run(this.#sent, this.#arrived, width);
    return this.#arrived;
  }
}

/** The lists that are not empty. */
function entriesOf(lists: readonly Int32Array[]): Entries {
  const ranks: number[] = [], starts = [0];
  lists.forEach((list, rank) => {
    if (list.length === 0) return;
    ranks.push(rank);
    starts.push(starts[starts.length - 1] + list.length);
  });
  const rows = new Int32Array(starts[ranks.length]);
  ranks.forEach((rank, k) => rows.set(lists[rank], starts[k]));
  return { ranks: Int32Array.from(ranks), starts: Int32Array.from(starts), rows };
}

/** The entries of one neighbour. */
function rowsFor({ starts, rows }: Entries, neighbour: number): Int32Array {
  return rows.subarray(starts[neighbour], starts[neighbour + 1]);
}

/** The lists of all ranks, empty ones included. */
function byRank(entries: Entries, size: number): Int32Array[] {
  const lists: Int32Array[] = new Array(size).fill(new Int32Array(0));
  entries.ranks.forEach((rank, k) => lists[rank] = rowsFor(entries, k));
  return lists;
}
