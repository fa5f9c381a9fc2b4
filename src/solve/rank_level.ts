/**
 * One level of a multigrid hierarchy whose rows are divided among ranks.
 *
 * @module
 */
import type { Halo } from "../mesh/halo.ts";
import { CsrMatrix } from "./linear/csr.ts";
import { type Transfer, transferOf } from "./linear/multigrid/gauss_seidel.ts";
import { Level } from "./linear/multigrid/level.ts";
import { interpolation } from "./linear/multigrid/smoothed_aggregation.ts";
import type { SparseRows } from "./linear/sparse_product.ts";

/** A matrix divided by rows: those of this rank, in which ghost columns follow its own. */
export interface DividedMatrix {
  /** `[owned x (owned + ghosts)]` */
  readonly rows: CsrMatrix;
  /** Who has the ghosts. */
  readonly halo: Halo;
}

/** Entries that lead to other ranks, of the rows that have any. */
interface Border {
  /** Local numbers, ascending, `[count]`. */
  readonly rows: Int32Array;
  /** `[count + 1]` */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
  /** `sum |a_ij|` over j of other ranks, `[count]`. */
  readonly lumped: Float64Array;
  /** Work space, `[count]`. */
  readonly kept: Float64Array;
}

/**
 * A smoother of this rank's rows and its interpolation from aggregates, which stay within ranks. The
 * smoother is l1 Gauss-Seidel: what leads to other ranks is on the diagonal by its absolute value.
 *
 * Source: A. H. Baker, R. D. Falgout, Tz. V. Kolev, U. M. Yang, SIAM J. Sci. Comput. 33 (2011) 2864-2887,
 * doi:10.1137/100798806; it converges for every symmetric positive definite matrix.
 *
 * State: none, a function of the matrix; vectors are work space of one cycle.
 */
export class RankLevel {
  readonly owned: number;
  /** From this rank's aggregates, in local numbers. */
  readonly p: SparseRows;
  /** Right-hand side and solution with ghosts, where this is not the finest level. */
  readonly b: Float64Array;
  readonly x: Float64Array;
  readonly #level: Level | null;
  readonly #transfer: Transfer;
  readonly #border: Border;
  readonly #halo: Halo;

  /** @param theta Threshold of strength. */
  constructor({ rows, halo }: DividedMatrix, theta: number, isFinest: boolean) {
    const owned = this.owned = rows.rows;
    this.#halo = halo;
    const border = this.#border = borderOf(rows);
    const inner = innerRows(rows, border);
    this.#level = owned === 0 ? null : new Level(withDiagonal(inner, border, border.lumped), true);
    // Interpolation that is smoothed by rows with the sums of the whole matrix keeps constants.
    this.p = owned === 0 ? noRows : interpolation(closedRows(inner, border), theta, 1, isFinest);
    this.#transfer = transferOf(this.p);
    this.b = new Float64Array(isFinest ? 0 : owned);
    this.x = new Float64Array(isFinest ? 0 : rows.cols);
  }

  /** Smooths `A x = b` from `x = 0`; `coarse = P^T (b - A x)`, `[aggregates]`. Collective. */
  down(b: Float64Array, x: Float64Array, coarse: Float64Array): void {
    const own = x.subarray(0, this.owned);
    this.#level?.smoothFromZero(b, own);
    this.#halo.sync(x, 1);
    if (this.#level === null) return;
    this.#level.restrict(own, this.#transfer, coarse);
    const { rows, kept } = this.#border;
    this.#beyond(x, kept);
    const { starts, columns, values } = this.#transfer;
    for (let r = 0; r < rows.length; r++) {
      for (let k = starts[rows[r]], end = starts[rows[r] + 1]; k < end; k++) {
        coarse[columns[k]] += values[k] * kept[r];
      }
    }
  }

  /** `x += P coarse`, then smooths in the opposite order. Collective. */
  up(b: Float64Array, x: Float64Array, coarse: Float64Array): void {
    const own = x.subarray(0, this.owned);
    this.#level?.prolong(this.#transfer, coarse, own);
    this.#halo.sync(x, 1);
    if (this.#level === null) return;
    const { rows, kept } = this.#border;
    this.#beyond(x, kept);
    // The smoother sees the neighbours as they are now, in the right-hand side of the rows they touch.
    for (let r = 0; r < rows.length; r++) {
      const before = b[rows[r]];
      b[rows[r]] += kept[r];
      kept[r] = before;
    }
    this.#level.smoothBack(b, own);
    for (let r = 0; r < rows.length; r++) b[rows[r]] = kept[r];
  }

  /** What the smoother's matrix leaves out of `-A x`: `sum |a_ij| x_i - sum a_ij x_j`, j of other ranks. */
  #beyond(x: Float64Array, out: Float64Array): void {
    const { rows, starts, columns, values, lumped } = this.#border;
    for (let r = 0; r < rows.length; r++) {
      let sum = lumped[r] * x[rows[r]];
      for (let k = starts[r], end = starts[r + 1]; k < end; k++) sum -= values[k] * x[columns[k]];
      out[r] = sum;
    }
  }
}

/** A row that has hardly a neighbour here says nothing about how the solution goes on. */
const largestShare = 10;

const noRows: SparseRows = {
  rows: 0,
  cols: 0,
  starts: new Int32Array(1),
  columns: new Int32Array(0),
  values: new Float64Array(0),
};

function borderOf({ rows: owned, rowStarts, columns, values }: CsrMatrix): Border {
  let count = 0, length = 0;
  for (let i = 0; i < owned; i++) {
    let outer = 0;
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) if (columns[k] >= owned) outer++;
    if (outer > 0) count++;
    length += outer;
  }
  const rows = new Int32Array(count), starts = new Int32Array(count + 1);
  const outColumns = new Int32Array(length), outValues = new Float64Array(length);
  const lumped = new Float64Array(count);
  for (let i = 0, r = 0, at = 0; i < owned; i++) {
    const first = at;
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      if (columns[k] < owned) continue;
      outColumns[at] = columns[k];
      outValues[at++] = values[k];
      lumped[r] += Math.abs(values[k]);
    }
    if (at === first) continue;
    rows[r++] = i;
    starts[r] = at;
  }
  return {
    rows,
    starts,
    columns: outColumns,
    values: outValues,
    lumped,
    kept: new Float64Array(count),
  };
}

/** The square part between this rank's own unknowns. */
function innerRows(
  { rows, rowStarts, columns, values, nnz }: CsrMatrix,
  border: Border,
): CsrMatrix {
  const length = nnz - border.columns.length;
  const starts = new Int32Array(rows + 1);
  const outColumns = new Int32Array(length), outValues = new Float64Array(length);
  let at = 0;
  for (let i = 0; i < rows; i++) {
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      if (columns[k] >= rows) continue;
      outColumns[at] = columns[k];
      outValues[at++] = values[k];
    }
    starts[i + 1] = at;
  }
  return new CsrMatrix(rows, rows, starts, outColumns, outValues);
}

/** A copy with something added to the diagonal of the rows at the border. */
function withDiagonal(inner: CsrMatrix, { rows }: Border, added: Float64Array): CsrMatrix {
  const values = inner.values.slice(), positions = inner.diagonalPositions;
  for (let r = 0; r < rows.length; r++) values[positions[rows[r]]] += added[r];
  return new CsrMatrix(inner.rows, inner.cols, inner.rowStarts, inner.columns, values);
}

/**
 * With row sums as in the whole matrix: in rows at the border, what leads to others is shared out among the
 * neighbours that are here. The diagonal stays, and with it the damping that fits the whole matrix.
 */
function closedRows(inner: CsrMatrix, border: Border): CsrMatrix {
  const { rowStarts, diagonalPositions } = inner, values = inner.values.slice();
  for (let r = 0; r < border.rows.length; r++) {
    const i = border.rows[r], diagonalAt = diagonalPositions[i];
    let here = 0, beyond = 0;
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) if (k !== diagonalAt) here += values[k];
    for (let k = border.starts[r]; k < border.starts[r + 1]; k++) beyond += border.values[k];
    const factor = 1 + beyond / here;
    if (!(factor > 0 && factor < largestShare)) continue;
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) if (k !== diagonalAt) values[k] *= factor;
  }
  return new CsrMatrix(inner.rows, inner.cols, rowStarts, inner.columns, values);
}
