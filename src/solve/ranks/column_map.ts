/**
 * The columns of matrices that are distributed among ranks: own ones first, then some of other ranks. In
 * messages a column is its place among the columns of all ranks, those of rank 0 first, and so on.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import { Halo } from "../../mesh/halo.ts";

/**
 * Which columns this rank has.
 *
 * State: none, immutable.
 */
export class ColumnMap {
  /** Where each rank's columns begin among all, `[ranks + 1]`. */
  readonly offsets: Int32Array;
  /** The place of this rank's first column. */
  readonly first: number;
  /** The number of this rank's own columns. */
  readonly own: number;
  /** Places of the other columns, ascending. */
  readonly foreign: Int32Array;
  readonly #locals = new Map<number, number>();

  /** @param places Of any columns, own ones and others, with repetitions; -1 is ignored. */
  constructor(offsets: Int32Array, rank: number, ...places: readonly Int32Array[]) {
    this.offsets = offsets;
    this.first = offsets[rank];
    this.own = offsets[rank + 1] - this.first;
    const others = new Set<number>();
    for (const list of places) {
      for (let k = 0; k < list.length; k++) {
        if (list[k] >= 0 && !this.#isOwn(list[k])) others.add(list[k]);
      }
    }
    this.foreign = Int32Array.from(others).sort();
    this.foreign.forEach((place, k) => this.#locals.set(place, this.own + k));
  }

  /** ColumnMap of this rank, own and others. */
  get count(): number {
    return this.own + this.foreign.length;
  }

  /** ColumnMap of all ranks. */
  get total(): number {
    return this.offsets[this.offsets.length - 1];
  }

  /** The places of all, `[count]`. */
  get places(): Int32Array {
    const places = new Int32Array(this.count);
    for (let j = 0; j < this.own; j++) places[j] = this.first + j;
    places.set(this.foreign, this.own);
    return places;
  }

  /** The columns at some places; -1 stays, and stands for what is not here. */
  at(places: Int32Array): Int32Array {
    const out = new Int32Array(places.length);
    for (let k = 0; k < out.length; k++) {
      const place = places[k];
      out[k] = this.#isOwn(place) ? place - this.first : this.#locals.get(place) ?? -1;
    }
    return out;
  }

  /** Others' columns by owner, as indices into `foreign`: from where to where. */
  rangeOf(rank: number): readonly [from: number, to: number] {
    const { foreign, offsets } = this;
    let from = 0;
    while (from < foreign.length && foreign[from] < offsets[rank]) from++;
    let to = from;
    while (to < foreign.length && foreign[to] < offsets[rank + 1]) to++;
    return [from, to];
  }

  /** The exchange with the owners of the other columns. Collective. */
  halo(comm: Comm): Halo {
    const incoming: Int32Array[] = [], wanted: Int32Array[] = [];
    for (let rank = 0; rank < comm.size; rank++) {
      const [from, to] = this.rangeOf(rank);
      incoming.push(Int32Array.from({ length: to - from }, (_, k) => this.own + from + k));
      wanted.push(this.foreign.slice(from, to).map((place) => place - this.offsets[rank]));
    }
    return new Halo(incoming, comm.alltoallv(wanted), comm);
  }

  #isOwn(place: number): boolean {
    return place >= this.first && place < this.first + this.own;
  }
}

/** Where each rank's columns begin when it has `own`, `[ranks + 1]`. Collective. */
export function offsetsOf(own: number, comm: Comm): Int32Array {
  const counts = comm.allgatherv(Int32Array.of(own)), offsets = new Int32Array(comm.size + 1);
  counts.forEach((count, rank) => offsets[rank + 1] = offsets[rank] + count);
  return offsets;
}
