/**
 * Aggregation that keeps given vectors, over ranks: the levels of `near_null_space.ts` with aggregates that reach
 * across. An aggregate belongs to the rank that began it; the Gram matrix of its vectors is summed there in the order
 * of ranks, and its factor goes back to those who have rows of it.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import { CsrMatrix } from "../linear/csr.ts";
import type { NearNullSpace } from "../linear/multigrid/near_null_space.ts";
import { blockNorms, strongBlocks } from "../linear/multigrid/nodal_graph.ts";
import { coarsePowerSteps } from "../linear/multigrid/smoothed_aggregation.ts";
import { spectralRadius } from "../linear/multigrid/spectral_radius.ts";
import {
  coarseSpace,
  factorised,
  gramMatrices,
  orthonormal,
  smoothed,
} from "../linear/multigrid/tentative.ts";
import { aggregateOverRanks, type DividedAggregates, type DividedGraph } from "./aggregation.ts";
import { withGhosts } from "./coarsening.ts";
import { ColumnMap, offsetsOf } from "./column_map.ts";
import type { DividedInterpolation, DividedMatrix } from "./interpolation.ts";

/** The way to the next coarser level. */
export interface NearNullStep {
  readonly p: DividedInterpolation;
  /** The vectors of this rank's own coarse rows. */
  readonly coarse: NearNullSpace;
}

/**
 * Smoothed interpolation from aggregates that keeps the vectors. Collective.
 *
 * @param space Of this rank's own rows and nodes.
 * @param theta Threshold of strength.
 */
export function nearNullStep(
  fine: DividedMatrix,
  space: NearNullSpace,
  theta: number,
  comm: Comm,
): NearNullStep {
  const aggregates = aggregateOverRanks(nodesOf(fine, space, theta, comm), comm);
  const { t, coarse } = tentativeOverRanks(aggregates, space, comm);
  const { rows, columns } = withGhosts(fine, t, comm), { halo } = fine;
  const omega = 4 / 3 / spectralRadius(fine.rows, coarsePowerSteps, { halo, comm });
  return { p: { rows: smoothed(fine.rows, rows, omega), columns }, coarse };
}

/** The graph of the nodes: this rank's own, then those of others that its rows couple to. Collective. */
function nodesOf(
  { rows, halo }: DividedMatrix,
  { nodes, of }: NearNullSpace,
  theta: number,
  comm: Comm,
): DividedGraph {
  const offsets = offsetsOf(nodes, comm), first = offsets[comm.rank];
  const known = new Float64Array(rows.cols).fill(-1);
  for (let i = 0; i < of.length; i++) if (of[i] >= 0) known[i] = first + of[i];
  halo.sync(known, 1);
  const places = Int32Array.from(known), map = new ColumnMap(offsets, comm.rank, places);
  const norms = blockNorms(rows, map.at(places), nodes, map.count);
  const own = new Float64Array(map.count), nodeHalo = map.halo(comm);
  own.set(norms.own);
  nodeHalo.sync(own, 1);
  const { starts, columns, squares } = norms;
  return {
    rows: new CsrMatrix(nodes, map.count, starts, columns, squares),
    halo: nodeHalo,
    strong: strongBlocks(norms, own, theta),
  };
}

/** Orthonormal columns on aggregates for this rank's own rows, and the vectors of its own columns. Collective. */
function tentativeOverRanks(
  { own, ranks, numbers }: DividedAggregates,
  space: NearNullSpace,
  comm: Comm,
): { t: DividedInterpolation; coarse: NearNullSpace } {
  const { nodes, of, width } = space, offsets = offsetsOf(own, comm), square = width * width;
  const places = new Int32Array(nodes);
  for (let i = 0; i < nodes; i++) places[i] = ranks[i] < 0 ? -1 : offsets[ranks[i]] + numbers[i];
  const map = new ColumnMap(offsets, comm.rank, places), halo = map.halo(comm);
  const aggregateOf = map.at(places), owner = of.map((node) => node < 0 ? -1 : aggregateOf[node]);
  const factors = gramMatrices(map.count, owner, width, space.modes);
  for (const { owned, data } of halo.collect(factors, square)) {
    for (let k = 0; k < data.length; k++) {
      factors[owned[Math.floor(k / square)] * square + k % square] += data[k];
    }
  }
  const starts = factorised(factors, own, width), columnOffsets = offsetsOf(starts[own], comm);
  halo.sync(factors, square);
  const begin = new Float64Array(map.count);
  for (let a = 0; a < own; a++) begin[a] = columnOffsets[comm.rank] + starts[a];
  halo.sync(begin, 1);
  const t = orthonormal(owner, space, factors, Int32Array.from(begin), 0);
  const columns = new ColumnMap(columnOffsets, comm.rank, t.columns);
  return {
    t: { rows: { ...t, cols: columns.count, columns: columns.at(t.columns) }, columns },
    coarse: coarseSpace(factors, starts, width),
  };
}
