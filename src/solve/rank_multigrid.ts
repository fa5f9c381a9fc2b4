/**
 * Multigrid over ranks: the finest level is smoothed by each rank for itself, and the coarse levels, a
 * tenth of the unknowns or less, are the same on all of them.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import type { Halo } from "../mesh/halo.ts";
import { CsrMatrix, transposeOf } from "./linear/csr.ts";
import { Level } from "./linear/multigrid/level.ts";
import { interpolation, SmoothedAggregation } from "./linear/multigrid/smoothed_aggregation.ts";
import type { Preconditioner } from "./linear/operator.ts";
import { rawProduct, rowsOf, sorted, type SparseRows } from "./linear/sparse_product.ts";

/** Threshold of strength on the finest level, as in `SmoothedAggregation`. */
const theta = 0.08;

/** This rank's rows of a matrix, divided at the ranks' borders. */
interface Divided {
  /** Between unknowns of this rank, the diagonal enlarged by what leads to others. */
  readonly block: CsrMatrix;
  /**
   * The same, but with row sums as in the whole matrix: what leads to others is on the diagonal. Interpolation
   * that is smoothed by it keeps constants.
   */
  readonly closed: CsrMatrix;
  /** To unknowns of other ranks. */
  readonly outer: CsrMatrix;
  /** `sum |a_ij|` over j of other ranks, `[owned]`. */
  readonly lumped: Float64Array;
}

/**
 * One symmetric V-cycle on all ranks: `z = M^-1 r`. Aggregates stay within ranks. The smoother is l1
 * Gauss-Seidel: A. H. Baker, R. D. Falgout, Tz. V. Kolev, U. M. Yang, SIAM J. Sci. Comput. 33 (2011)
 * 2864-2887, doi:10.1137/100798806; it converges for every symmetric positive definite matrix.
 *
 * State: none, a function of the matrix and of how it is divided.
 */
export class RankMultigrid implements Preconditioner {
  readonly #free: CsrMatrix;
  readonly #comm: Comm;
  readonly #halo: Halo;
  readonly #owned: number;
  readonly #parts: Divided;
  readonly #level: Level | null;
  /** From this rank's aggregates, in local numbers. */
  readonly #p: SparseRows;
  /** Of this rank's first aggregate among all. */
  readonly #first: number;
  readonly #coarse: SmoothedAggregation | null;
  readonly #residual: Float64Array;
  readonly #coarseX: Float64Array;

  /**
   * Collective.
   *
   * @param free This rank's rows, `[owned x count]`: between free unknowns.
   * @param halo Who has the ghosts among the columns.
   */
  constructor(free: CsrMatrix, halo: Halo, comm: Comm) {
    this.#free = free;
    this.#comm = comm;
    this.#halo = halo;
    this.#owned = free.rows;
    this.#parts = divide(free);
    const { block, closed } = this.#parts;
    this.#level = block.rows === 0 ? null : new Level(block, true);
    this.#p = block.rows === 0 ? noRows : interpolation(closed, theta, 1, true);
    this.#first = comm.exscan(this.#p.cols);
    const total = comm.allreduce(this.#p.cols);
    this.#coarse = total === 0
      ? null
      : new SmoothedAggregation(this.#coarseMatrix(total), { theta: theta / 2 });
    this.#residual = new Float64Array(free.rows);
    this.#coarseX = new Float64Array(total);
  }

  /** One V-cycle on `A z = r` from `z = 0`; both with ghosts. Collective. */
  apply(r: Float64Array, z: Float64Array): void {
    const owned = this.#owned, residual = this.#residual;
    const own = z.subarray(0, owned);
    this.#level?.smoothFromZero(r, own);
    if (this.#coarse !== null) {
      this.#halo.sync(z, 1);
      this.#free.residual(r, z, residual);
      const sums = this.#comm.allgatherv(this.#restricted(residual));
      this.#coarse.apply(sums, this.#coarseX);
      this.#prolong(own);
    }
    this.#halo.sync(z, 1);
    const { outer, lumped } = this.#parts;
    outer.residual(r, z, residual);
    for (let i = 0; i < owned; i++) residual[i] += lumped[i] * own[i];
    this.#level?.smoothBack(residual, own);
  }

  #restricted(fine: Float64Array): Float64Array {
    const { rows, cols, starts, columns, values } = this.#p;
    const out = new Float64Array(cols);
    for (let i = 0; i < rows; i++) {
      for (let k = starts[i]; k < starts[i + 1]; k++) out[columns[k]] += values[k] * fine[i];
    }
    return out;
  }

  #prolong(fine: Float64Array): void {
    const { rows, starts, columns, values } = this.#p;
    const coarse = this.#coarseX, first = this.#first;
    for (let i = 0; i < rows; i++) {
      for (let k = starts[i]; k < starts[i + 1]; k++) {
        fine[i] += values[k] * coarse[first + columns[k]];
      }
    }
  }

  /** `P^T A P` of all ranks, `[total x total]`, the same bytes on each. */
  #coarseMatrix(total: number): CsrMatrix {
    const p = this.#p, comm = this.#comm;
    const all = withGhosts(p, this.#first, total, this.#free.cols, this.#halo);
    const ap = rawProduct(rowsOf(this.#free), all);
    const transposed = transposeOf(p.rows, p.cols, p.starts, p.columns, p.values);
    const own = sorted(rawProduct(rowsOf(transposed), ap));
    const lengths = Int32Array.from(
      { length: own.rows },
      (_, i) => own.rowStarts[i + 1] - own.rowStarts[i],
    );
    const counts = comm.allgatherv(lengths);
    const starts = new Int32Array(total + 1);
    for (let i = 0; i < total; i++) starts[i + 1] = starts[i] + counts[i];
    const columns = comm.allgatherv(own.columns.slice(0, own.nnz));
    const values = comm.allgatherv(own.values.slice(0, own.nnz));
    return new CsrMatrix(total, total, starts, columns, values);
  }
}

const noRows: SparseRows = {
  rows: 0,
  cols: 0,
  starts: new Int32Array(1),
  columns: new Int32Array(0),
  values: new Float64Array(0),
};

function divide(free: CsrMatrix): Divided {
  const { rows, cols, rowStarts, columns, values } = free;
  const lumped = new Float64Array(rows);
  const inner = new Growing(rows), closed = new Growing(rows), outer = new Growing(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      if (columns[k] < rows) continue;
      lumped[i] += Math.abs(values[k]);
      sum += values[k];
    }
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      const j = columns[k];
      if (j >= rows) outer.add(j, values[k]);
      else {
        const diagonal = values[k] + sum > 0 ? values[k] + sum : values[k];
        inner.add(j, j === i ? values[k] + lumped[i] : values[k]);
        closed.add(j, j === i ? diagonal : values[k]);
      }
    }
    inner.endRow(i);
    closed.endRow(i);
    outer.endRow(i);
  }
  return {
    block: inner.matrix(rows),
    closed: closed.matrix(rows),
    outer: outer.matrix(cols),
    lumped,
  };
}

/**
 * A matrix under construction, row by row.
 *
 * State: none, it lives until the matrix is made.
 */
class Growing {
  readonly starts: Int32Array;
  readonly #columns: number[] = [];
  readonly #values: number[] = [];

  constructor(readonly rows: number) {
    this.starts = new Int32Array(rows + 1);
  }

  add(column: number, value: number): void {
    this.#columns.push(column);
    this.#values.push(value);
  }

  endRow(row: number): void {
    this.starts[row + 1] = this.#columns.length;
  }

  matrix(cols: number): CsrMatrix {
    const columns = Int32Array.from(this.#columns), values = Float64Array.from(this.#values);
    return new CsrMatrix(this.rows, cols, this.starts, columns, values);
  }
}

/** The rows of `p` and those of ghosts, `[count x total]`, aggregates numbered over all ranks. Collective. */
function withGhosts(
  p: SparseRows,
  first: number,
  total: number,
  count: number,
  halo: Halo,
): SparseRows {
  const rows: number[][] = Array.from({ length: count }, () => []);
  for (let i = 0; i < p.rows; i++) {
    for (let k = p.starts[i]; k < p.starts[i + 1]; k++) {
      rows[i].push(first + p.columns[k], p.values[k]);
    }
  }
  // Each row travels behind its length.
  const arrived = halo.exchange((wanted) =>
    Float64Array.from([...wanted].flatMap((i) => [rows[i].length, ...rows[i]]))
  );
  for (const { ghosts, data } of arrived) {
    let at = 0;
    for (const ghost of ghosts) {
      const length = data[at++];
      rows[ghost] = [...data.subarray(at, at += length)];
    }
  }
  const all = new Growing(count);
  rows.forEach((row, i) => {
    for (let k = 0; k < row.length; k += 2) all.add(row[k], row[k + 1]);
    all.endRow(i);
  });
  return rowsOf(all.matrix(total));
}
