import { putRows, takeRows } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import type { IndexMap } from "./index_map.ts";

/** Brings ghosts up to date: which entries go to whom, and come from whom. */
export class Halo {
  readonly #comm: Comm;
  /** Local numbers of owned entries by receiver. */
  readonly #out: readonly Int32Array[];
  /** Local numbers of ghosts by owner. */
  readonly #in: readonly Int32Array[];

  /**
   * @param incoming Local numbers of ghosts by owner.
   * @param outgoing Local numbers of owned entries by receiver, in the order in which it has its ghosts.
   */
  constructor(incoming: readonly Int32Array[], outgoing: readonly Int32Array[], comm: Comm) {
    this.#in = incoming;
    this.#out = outgoing;
    this.#comm = comm;
  }

  /** Of the ghosts of an index map. Collective. */
  static of({ ids, owned, owners, locals }: IndexMap, comm: Comm): Halo {
    const ghosts: number[][] = Array.from({ length: comm.size }, () => []);
    for (let i = owned; i < ids.length; i++) ghosts[owners[ids[i]]].push(i);
    const incoming = ghosts.map((list) => Int32Array.from(list));
    const wanted = comm.alltoallv(incoming.map((list) => list.map((i) => ids[i])));
    return new Halo(incoming, wanted.map((list) => list.map((id) => locals[id])), comm);
  }

  /** Sends what `pack` makes of owned entries to whoever has them as ghosts. Collective. */
  exchange(
    pack: (owned: Int32Array) => Float64Array,
  ): { readonly ghosts: Int32Array; readonly data: Float64Array }[] {
    const arrived = this.#comm.alltoallv(this.#out.map(pack));
    return this.#in.map((ghosts, rank) => ({ ghosts, data: arrived[rank] }));
  }

  /** Writes the owners' rows over the ghosts of `data`, `[count x width]`. Collective. */
  sync(data: Float64Array, width: number): void {
    const arrived = this.exchange((rows) => rowsAt(rows, data, width));
    for (const { ghosts, data: part } of arrived) putRows(part, ghosts, width, data);
  }

  /**
   * The other way: owners get what others have in their ghosts of `data`, `[count x width]`. Collective.
   *
   * @returns by rank: which of the owned entries it has, and what it has there, `[owned.length x width]`.
   */
  collect(
    data: Float64Array,
    width: number,
  ): { readonly owned: Int32Array; readonly data: Float64Array }[] {
    const arrived = this.#comm.alltoallv(this.#in.map((ghosts) => rowsAt(ghosts, data, width)));
    return this.#out.map((owned, rank) => ({ owned, data: arrived[rank] }));
  }

  /** Adds what ghosts hold to what their owners hold, in the order of ranks; ghosts stay. Collective. */
  addToOwners(data: Float64Array): void {
    for (const { owned, data: part } of this.collect(data, 1)) {
      for (let i = 0; i < owned.length; i++) data[owned[i]] += part[i];
    }
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
    return new Halo(this.#in.map(expand), this.#out.map(expand), this.#comm);
  }

  /** Whether this rank and another have anything of each other's. */
  touches(rank: number): boolean {
    return this.#in[rank].length > 0 || this.#out[rank].length > 0;
  }
}

/** Some rows of a table, one behind the other. */
function rowsAt(rows: Int32Array, data: Float64Array, width: number): Float64Array {
  const out = new Float64Array(rows.length * width);
  takeRows(data, rows, width, out);
  return out;
}

/**
 * The rows of all owners by global id, `[globalCount x width]`; ghosts do not count. Collective.
 *
 * @param data `[count x width]`.
 */
export function gatherRows(
  indexMap: IndexMap,
  data: Float64Array,
  width: number,
  comm: Comm,
): Float64Array {
  const rows = comm.allgatherv(data.subarray(0, indexMap.owned * width));
  const { gathered } = indexMap;
  const out = new Float64Array(rows.length);
  putRows(rows, gathered, width, out);
  return out;
}
