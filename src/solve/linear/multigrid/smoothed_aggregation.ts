/**
 * Algebraic multigrid by smoothed aggregation: the default preconditioner.
 *
 * Source: P. Vanek, J. Mandel, M. Brezina, "Algebraic multigrid by smoothed aggregation for second
 * and fourth order elliptic problems", Computing 56 (1996) 179-196, DOI 10.1007/BF02238511.
 *
 * @module
 */
import type { CsrMatrix } from "../csr.ts";
import type { Preconditioner } from "../operator.ts";
import type { SparseRows } from "../sparse_product.ts";
import { aggregate } from "./aggregation.ts";
import { galerkin } from "./multigrid_level.ts";
import { nodalGraph } from "./nodal_graph.ts";
import { pruned } from "./pruning.ts";
import { smoothedProlongator } from "./prolongator.ts";
import { spectralRadius } from "./spectral_radius.ts";
import { strongEntries } from "./strength.ts";
import { type LevelStep, VCycle } from "./v_cycle.ts";

/** What can be chosen of {@link SmoothedAggregation}. */
export interface MultigridOptions {
  /** Components per node, interleaved; constants of each are kept by the coarse levels. Default 1. */
  readonly blockSize?: number;
  /** Threshold of strength on the finest level, halved on each further one. Default 0.08. */
  readonly theta?: number;
  /** Interpolation to the finest level from a level that is known to be good; the rest is algebraic. */
  readonly first?: SparseRows | null;
  /** Levels this small are solved directly. Default 150. */
  readonly coarseSize?: number;
}

/** Threshold of strength on the finest level, halved on each further one. */
export const usualTheta = 0.08;

/** A level with more than this share of the rows above does not pay. */
export const slowestCoarsening = 0.8;

/** Power iterations for the damping; on the finest level Gershgorin's bound is good, and free. */
export const coarsePowerSteps = 5;

/** Guards against matrices that will not coarsen. */
export const maximumLevels = 20;

/**
 * One symmetric V-cycle: `z = M^-1 r`. The hierarchy is a function of the matrix's bytes alone, and so
 * is every bit of what `apply` gives.
 *
 * Forward Gauss-Seidel before, backward after the coarse correction; the coarsest level is solved
 * directly, and a null space there (pure Neumann) gets nothing.
 *
 * State: none, a function of the matrix.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model } from "@timestash/timestash";
 * import { SmoothedAggregation, stiffnessMatrix } from "@timestash/timestash/linear";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [20, 20] });
 * const m = new SmoothedAggregation(stiffnessMatrix(new MeshVariable(mesh, "u")));
 * console.log(m.levels[0].rows); // 441
 * ```
 */
export class SmoothedAggregation implements Preconditioner {
  readonly #cycle: VCycle;

  /**
   * Builds the hierarchy.
   *
   * @param matrix Square, with a stored diagonal; symmetric for use with conjugate gradients.
   * @param options Sizes and thresholds.
   * @throws {RangeError} when a diagonal entry is missing, zero or not finite.
   */
  constructor(matrix: CsrMatrix, options: MultigridOptions = {}) {
    const { blockSize = 1, coarseSize = 150, theta = usualTheta, first = null } = options;
    if (matrix.rows !== matrix.cols || matrix.rows % blockSize !== 0) {
      throw new RangeError(
        `multigrid needs a square matrix of whole blocks of ${blockSize}, not ` +
          `${matrix.rows} x ${matrix.cols}`,
      );
    }
    const finest = pruned(matrix);
    this.#cycle = new VCycle(
      finest,
      coarsenings(finest, { blockSize, coarseSize, theta, first }),
    );
  }

  /** Rows and entries of every level, finest first. */
  get levels(): readonly { readonly rows: number; readonly nnz: number }[] {
    return this.#cycle.levels;
  }

  /** One V-cycle on `A z = r` from `z = 0`, both `[rows]`. */
  apply(r: Float64Array, z: Float64Array): void {
    this.#cycle.apply(r, z);
  }
}

/** Coarser and coarser levels, until one is small enough or coarsening stalls. */
function* coarsenings(
  matrix: CsrMatrix,
  { blockSize, coarseSize, theta, first }: Required<MultigridOptions>,
): Generator<LevelStep> {
  let current = matrix, threshold = theta;
  for (let level = 1; current.rows > coarseSize && level < maximumLevels; level++) {
    const known = level === 1 ? first : null;
    const p = known ?? interpolation(current, threshold, blockSize, level === 1);
    if (p.cols === 0 || p.cols > slowestCoarsening * p.rows) return;
    const coarse = galerkin(current, p);
    current = known === null ? coarse : pruned(coarse);
    yield { p, coarse: current };
    if (known === null) threshold /= 2;
  }
}

/**
 * The interpolations of the hierarchy of a matrix, finest first, for use with others on the same nodes.
 *
 * @param matrix Square, with a stored diagonal.
 */
export function interpolations(matrix: CsrMatrix, options: MultigridOptions): SparseRows[] {
  const { blockSize = 1, coarseSize = 150, theta = usualTheta, first = null } = options;
  const all = coarsenings(pruned(matrix), { blockSize, coarseSize, theta, first });
  return Array.from(all, ({ p }) => p);
}

/** Smoothed interpolation from aggregates of strongly coupled unknowns. */
function interpolation(
  matrix: CsrMatrix,
  theta: number,
  blockSize: number,
  finest: boolean,
): SparseRows {
  const strong = strongEntries(matrix, theta);
  const graph = blockSize === 1
    ? { rows: matrix.rows, starts: matrix.rowStarts, columns: matrix.columns, strong }
    : nodalGraph(matrix, strong, blockSize);
  const aggregates = aggregate(graph.rows, graph.starts, graph.columns, graph.strong);
  const omega = 4 / 3 / spectralRadius(matrix, finest ? 0 : coarsePowerSteps);
  return smoothedProlongator(matrix, strong, aggregates, omega, blockSize);
}
