/**
 * Interpolation between levels that are distributed among ranks.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import type { Halo } from "../../mesh/halo.ts";
import type { CsrMatrix } from "../linear/csr.ts";
import { smoothedProlongator } from "../linear/multigrid/prolongator.ts";
import { spectralRadius } from "../linear/multigrid/spectral_radius.ts";
import { strongEntries } from "../linear/multigrid/strength.ts";
import type { SparseRows } from "../linear/sparse_product.ts";
import { aggregateOverRanks } from "./aggregation.ts";
import { ColumnMap, offsetsOf } from "./column_map.ts";

/** A matrix distributed by rows: those of this rank, in which ghost columns follow its own. */
export interface DividedMatrix {
  /** `[owned x (owned + ghosts)]` */
  readonly rows: CsrMatrix;
  /** Who has the ghosts. */
  readonly halo: Halo;
}

/** The diagonal of every column, ghosts too, `[owned + ghosts]`. Collective. */
export function diagonalOf({ rows, halo }: DividedMatrix): Float64Array {
  const diagonal = new Float64Array(rows.cols);
  diagonal.set(rows.diagonal());
  halo.sync(diagonal, 1);
  return diagonal;
}

/** Interpolation to this rank's rows from coarse unknowns of any rank. */
export interface DividedInterpolation {
  /** `[owned x columns.count]` */
  readonly rows: SparseRows;
  /** The coarse unknowns. */
  readonly columns: ColumnMap;
}

/**
 * Smoothed interpolation from aggregates of strongly coupled rows, across ranks. Collective.
 *
 * @param theta Threshold of strength.
 * @param powerSteps Steps of power iteration for the damping.
 */
export function interpolationOverRanks(
  { rows, halo }: DividedMatrix,
  theta: number,
  powerSteps: number,
  comm: Comm,
): DividedInterpolation {
  const strong = strongEntries(rows, theta, diagonalOf({ rows, halo }));
  const aggregates = aggregateOverRanks({ rows, strong, halo }, comm);
  const offsets = offsetsOf(aggregates.own, comm);
  const places = aggregates.numbers.map((number, i) => {
    const rank = aggregates.ranks[i];
    return rank < 0 ? -1 : offsets[rank] + number;
  });
  const columns = new ColumnMap(offsets, comm.rank, places);
  const omega = 4 / 3 / spectralRadius(rows, powerSteps, { halo, comm });
  const all = { count: columns.count, of: columns.at(places) };
  return { rows: smoothedProlongator(rows, strong, all, omega, 1), columns };
}
