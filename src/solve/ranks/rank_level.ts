/**
 * One level of a multigrid hierarchy whose rows are distributed among ranks.
 *
 * @module
 */
import type { Halo } from "../../mesh/halo.ts";
import { CsrMatrix } from "../linear/csr.ts";
import { type Transfer, transferOf } from "../linear/multigrid/gauss_seidel.ts";
import { MultigridLevel } from "../linear/multigrid/multigrid_level.ts";
import type { SparseRows } from "../linear/sparse_product.ts";
import type { DividedMatrix } from "./interpolation.ts";

/** Couplings to other ranks, of the rows that have any. */
interface Border {
  /** Local numbers, ascending, `[count]`. */
  readonly rows: Int32Array;
  /** `[count + 1]` */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
  /** What the smoother has on the diagonal besides `a_ii`, `[count]`. */
  readonly lumped: Float64Array;
  /** Work space, `[count]`. */
  readonly kept: Float64Array;
}

/**
 * A smoother of this rank's rows, and the transfer to the level below. The smoother is l1 Gauss-Seidel: where
 * the couplings to other ranks are large, half of their absolute values is added to the diagonal. It
 * converges for every symmetric positive definite matrix: M + M^T - A is the diagonal plus twice what was
 * added, minus the couplings to other ranks, which these outweigh.
 *
 * Source: A. H. Baker, R. D. Falgout, Tz. V. Kolev, U. M. Yang, SIAM J. Sci. Comput. 33 (2011) 2864-2887,
 * doi:10.1137/100798806.
 *
 * State: none, a function of the matrix; vectors are work space of one cycle.
 */
export class RankLevel {
  /** Right-hand side and solution with ghosts, where this is not the finest level. */
  readonly b: Float64Array;
  readonly x: Float64Array;
  readonly #owned: number;
  readonly #level: MultigridLevel | null;
  readonly #transfer: Transfer;
  readonly #border: Border;
  readonly #halo: Halo;
  readonly #below: Halo;

  /**
   * @param p From all columns of the level below, whose ghosts `below` knows.
   * @throws {RangeError} when a diagonal entry is zero or not finite.
   */
  constructor({ rows, halo }: DividedMatrix, p: SparseRows, below: Halo, isFinest: boolean) {
    this.#owned = rows.rows;
    this.#halo = halo;
    this.#below = below;
    const border = this.#border = borderOf(rows);
    this.#level = rows.rows === 0 ? null : new MultigridLevel(withinRank(rows, border), true);
    this.#transfer = transferOf(p);
    this.b = new Float64Array(isFinest ? 0 : rows.cols);
    this.x = new Float64Array(isFinest ? 0 : rows.cols);
  }

  /** Smooths `A x = b` from `x = 0`; `coarse = P^T (b - A x)`, own entries of it. Collective. */
  down(b: Float64Array, x: Float64Array, coarse: Float64Array): void {
    const own = x.subarray(0, this.#owned);
    this.#level?.smoothFromZero(b, own);
    this.#halo.sync(x, 1);
    if (this.#level === null) coarse.fill(0);
    else this.#level.restrict(own, this.#transfer, coarse);
    const { rows, kept } = this.#border, { starts, columns, values } = this.#transfer;
    this.#beyond(x, kept);
    for (let r = 0; r < rows.length; r++) {
      for (let k = starts[rows[r]], end = starts[rows[r] + 1]; k < end; k++) {
        coarse[columns[k]] += values[k] * kept[r];
      }
    }
    this.#below.addToOwners(coarse);
  }

  /** `x += P coarse`, then smooths in the opposite order; `coarse` comes with ghosts. Collective. */
  up(b: Float64Array, x: Float64Array, coarse: Float64Array): void {
    const own = x.subarray(0, this.#owned);
    this.#level?.prolong(this.#transfer, coarse, own);
    this.#halo.sync(x, 1);
    if (this.#level === null) return;
    const { rows, kept } = this.#border;
    this.#beyond(x, kept);
    // The smoother sees the present values of other ranks through the right-hand side of the coupled rows.
    for (let r = 0; r < rows.length; r++) {
      const before = b[rows[r]];
      b[rows[r]] += kept[r];
      kept[r] = before;
    }
    this.#level.smoothBack(b, own);
    for (let r = 0; r < rows.length; r++) b[rows[r]] = kept[r];
  }

  /** Gives ghosts what their owners have. Collective. */
  sync(x: Float64Array): void {
    this.#halo.sync(x, 1);
  }

  /** The part of `-A x` that the smoother's matrix lacks: `sum |a_ij| x_i - sum a_ij x_j`, j of other ranks. */
  #beyond(x: Float64Array, out: Float64Array): void {
    const { rows, starts, columns, values, lumped } = this.#border;
    for (let r = 0; r < rows.length; r++) {
      let sum = lumped[r] * x[rows[r]];
      for (let k = starts[r], end = starts[r + 1]; k < end; k++) sum -= values[k] * x[columns[k]];
      out[r] = sum;
    }
  }
}

/** A diagonal this much larger than the couplings to other ranks needs no addition. */
const enough = 1.5;

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
    let diagonal = 0, beyond = 0;
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      if (columns[k] === i) diagonal = values[k];
      if (columns[k] < owned) continue;
      outColumns[at] = columns[k];
      outValues[at++] = values[k];
      beyond += Math.abs(values[k]);
    }
    if (at === first) continue;
    lumped[r] = diagonal >= enough * beyond ? 0 : beyond / 2;
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

/** The square part between this rank's own unknowns, with the additions on the diagonal. */
function withinRank(
  { rows, rowStarts, columns, values, nnz }: CsrMatrix,
  border: Border,
): CsrMatrix {
  const length = nnz - border.columns.length;
  const starts = new Int32Array(rows + 1);
  const outColumns = new Int32Array(length), outValues = new Float64Array(length);
  let at = 0;
  for (let i = 0, r = 0; i < rows; i++) {
    const added = border.rows[r] === i ? border.lumped[r++] : 0;
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      if (columns[k] >= rows) continue;
      outColumns[at] = columns[k];
      outValues[at++] = columns[k] === i ? values[k] + added : values[k];
    }
    starts[i + 1] = at;
  }
  return new CsrMatrix(rows, rows, starts, outColumns, outValues);
}
