/**
 * Multigrid over ranks: large levels are distributed; levels of up to 4,000 unknowns are replicated on every rank.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import type { Halo } from "../../mesh/halo.ts";
import type { CsrMatrix } from "../linear/csr.ts";
import { prunedRows } from "../linear/multigrid/pruning.ts";
import {
  coarsePowerSteps,
  slowestCoarsening,
  SmoothedAggregation,
  usualTheta,
} from "../linear/multigrid/smoothed_aggregation.ts";
import type { Preconditioner } from "../linear/operator.ts";
import { coarser, gatheredMatrix } from "./coarsening.ts";
import { ColumnMap, offsetsOf } from "./column_map.ts";
import {
  diagonalOf,
  type DividedInterpolation,
  type DividedMatrix,
  interpolationOverRanks,
} from "./interpolation.ts";
import { RankLevel } from "./rank_level.ts";

/** Rows over all ranks up to which a level is replicated: communication would cost more than the work. */
const smallEnough = 4000;

/**
 * One symmetric V-cycle on all ranks: `z = M^-1 r`. Aggregates reach across ranks.
 *
 * State: none, a function of the matrix and of how it is divided.
 */
export class RankMultigrid implements Preconditioner {
  readonly #comm: Comm;
  readonly #levels: RankLevel[] = [];
  /** The replicated level; null where nothing is left. */
  readonly #bottom: SmoothedAggregation | null;
  /** The places of this rank's columns of that level among all, own ones first. */
  readonly #places: Int32Array;
  readonly #own: number;
  /** Right-hand side and solution on that level, of this rank with ghosts; then the solution of all ranks. */
  readonly #b: Float64Array;
  readonly #x: Float64Array;
  readonly #all: Float64Array;

  /**
   * Collective.
   *
   * @param free This rank's rows, `[owned x count]`: between free unknowns.
   * @param halo Who has the ghosts among the columns.
   * @param first Interpolation to the finest level from a level that is known to be good; null for none.
   */
  constructor(free: CsrMatrix, halo: Halo, first: DividedInterpolation | null, comm: Comm) {
    this.#comm = comm;
    let current: DividedMatrix = { rows: withoutSmall({ rows: free, halo }), halo };
    let columns = new ColumnMap(offsetsOf(free.rows, comm), comm.rank);
    let theta = usualTheta;
    while (columns.total > smallEnough || this.#levels.length === 0) {
      const isFinest = this.#levels.length === 0, known = isFinest ? first : null;
      const steps = isFinest ? 0 : coarsePowerSteps;
      const p = known ?? interpolationOverRanks(current, theta, steps, comm);
      if (!isFinest && p.columns.total > slowestCoarsening * columns.total) break;
      const next = coarser(current, p, comm);
      this.#levels.push(new RankLevel(current, next.p, next.matrix.halo, isFinest));
      if (known === null) theta /= 2;
      const { matrix } = next;
      current = known === null ? matrix : { ...matrix, rows: withoutSmall(matrix) };
      columns = next.columns;
    }
    this.#places = columns.places;
    this.#own = columns.own;
    this.#b = new Float64Array(columns.count);
    this.#x = new Float64Array(columns.count);
    this.#all = new Float64Array(columns.total);
    this.#bottom = columns.total === 0
      ? null
      : new SmoothedAggregation(gatheredMatrix(current.rows, columns, comm), { theta });
  }

  /** One V-cycle on `A z = r` from `z = 0`; both with ghosts. Collective. */
  apply(r: Float64Array, z: Float64Array): void {
    const levels = this.#levels, last = levels.length - 1;
    for (let l = 0; l <= last; l++) {
      const [b, x] = l === 0 ? [r, z] : [levels[l].b, levels[l].x];
      levels[l].down(b, x, l === last ? this.#b : levels[l + 1].b);
    }
    this.#bottom?.apply(this.#comm.allgatherv(this.#b.subarray(0, this.#own)), this.#all);
    for (let j = 0; j < this.#places.length; j++) this.#x[j] = this.#all[this.#places[j]];
    for (let l = last; l >= 0; l--) {
      const [b, x] = l === 0 ? [r, z] : [levels[l].b, levels[l].x];
      if (l < last) levels[l + 1].sync(levels[l + 1].x);
      levels[l].up(b, x, l === last ? this.#x : levels[l + 1].x);
    }
  }
}

/** Without entries that are in the pattern but negligible. Collective. */
function withoutSmall(matrix: DividedMatrix): CsrMatrix {
  return prunedRows(matrix.rows, diagonalOf(matrix));
}
