/**
 * Local numbers and global ids of things that ranks share: cells, nodes, degrees of freedom.
 *
 * @module
 */
import { placeOf } from "./ascending.ts";
import type { Comm } from "../comm/comm.ts";

/** What a rank has of a set of things, in no order. */
export interface SharedThings {
  /** Global ids, each once. */
  readonly ids: Int32Array;
  /** The rank that owns each of them. */
  readonly owners: Int32Array;
  /** How many there are on all ranks. */
  readonly globalCount: number;
}

/** What one rank has of a set of things: first those it owns, then ghosts, each ascending by global id. */
export class IndexMap {
  /** Global ids by local number, `[count]`. */
  readonly ids: Int32Array;
  /** How many of them this rank owns; they come first. */
  readonly owned: number;
  /** How many there are on all ranks, each counted once. */
  readonly globalCount: number;
  /** The owners of the ghosts, `[count - owned]`. */
  readonly ghostOwners: Int32Array;
  readonly #comm: Comm;
  #owners: Int32Array | null = null;

  /**
   * @param ids owned ones, then ghosts, each ascending.
   * @param ghostOwners of the ids from `ids.length - ghostOwners.length` on.
   */
  constructor(ids: Int32Array, ghostOwners: Int32Array, globalCount: number, comm: Comm) {
    this.ids = ids;
    this.owned = ids.length - ghostOwners.length;
    this.ghostOwners = ghostOwners;
    this.globalCount = globalCount;
    this.#comm = comm;
  }

  /** The things of one rank in their order, with the local number of each of those given. */
  static sorted(
    { ids, owners, globalCount }: SharedThings,
    comm: Comm,
  ): { readonly map: IndexMap; readonly locals: Int32Array } {
    const { rank } = comm, count = ids.length;
    let owned = 0;
    for (let i = 0; i < count; i++) if (owners[i] === rank) owned++;
    const own = new Int32Array(owned), ghosts = new Int32Array(count - owned);
    for (let i = 0, o = 0, g = 0; i < count; i++) {
      if (owners[i] === rank) own[o++] = i;
      else ghosts[g++] = i;
    }
    const sorted = new Int32Array(count), locals = new Int32Array(count);
    const order = [own, ghosts].map((rows) => byId(rows, ids, globalCount));
    order.forEach((rows, k) => {
      for (let i = 0, at = k * owned; i < rows.length; i++, at++) {
        sorted[at] = ids[rows[i]];
        locals[rows[i]] = at;
      }
    });
    const ghostOwners = order[1].map((row) => owners[row]);
    return { map: new IndexMap(sorted, ghostOwners, globalCount, comm), locals };
  }

  /** How many things this rank has, ghosts included. */
  get count(): number {
    return this.ids.length;
  }

  /** The rank that owns a thing of this rank, by local number. */
  ownerOf(local: number): number {
    return local < this.owned ? this.#comm.rank : this.ghostOwners[local - this.owned];
  }

  /** The local number of a thing by its global id; -1 where this rank does not have it. */
  localOf(id: number): number {
    const own = placeOf(this.ids, id, 0, this.owned);
    return own >= 0 ? own : placeOf(this.ids, id, this.owned);
  }

  /** The owner of every global id, `[globalCount]`. Collective when it is first asked for. */
  get owners(): Int32Array {
    if (this.#owners !== null) return this.#owners;
    const owners = new Int32Array(this.globalCount);
    this.#comm.allgather(this.ids.slice(0, this.owned)).forEach((ids, rank) => {
      for (let i = 0; i < ids.length; i++) owners[ids[i]] = rank;
    });
    return this.#owners = owners;
  }
}

/** Where each of some things has `width` things of its own, numbered by it: the index map of these. */
export function expanded(
  { ids, ghostOwners, globalCount }: IndexMap,
  width: number,
  comm: Comm,
): IndexMap {
  const spread = (list: Int32Array, place: (value: number, k: number) => number) => {
    const out = new Int32Array(list.length * width);
    for (let i = 0; i < out.length; i++) out[i] = place(list[(i / width) | 0], i % width);
    return out;
  };
  const owners = spread(ghostOwners, (owner) => owner);
  return new IndexMap(spread(ids, (id, k) => id * width + k), owners, globalCount * width, comm);
}

/** Rows by their ids, ascending. */
function byId(rows: Int32Array, ids: Int32Array, globalCount: number): Int32Array {
  const { length } = rows;
  // Sorting numbers that are an id and a row in one is several times as fast as sorting rows by ids.
  if (globalCount * length > Number.MAX_SAFE_INTEGER) {
    return rows.sort((a, b) => ids[a] - ids[b]);
  }
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) keys[i] = ids[rows[i]] * length + i;
  keys.sort();
  const out = new Int32Array(length);
  for (let i = 0; i < length; i++) out[i] = rows[keys[i] % length];
  return out;
}
