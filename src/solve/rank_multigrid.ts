/**
 * Multigrid over ranks: the finest level is divided among them, and what is coarser all ranks know whole.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import type { Halo } from "../mesh/halo.ts";
import type { CsrMatrix } from "./linear/csr.ts";
import { prunedRows } from "./linear/multigrid/pruning.ts";
import { SmoothedAggregation } from "./linear/multigrid/smoothed_aggregation.ts";
import type { Preconditioner } from "./linear/operator.ts";
import { coarser, gatheredMatrix } from "./rank_coarsening.ts";
import { type DividedMatrix, RankLevel } from "./rank_level.ts";

/** Threshold of strength on the finest level, halved on each further one, as in `SmoothedAggregation`. */
const theta = 0.08;

/** Rows over all ranks from which on a level is the same on all: less work than talk. */
const smallEnough = 4000;

/**
 * How many levels are divided at most. Aggregates that end where a rank ends cost iterations on every level
 * that has them: with 400,000 unknowns on 2 ranks there are 17 with one such level, 20 with two and 31 with
 * three, where one rank takes 15. The level below the first has a sixth of the unknowns, or less.
 */
const dividedLevels = 1;

/**
 * One symmetric V-cycle on all ranks: `z = M^-1 r`. Aggregates stay within ranks.
 *
 * State: none, a function of the matrix and of how it is divided.
 */
export class RankMultigrid implements Preconditioner {
  readonly #comm: Comm;
  readonly #levels: RankLevel[] = [];
  /** Rows of the level that all know, of this rank and in all; null where nothing is left. */
  readonly #bottom: SmoothedAggregation | null;
  readonly #first: number;
  readonly #own: Float64Array;
  readonly #x: Float64Array;

  /**
   * Collective.
   *
   * @param free This rank's rows, `[owned x count]`: between free unknowns.
   * @param halo Who has the ghosts among the columns.
   */
  constructor(free: CsrMatrix, halo: Halo, comm: Comm) {
    this.#comm = comm;
    let current: DividedMatrix = { rows: withoutSmall(free, halo), halo };
    let threshold = theta, total = Infinity;
    while (this.#levels.length < dividedLevels && total > smallEnough) {
      const level = new RankLevel(current, threshold, this.#levels.length === 0);
      this.#levels.push(level);
      current = coarser(current, level.p, comm);
      total = comm.allreduce(current.rows.rows);
      threshold /= 2;
    }
    this.#first = comm.exscan(current.rows.rows);
    this.#own = new Float64Array(current.rows.rows);
    this.#x = new Float64Array(total);
    this.#bottom = total === 0 ? null : new SmoothedAggregation(
      gatheredMatrix(current, this.#first, total, comm),
      { theta: threshold },
    );
  }

  /** One V-cycle on `A z = r` from `z = 0`; both with ghosts. Collective. */
  apply(r: Float64Array, z: Float64Array): void {
    const levels = this.#levels, bottom = levels.length - 1;
    for (let l = 0; l <= bottom; l++) {
      const [b, x] = l === 0 ? [r, z] : [levels[l].b, levels[l].x];
      levels[l].down(b, x, l === bottom ? this.#own : levels[l + 1].b);
    }
    this.#bottom?.apply(this.#comm.allgatherv(this.#own), this.#x);
    const own = this.#x.subarray(this.#first, this.#first + this.#own.length);
    for (let l = bottom; l >= 0; l--) {
      const [b, x] = l === 0 ? [r, z] : [levels[l].b, levels[l].x];
      levels[l].up(b, x, l === bottom ? own : levels[l + 1].x);
    }
  }
}

/** Without entries that are in the pattern and not in the numbers. Collective. */
function withoutSmall(free: CsrMatrix, halo: Halo): CsrMatrix {
  const diagonal = new Float64Array(free.cols);
  diagonal.set(free.diagonal());
  halo.sync(diagonal, 1);
  return prunedRows(free, diagonal);
}
