/**
 * One level of a multigrid hierarchy with several unknowns per node, whose rows are distributed among ranks.
 *
 * @module
 */
import type { Halo } from "../../mesh/halo.ts";
import type { CsrMatrix } from "../linear/csr.ts";
import {
  blockBackward,
  blockForward,
  type BlockRows,
  invertBlocks,
  scaleBlocks,
} from "../linear/multigrid/block_sweeps.ts";
import type { SparseRows } from "../linear/sparse_product.ts";
import type { DividedMatrix } from "./interpolation.ts";

/** What is known of the blocks of a matrix. */
export interface BlockShape {
  /** Unknowns per node. */
  readonly m: number;
  readonly isSymmetric: boolean;
}

/** A diagonal this much larger than the couplings to other ranks needs no addition. */
const enough = 1.5;

/**
 * A smoother of this rank's nodes, and the transfer to the level below. Sweeps see the nodes of this rank only;
 * where couplings to other ranks are large, half of their absolute values is added to their counterparts in the
 * diagonal block, as in `RankLevel`; of symmetric matrices on the diagonal alone, so that they stay symmetric.
 *
 * State: none, a function of the matrix; vectors are work space of one cycle.
 */
export class RankBlockLevel {
  /** Right-hand side and solution with ghosts, where this is not the finest level. */
  readonly b: Float64Array;
  readonly x: Float64Array;
  readonly #matrix: CsrMatrix;
  readonly #rows: BlockRows;
  readonly #p: SparseRows;
  readonly #residual: Float64Array;
  readonly #work: Float64Array;
  #halo: Halo | null = null;
  #below: Halo | null = null;

  /**
   * Communicates nothing.
   *
   * @param matrix This rank's rows, in whole blocks.
   * @param p From all columns of the level below.
   * @throws {RangeError} when a diagonal block is singular.
   */
  constructor(
    { rows }: DividedMatrix,
    p: SparseRows,
    { m, isSymmetric }: BlockShape,
    isFinest: boolean,
  ) {
    this.#matrix = rows;
    this.#p = p;
    this.#rows = ownRows(rows, m, isSymmetric);
    this.#residual = new Float64Array(rows.rows);
    this.#work = new Float64Array(rows.rows);
    this.b = new Float64Array(isFinest ? 0 : rows.cols);
    this.x = new Float64Array(isFinest ? 0 : rows.cols);
  }

  /** Says who has the ghosts of this level, and of the one below. */
  connect(halo: Halo, below: Halo): void {
    this.#halo = halo;
    this.#below = below;
  }

  /** Smooths `A x = b` from `x = 0`; `coarse = P^T (b - A x)`, own entries of it. Collective. */
  down(b: Float64Array, x: Float64Array, coarse: Float64Array): void {
    blockForward(this.#rows, b, x);
    this.#halo!.sync(x, 1);
    this.#matrix.residual(b, x, this.#residual);
    const { rows, starts, columns, values } = this.#p;
    coarse.fill(0);
    for (let i = 0; i < rows; i++) {
      const r = this.#residual[i];
      for (let k = starts[i], end = starts[i + 1]; k < end; k++) {
        coarse[columns[k]] += values[k] * r;
      }
    }
    this.#below!.addToOwners(coarse);
  }

  /** `x += P coarse`, then smooths in the opposite order; `coarse` comes with ghosts. Collective. */
  up(b: Float64Array, x: Float64Array, coarse: Float64Array): void {
    const { rows, starts, columns, values } = this.#p;
    for (let i = 0; i < rows; i++) {
      let sum = x[i];
      for (let k = starts[i], end = starts[i + 1]; k < end; k++) {
        sum += values[k] * coarse[columns[k]];
      }
      x[i] = sum;
    }
    this.#halo!.sync(x, 1);
    // A correction from zero for what is left: other ranks' values stay as they are meanwhile.
    this.#matrix.residual(b, x, this.#residual);
    const step = new Float64Array(rows);
    blockBackward(this.#rows, this.#residual, step, this.#work);
    for (let i = 0; i < rows; i++) x[i] += step[i];
  }

  /** Gives ghosts what their owners have. Collective. */
  sync(x: Float64Array): void {
    this.#halo!.sync(x, 1);
  }
}

/** The blocks between this rank's own nodes, with additions to the diagonals. */
function ownRows(matrix: CsrMatrix, m: number, isSymmetric: boolean): BlockRows {
  const { rows, rowStarts, columns, values } = matrix;
  const nodes = rows / m, size = m * m;
  const starts = new Int32Array(nodes + 1);
  for (let i = 0; i < nodes; i++) {
    let count = 0;
    for (let k = rowStarts[i * m]; k < rowStarts[i * m + 1]; k += m) if (columns[k] < rows) count++;
    starts[i + 1] = starts[i] + count;
  }
  const own = new Int32Array(starts[nodes]), diagonal = new Int32Array(nodes);
  const blocks = new Float64Array(starts[nodes] * size);
  const beyond = new Float64Array(m), all = new Float64Array(m);
  for (let i = 0; i < nodes; i++) {
    for (let c = 0; c < m; c++) {
      let at = starts[i];
      beyond.fill(0);
      all.fill(0);
      for (let k = rowStarts[i * m + c]; k < rowStarts[i * m + c + 1]; k += m) {
        const isOwn = columns[k] < rows;
        for (let d = 0; d < m; d++) {
          const size = Math.abs(values[k + d]);
          if (columns[k] !== i * m) all[d] += size;
          if (!isOwn) beyond[d] += size;
        }
        if (!isOwn) continue;
        own[at] = columns[k] / m;
        if (own[at] === i) diagonal[i] = at;
        for (let d = 0; d < m; d++) blocks[(at * m + c) * m + d] = values[k + d];
        at++;
      }
      for (let d = 0; d < m; d++) {
        if (isSymmetric && d !== c) continue;
        const place = (diagonal[i] * m + c) * m + d, size = Math.abs(blocks[place]);
        // What is not the counterpart of its row, as off the diagonal in elasticity, stays as it is.
        const isWeighty = d === c || size >= all[d] / 2;
        if (isWeighty && size < enough * beyond[d]) {
          blocks[place] += Math.sign(blocks[place]) * beyond[d] / 2;
        }
      }
    }
  }
  return scaled(m, starts, own, diagonal, blocks);
}

function scaled(
  m: number,
  starts: Int32Array,
  columns: Int32Array,
  diagonal: Int32Array,
  values: Float64Array,
): BlockRows {
  const nodes = starts.length - 1, size = m * m;
  const blocks = new Float64Array(nodes * size), inverses = new Float64Array(nodes * size);
  for (let i = 0; i < nodes; i++) {
    for (let e = 0; e < size; e++) blocks[i * size + e] = values[diagonal[i] * size + e];
  }
  if (invertBlocks(m, blocks, inverses) >= 0) {
    throw new RangeError(
      "a diagonal block is singular or not finite; look for zero, infinite or NaN coefficients, or " +
        "choose another preconditioner",
    );
  }
  const rows = new Float32Array(values.length);
  scaleBlocks(m, starts, values, inverses, rows);
  return { nodes, m, starts, columns, diagonal, scaled: rows, blocks, inverses };
}
