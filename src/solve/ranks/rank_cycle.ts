/**
 * The V-cycle over levels that are distributed among ranks, and one that every rank has.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import type { Preconditioner } from "../linear/operator.ts";
import type { ColumnMap } from "./column_map.ts";

/** A level that is distributed: a smoother, and the transfer to the level below. */
export interface CycleLevel {
  /** Right-hand side and solution with ghosts, where this is not the finest level. */
  readonly b: Float64Array;
  readonly x: Float64Array;
  /** Smooths from zero, and brings the residual to the level below. */
  down(b: Float64Array, x: Float64Array, coarse: Float64Array): void;
  /** Adds the correction from the level below, whose ghosts are up to date, and smooths. */
  up(b: Float64Array, x: Float64Array, coarse: Float64Array): void;
  /** Brings ghosts up to date. */
  sync(x: Float64Array): void;
}

/**
 * One V-cycle on all ranks: `z = M^-1 r`.
 *
 * State: none, a function of the levels; vectors are work space of one cycle.
 */
export class RankCycle implements Preconditioner {
  readonly #levels: readonly CycleLevel[];
  /** On the replicated level; null where nothing is left. */
  readonly #bottom: Preconditioner | null;
  readonly #comm: Comm;
  /** The places of this rank's columns of that level among all, own ones first. */
  readonly #places: Int32Array;
  readonly #own: number;
  /** Right-hand side and solution on that level, of this rank with ghosts; then the solution of all ranks. */
  readonly #b: Float64Array;
  readonly #x: Float64Array;
  readonly #all: Float64Array;

  /**
   * @param levels Those that are distributed, finest first.
   * @param columns Of the level below them, or of the only one.
   * @param bottom Acts on that one, whole; null where it is empty.
   */
  constructor(
    levels: readonly CycleLevel[],
    columns: ColumnMap,
    bottom: Preconditioner | null,
    comm: Comm,
  ) {
    this.#levels = levels;
    this.#bottom = bottom;
    this.#comm = comm;
    this.#places = columns.places;
    this.#own = columns.own;
    this.#b = new Float64Array(columns.count);
    this.#x = new Float64Array(columns.count);
    this.#all = new Float64Array(columns.total);
  }

  /** One V-cycle on `A z = r` from `z = 0`; `z` comes with ghosts, of `r` own rows count. Collective. */
  apply(r: Float64Array, z: Float64Array): void {
    const levels = this.#levels, last = levels.length - 1;
    for (let l = 0; l <= last; l++) {
      const [b, x] = l === 0 ? [r, z] : [levels[l].b, levels[l].x];
      levels[l].down(b, x, l === last ? this.#b : levels[l + 1].b);
    }
    const [b, x] = last < 0 ? [r, z] : [this.#b, this.#x];
    this.#bottom?.apply(this.#comm.allgatherv(b.subarray(0, this.#own)), this.#all);
    for (let j = 0; j < this.#places.length; j++) x[j] = this.#all[this.#places[j]];
    for (let l = last; l >= 0; l--) {
      const [b, x] = l === 0 ? [r, z] : [levels[l].b, levels[l].x];
      if (l < last) levels[l + 1].sync(levels[l + 1].x);
      levels[l].up(b, x, l === last ? this.#x : levels[l + 1].x);
    }
  }
}
