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
import { rawProduct, rowsOf, type SparseRows } from "../sparse_product.ts";
import { aggregate, type Aggregates } from "./aggregation.ts";
import { galerkin } from "./multigrid_level.ts";
import { blockNormGraph, type RowsOfNodes } from "./nodal_graph.ts";
import { pruned } from "./pruning.ts";
import { coarsePowerSteps, maximumLevels, slowestCoarsening } from "./smoothed_aggregation.ts";
import { spectralRadius } from "./spectral_radius.ts";
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

/** A mode adds nothing to an aggregate where less than this of its square is left. */
const dependent = 1e-10;

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
  const { of, width, modes } = space, rows = of.length;
  const owner = new Int32Array(rows);
  for (let i = 0; i < rows; i++) owner[i] = of[i] < 0 ? -1 : aggregateOf[of[i]];
  const factors = gramMatrices(count, owner, width, modes);
  const columnStarts = new Int32Array(count + 1), pivots = new Int32Array(count * width);
  for (let a = 0; a < count; a++) {
    const size = factorise(factors, a * width * width, width, pivots, a * width);
    columnStarts[a + 1] = columnStarts[a] + size;
  }
  const cols = columnStarts[count];
  const t = orthonormal(owner, width, modes, factors, pivots, columnStarts, cols);
  const coarseOf = new Int32Array(cols), coarseModes = new Float64Array(cols * width);
  for (let a = 0; a < count; a++) {
    for (let c = columnStarts[a]; c < columnStarts[a + 1]; c++) {
      coarseOf[c] = a;
      const row = (a * width + pivots[a * width + c - columnStarts[a]]) * width;
      for (let j = 0; j < width; j++) coarseModes[c * width + j] = factors[row + j];
    }
  }
  return { t, coarse: { nodes: count, of: coarseOf, width, modes: coarseModes } };
}

/** `N^T N` of each aggregate, `[count x width x width]`. */
function gramMatrices(
  count: number,
  owner: Int32Array,
  width: number,
  modes: Float64Array,
): Float64Array {
  const gram = new Float64Array(count * width * width);
  for (let i = 0; i < owner.length; i++) {
    if (owner[i] < 0) continue;
    const at = owner[i] * width * width, row = i * width;
    for (let j = 0; j < width; j++) {
      const value = modes[row + j];
      for (let k = 0; k < width; k++) gram[at + j * width + k] += value * modes[row + k];
    }
  }
  return gram;
}

/**
 * `G = R^T R` in place, R upper triangular; rows of dependent modes become 0.
 *
 * @param pivots Gets the modes that have a row.
 * @returns How many there are.
 */
function factorise(
  g: Float64Array,
  at: number,
  width: number,
  pivots: Int32Array,
  pivotsAt: number,
): number {
  let size = 0;
  for (let j = 0; j < width; j++) {
    const row = at + j * width, whole = g[row + j];
    for (let k = 0; k < j; k++) {
      const factor = g[at + k * width + j];
      for (let l = j; l < width; l++) g[row + l] -= factor * g[at + k * width + l];
    }
    const rest = g[row + j];
    const isKept = rest > dependent * whole;
    const scale = isKept ? 1 / Math.sqrt(rest) : 0;
    for (let l = 0; l < width; l++) g[row + l] = l < j ? 0 : g[row + l] * scale;
    if (isKept) pivots[pivotsAt + size++] = j;
  }
  return size;
}

/** `T = N R^-1`, row by row. */
function orthonormal(
  owner: Int32Array,
  width: number,
  modes: Float64Array,
  factors: Float64Array,
  pivots: Int32Array,
  columnStarts: Int32Array,
  cols: number,
): SparseRows {
  const rows = owner.length, starts = new Int32Array(rows + 1);
  const columns = new Int32Array(rows * width), values = new Float64Array(rows * width);
  const row = new Float64Array(width);
  let nnz = 0;
  for (let i = 0; i < rows; i++) {
    const a = owner[i];
    if (a >= 0) {
      for (let j = 0; j < width; j++) row[j] = modes[i * width + j];
      for (let c = columnStarts[a]; c < columnStarts[a + 1]; c++) {
        const j = pivots[a * width + c - columnStarts[a]], r = (a * width + j) * width;
        const value = row[j] / factors[r + j];
        for (let l = j + 1; l < width; l++) row[l] -= value * factors[r + l];
        columns[nnz] = c;
        values[nnz++] = value;
      }
    }
    starts[i + 1] = nnz;
  }
  return { rows, cols, starts, columns, values };
}

/** `P = (I - omega D^-1 A) T`. */
function smoothed(matrix: CsrMatrix, t: SparseRows, omega: number): SparseRows {
  const product = rawProduct(rowsOf(matrix), t);
  const { rows, cols, starts, columns, values } = product;
  const diagonal = matrix.diagonal();
  const marker = new Int32Array(cols).fill(-1);
  for (let i = 0; i < rows; i++) {
    const scale = -omega / diagonal[i];
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      values[k] *= scale;
      marker[columns[k]] = k;
    }
    // A stored diagonal brings every column of T into the product.
    for (let k = t.starts[i]; k < t.starts[i + 1]; k++) values[marker[t.columns[k]]] += t.values[k];
  }
  return product;
}
