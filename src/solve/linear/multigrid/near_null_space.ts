/**
 * Aggregation that keeps given vectors: coarse levels interpolate what costs little energy, such as the rigid
 * motions of an elastic body or of a viscous fluid, exactly.
 *
 * Source: P. Vanek, J. Mandel, M. Brezina, "Algebraic multigrid by smoothed aggregation for second
 * and fourth order elliptic problems", Computing 56 (1996) 179-196, DOI 10.1007/BF02238511, section 5.
 *
 * @module
 */
import type { CsrMatrix } from "../csr.ts";
import type { SparseRows } from "../sparse_product.ts";
import { aggregate, type Aggregates } from "./aggregation.ts";
import { galerkin } from "./multigrid_level.ts";
import { blockNormGraph, type RowsOfNodes } from "./nodal_graph.ts";
import { pruned } from "./pruning.ts";
import { coarsePowerSteps, maximumLevels, slowestCoarsening } from "./smoothed_aggregation.ts";
import { spectralRadius } from "./spectral_radius.ts";
import { coarseSpace, factorised, gramMatrices, orthonormal, smoothed } from "./tentative.ts";
import type { LevelStep } from "./v_cycle.ts";

/** Rows of nodes, and vectors that the coarse levels have to keep. */
export interface NearNullSpace extends RowsOfNodes {
  /** How many vectors there are. */
  readonly width: number;
  /** `[rows x width]`; 0 in rows that are not solved for. */
  readonly modes: Float64Array;
}

/** What can be chosen. */
export interface NearNullOptions {
  /** Threshold of strength on the finest level. */
  readonly theta: number;
  /** The factor of the threshold from a level to the next. */
  readonly thetaFactor: number;
  /** Levels this small are solved directly. Defaults to 150 rows. */
  readonly coarseSize?: number;
}

/**
 * Coarser and coarser levels, until one is small enough or coarsening stalls. The prolongator is smoothed with
 * the whole matrix: moving weak entries to the diagonal would keep constants but not rotations.
 *
 * @param matrix Symmetric, with a stored diagonal.
 */
export function* nearNullCoarsenings(
  matrix: CsrMatrix,
  space: NearNullSpace,
  { theta, thetaFactor, coarseSize = 150 }: NearNullOptions,
): Generator<LevelStep> {
  let current = matrix, kept = space, threshold = theta;
  for (let level = 1; current.rows > coarseSize && level < maximumLevels; level++) {
    const { rows, starts, columns, strong } = blockNormGraph(current, kept, threshold);
    const step = tentative(aggregate(rows, starts, columns, strong), kept);
    if (step.t.cols === 0 || step.t.cols > slowestCoarsening * current.rows) return;
    const p = smoothed(current, step.t, 4 / 3 / spectralRadius(current, coarsePowerSteps));
    current = pruned(galerkin(current, p));
    kept = step.coarse;
    yield { p, coarse: current };
    threshold *= thetaFactor;
  }
}

/** Interpolation that is constant in each aggregate, as far as its vectors are, and what is left of those. */
export interface Tentative {
  readonly t: SparseRows;
  readonly coarse: NearNullSpace;
}

/**
 * Orthonormal columns `T` on each aggregate, with `modes = T R`. There are as many columns as the modes are
 * independent there: an aggregate may have fewer free rows than modes. R has the modes of the coarse level.
 */
export function tentative({ count, of: aggregateOf }: Aggregates, space: NearNullSpace): Tentative {
  const { of, width, modes } = space;
  const owner = of.map((node) => node < 0 ? -1 : aggregateOf[node]);
  const factors = gramMatrices(count, owner, width, modes);
  const starts = factorised(factors, count, width);
  const t = orthonormal(owner, space, factors, starts, starts[count]);
  return { t, coarse: coarseSpace(factors, starts, width) };
}
