/**
 * Coarse levels over ranks for several unknowns per node.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import { CsrMatrix } from "../linear/csr.ts";
import { prunedRows } from "../linear/multigrid/pruning.ts";
import { nodalHierarchy, type NodalLevel } from "../linear/multigrid/nodal_hierarchy.ts";
import {
  coarsePowerSteps,
  slowestCoarsening,
  usualTheta,
} from "../linear/multigrid/smoothed_aggregation.ts";
import { coarser, gatheredMatrix } from "./coarsening.ts";
import { ColumnMap, offsetsOf } from "./column_map.ts";
import {
  diagonalOf,
  type DividedInterpolation,
  type DividedMatrix,
  interpolationOverRanks,
} from "./interpolation.ts";

/** Interpolations from level to level, finest first, and the levels that every rank has. */
export interface RankNodalLevels {
  readonly interpolations: readonly DividedInterpolation[];
  /** Of the level to which they lead, whole. */
  readonly replicated: readonly NodalLevel[];
}

/** Nodes over all ranks up to which a level is replicated. */
const smallEnough = 1500;

/**
 * The levels for matrices with a block for each entry of a scalar one. Collective.
 *
 * @param matrix Scalar, symmetric positive semi-definite, on the same nodes.
 * @param first Interpolation to the finest level from one that is known to be good; null for none.
 */
export function rankNodalLevels(
  matrix: DividedMatrix,
  first: DividedInterpolation | null,
  comm: Comm,
): RankNodalLevels {
  const interpolations: DividedInterpolation[] = [];
  let current = matrix;
  let columns = new ColumnMap(offsetsOf(matrix.rows.rows, comm), comm.rank);
  let theta = usualTheta;
  while (columns.total > smallEnough || interpolations.length === 0) {
    const isFinest = interpolations.length === 0, known = isFinest ? first : null;
    const steps = isFinest ? 0 : coarsePowerSteps;
    // Patterns stay whole, those of systems do; only what couples strongly is decided without small entries.
    const strong = { ...current, rows: prunedRows(current.rows, diagonalOf(current)) };
    const p = known ?? interpolationOverRanks(strong, theta, steps, comm);
    if (!isFinest && p.columns.total > slowestCoarsening * columns.total) break;
    interpolations.push(p);
    const next = coarser(current, p, comm);
    current = next.matrix;
    columns = next.columns;
    if (known === null) theta /= 2;
  }
  const whole = columns.total === 0
    ? new CsrMatrix(0, 0, new Int32Array(1), new Int32Array(0), new Float64Array(0))
    : gatheredMatrix(current.rows, columns, comm);
  return { interpolations, replicated: nodalHierarchy(whole, null) };
}
