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
import { RankCycle } from "./rank_cycle.ts";
import { RankLevel } from "./rank_level.ts";

/** Rows over all ranks up to which a level is replicated: communication would cost more than the work. */
const smallEnough = 4000;

/**
 * One symmetric V-cycle on all ranks: `z = M^-1 r`. Aggregates reach across ranks.
 *
 * State: none, a function of the matrix and of how it is divided.
 */
export class RankMultigrid implements Preconditioner {
  readonly #cycle: RankCycle;

  /**
   * Collective.
   *
   * @param free This rank's rows, `[owned x count]`: between free unknowns.
   * @param halo Who has the ghosts among the columns.
   * @param first Interpolation to the finest level from a level that is known to be good; null for none.
   */
  constructor(free: CsrMatrix, halo: Halo, first: DividedInterpolation | null, comm: Comm) {
    let current: DividedMatrix = { rows: withoutSmall({ rows: free, halo }), halo };
    let columns = new ColumnMap(offsetsOf(free.rows, comm), comm.rank);
    const levels: RankLevel[] = [];
    let theta = usualTheta;
    while (columns.total > smallEnough || levels.length === 0) {
      const isFinest = levels.length === 0, known = isFinest ? first : null;
      const steps = isFinest ? 0 : coarsePowerSteps;
      const p = known ?? interpolationOverRanks(current, theta, steps, comm);
      if (!isFinest && p.columns.total > slowestCoarsening * columns.total) break;
      const next = coarser(current, p, comm);
      levels.push(new RankLevel(current, next.p, next.matrix.halo, isFinest));
      if (known === null) theta /= 2;
      const { matrix } = next;
      current = known === null ? matrix : { ...matrix, rows: withoutSmall(matrix) };
      columns = next.columns;
    }
    const bottom = columns.total === 0
      ? null
      : new SmoothedAggregation(gatheredMatrix(current.rows, columns, comm), { theta });
    this.#cycle = new RankCycle(levels, columns, bottom, comm);
  }

  /** One V-cycle on `A z = r` from `z = 0`; both with ghosts. Collective. */
  apply(r: Float64Array, z: Float64Array): void {
    this.#cycle.apply(r, z);
  }
}

/** Without entries that are in the pattern but negligible. Collective. */
function withoutSmall(matrix: DividedMatrix): CsrMatrix {
  return prunedRows(matrix.rows, diagonalOf(matrix));
}
