/**
 * Multigrid over ranks that keeps given vectors: large levels are distributed, small ones replicated on every rank.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import {
  nearNullCoarsenings,
  type NearNullOptions,
  type NearNullSpace,
} from "../linear/multigrid/near_null_space.ts";
import { pruned, prunedRows } from "../linear/multigrid/pruning.ts";
import { slowestCoarsening } from "../linear/multigrid/smoothed_aggregation.ts";
import { scaledFactors, VCycle } from "../linear/multigrid/v_cycle.ts";
import { coarser, gatheredMatrix } from "./coarsening.ts";
import { type ColumnMap, offsetsOf } from "./column_map.ts";
import { diagonalOf, type DividedMatrix } from "./interpolation.ts";
import { nearNullStep } from "./near_null_space.ts";
import { RankCycle } from "./rank_cycle.ts";
import { RankLevel } from "./rank_level.ts";

/** A level before it is known how it will be dealt with. */
export interface NearNullLevel {
  readonly matrix: DividedMatrix;
  /** The columns of the matrix. */
  readonly columns: ColumnMap;
  /** The vectors of this rank's own rows. */
  readonly space: NearNullSpace;
}

/** Rows over all ranks up to which a level is replicated: communication would cost more than the work. */
export const replicatedRows = 4000;

/**
 * The cycle over finer levels and from a level on. Collective.
 *
 * @param finer Levels above that one, finest first.
 * @param replicated Rows up to which a level is replicated.
 */
export function nearNullCycle(
  finer: readonly RankLevel[],
  level: NearNullLevel,
  { theta, thetaFactor }: NearNullOptions,
  comm: Comm,
  replicated: number = replicatedRows,
): RankCycle {
  const levels = [...finer];
  let { matrix, columns, space } = level, threshold = theta;
  while (columns.total > replicated) {
    const fine = { ...matrix, rows: prunedRows(matrix.rows, diagonalOf(matrix)) };
    const { p, coarse } = nearNullStep(fine, space, threshold, comm), { total } = p.columns;
    if (total === 0 || total > slowestCoarsening * columns.total) break;
    const next = coarser(fine, p, comm);
    levels.push(new RankLevel(fine, next.p, next.matrix.halo, levels.length === 0));
    matrix = next.matrix;
    columns = next.columns;
    space = coarse;
    threshold *= thetaFactor;
  }
  const finest = pruned(gatheredMatrix(matrix.rows, columns, comm));
  const options = { theta: threshold, thetaFactor };
  const below = nearNullCoarsenings(finest, gatheredSpace(space, comm), options);
  return new RankCycle(levels, columns, new VCycle(finest, below, scaledFactors), comm);
}

/** The vectors of the rows of all ranks, and their nodes. Collective. */
function gatheredSpace({ nodes, of, width, modes }: NearNullSpace, comm: Comm): NearNullSpace {
  const offsets = offsetsOf(nodes, comm), first = offsets[comm.rank];
  return {
    nodes: offsets[comm.size],
    of: comm.allgatherv(of.map((node) => node < 0 ? -1 : first + node)),
    width,
    modes: comm.allgatherv(modes),
  };
}
