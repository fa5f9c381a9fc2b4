/**
 * Multigrid for several unknowns per node, smoothed all at once.
 *
 * @module
 */
import { CsrMatrix } from "../csr.ts";
import type { Preconditioner } from "../operator.ts";
import {
  blockBackward,
  blockForward,
  type BlockRows,
  invertBlocks,
  residualAfterForward,
  scaleBlocks,
} from "./block_sweeps.ts";
import { DenseFactors } from "./dense_factors.ts";
import type { NodalLevel, NodalStep } from "./nodal_hierarchy.ts";

/** One level with its vectors. */
interface Level {
  readonly rows: BlockRows;
  readonly step: NodalStep | null;
  readonly b: Float64Array;
  readonly x: Float64Array;
  readonly r: Float64Array;
  readonly work: Float64Array;
}

/**
 * One V-cycle: `z = M^-1 r`. Interpolation is that of the nodes, the same for every unknown; coarse matrices are
 * Galerkin products; Gauss-Seidel sweeps, forward before the coarse correction and backward after it, solve for
 * all unknowns of a node together. Symmetric where the matrix is.
 *
 * Source: P. Vanek, J. Mandel, M. Brezina, "Algebraic multigrid by smoothed aggregation for second and fourth
 * order elliptic problems", Computing 56 (1996) 179-196, DOI 10.1007/BF02238511; collective smoothing: A.
 * Brandt, "Multigrid techniques: 1984 guide", revised edition SIAM 2011, DOI 10.1137/1.9781611970753.
 *
 * State: none, a function of the matrix.
 */
export class BlockMultigrid implements Preconditioner {
  readonly #levels: Level[] = [];
  readonly #bottom: DenseFactors;
  /** 0 where a value is prescribed: such unknowns have no part in coarse levels. */
  readonly #free: Float64Array;

  /**
   * Computes the coarse matrices.
   *
   * @param levels Of the nodes; the first has the pattern of the matrix's blocks.
   * @param matrix `[nodes m x nodes m]`, whole blocks, unknowns of a node side by side.
   * @param constrained `[nodes m]`, 1 where there is a Dirichlet value; such rows and columns do not count,
   *   and what comes in there goes out unchanged.
   * @throws {RangeError} when a diagonal block is singular.
   */
  constructor(levels: readonly NodalLevel[], matrix: CsrMatrix, constrained: Uint8Array) {
    const m = matrix.rows / levels[0].nodes;
    this.#free = Float64Array.from(constrained, (flag) => flag === 1 ? 0 : 1);
    let values = fineBlocks(levels[0], m, matrix.values, constrained);
    for (const [l, level] of levels.entries()) {
      const rows = scaledRows(level, m, values);
      const vector = () => new Float64Array(level.nodes * m);
      const step = level.coarser;
      this.#levels.push({ rows, step, b: vector(), x: vector(), r: vector(), work: vector() });
      if (step !== null) values = coarseBlocks(level, step, levels[l + 1], m, values);
    }
    this.#bottom = new DenseFactors(matrixOf(levels[levels.length - 1], m, values));
  }

  /** One V-cycle on `A z = r` from `z = 0`. */
  apply(r: Float64Array, z: Float64Array): void {
    const levels = this.#levels, last = levels.length - 1, free = this.#free;
    for (let l = 0; l < last; l++) {
      const { rows, step, work, r: residual } = levels[l];
      const b = l === 0 ? r : levels[l].b, x = l === 0 ? z : levels[l].x;
      blockForward(rows, b, x);
      residualAfterForward(rows, x, work, residual);
      if (l === 0) { for (let i = 0; i < residual.length; i++) residual[i] *= free[i]; }
      restrict(rows.m, step!, residual, levels[l + 1].b);
    }
    this.#bottom.solve(last === 0 ? r : levels[last].b, last === 0 ? z : levels[last].x);
    for (let l = last - 1; l >= 0; l--) {
      const { rows, step, work } = levels[l];
      const b = l === 0 ? r : levels[l].b, x = l === 0 ? z : levels[l].x;
      prolong(rows.m, step!, levels[l + 1].x, x, l === 0 ? free : null);
      blockBackward(rows, b, x, work);
    }
  }
}

/** The blocks of a matrix one after the other; constrained rows and columns are zero. */
function fineBlocks(
  { nodes, starts, columns }: NodalLevel,
  m: number,
  values: Float64Array,
  constrained: Uint8Array,
): Float64Array {
  const size = m * m;
  const out = new Float64Array(starts[nodes] * size);
  for (let i = 0; i < nodes; i++) {
    const first = starts[i], end = starts[i + 1];
    for (let c = 0; c < m; c++) {
      if (constrained[i * m + c] === 1) continue;
      let from = first * size + c * (end - first) * m;
      for (let k = first; k < end; k++) {
        const j = columns[k] * m, to = k * size + c * m;
        for (let d = 0; d < m; d++, from++) {
          if (constrained[j + d] === 0) out[to + d] = values[from];
        }
      }
    }
  }
  return out;
}

/** Divides rows by their diagonal blocks. */
function scaledRows(
  { nodes, starts, columns, diagonal }: NodalLevel,
  m: number,
  values: Float64Array,
): BlockRows {
  const size = m * m;
  const blocks = new Float64Array(nodes * size), inverses = new Float64Array(nodes * size);
  for (let i = 0; i < nodes; i++) {
    for (let e = 0; e < size; e++) blocks[i * size + e] = values[diagonal[i] * size + e];
  }
  const singular = invertBlocks(m, blocks, inverses);
  if (singular >= 0) {
    throw new RangeError(
      `the diagonal block of node ${singular} is singular or not finite; look for zero, infinite or ` +
        `NaN coefficients, or choose another preconditioner`,
    );
  }
  const scaled = new Float32Array(values.length);
  scaleBlocks(m, starts, values, inverses, scaled);
  return { nodes, m, starts, columns, diagonal, scaled, blocks, inverses };
}

/** `P^T A P`. */
function coarseBlocks(
  level: NodalLevel,
  step: NodalStep,
  coarse: NodalLevel,
  m: number,
  values: Float64Array,
): Float64Array {
  const size = m * m;
  const product = new Float64Array(step.productSize * size);
  multiplyByInterpolation(level, step, size, values, product);
  const out = new Float64Array(coarse.starts[coarse.nodes] * size);
  const { p, productStarts, coarsePlaces } = step;
  for (let i = 0, at = 0; i < level.nodes; i++) {
    for (let l = p.starts[i]; l < p.starts[i + 1]; l++) {
      const weight = p.values[l];
      for (let k = productStarts[i]; k < productStarts[i + 1]; k++) {
        const to = coarsePlaces[at++] * size, from = k * size;
        for (let e = 0; e < size; e++) out[to + e] += weight * product[from + e];
      }
    }
  }
  return out;
}

function multiplyByInterpolation(
  { nodes, starts, columns }: NodalLevel,
  { p, productPlaces }: NodalStep,
  size: number,
  values: Float64Array,
  product: Float64Array,
): void {
  for (let k = 0, at = 0, end = starts[nodes]; k < end; k++) {
    const row = columns[k], from = k * size;
    for (let l = p.starts[row]; l < p.starts[row + 1]; l++) {
      const to = productPlaces[at++] * size, weight = p.values[l];
      for (let e = 0; e < size; e++) product[to + e] += weight * values[from + e];
    }
  }
}

/** `coarse = P^T r` for every unknown of a node. */
function restrict(m: number, { p }: NodalStep, r: Float64Array, coarse: Float64Array): void {
  coarse.fill(0);
  for (let i = 0; i < p.rows; i++) {
    for (let l = p.starts[i]; l < p.starts[i + 1]; l++) {
      const to = p.columns[l] * m, weight = p.values[l];
      for (let c = 0; c < m; c++) coarse[to + c] += weight * r[i * m + c];
    }
  }
}

/** `x += P coarse`, where `free` is not 0. */
function prolong(
  m: number,
  { p }: NodalStep,
  coarse: Float64Array,
  x: Float64Array,
  free: Float64Array | null,
): void {
  for (let i = 0; i < p.rows; i++) {
    for (let l = p.starts[i]; l < p.starts[i + 1]; l++) {
      const from = p.columns[l] * m, weight = p.values[l];
      for (let c = i * m; c < (i + 1) * m; c++) {
        x[c] += (free === null ? weight : weight * free[c]) * coarse[from + c - i * m];
      }
    }
  }
}

/** A level as a scalar matrix; unknowns that have no part in it get a diagonal of 1. */
function matrixOf(
  { nodes, starts, columns }: NodalLevel,
  m: number,
  values: Float64Array,
): CsrMatrix {
  const rows = nodes * m;
  const rowStarts = new Int32Array(rows + 1);
  const outColumns = new Int32Array(starts[nodes] * m * m);
  const outValues = new Float64Array(outColumns.length);
  let nnz = 0;
  for (let i = 0; i < nodes; i++) {
    for (let c = 0; c < m; c++) {
      let isEmpty = true, own = 0;
      for (let k = starts[i]; k < starts[i + 1]; k++) {
        for (let d = 0; d < m; d++) {
          const column = columns[k] * m + d;
          if (column === i * m + c) own = nnz;
          outColumns[nnz] = column;
          outValues[nnz] = values[(k * m + c) * m + d];
          if (outValues[nnz++] !== 0) isEmpty = false;
        }
      }
      if (isEmpty) outValues[own] = 1;
      rowStarts[i * m + c + 1] = nnz;
    }
  }
  return new CsrMatrix(rows, rows, rowStarts, outColumns, outValues);
}
