/**
 * Incomplete factors of matrices whose rows are distributed among ranks.
 *
 * @module
 */
import { allOrNone } from "../../comm/collective_errors.ts";
import type { Comm } from "../../comm/comm.ts";
import { CsrMatrix } from "../linear/csr.ts";
import { Ilu0 } from "../linear/ilu0.ts";
import type { Preconditioner } from "../linear/operator.ts";
import { rowsOf } from "../linear/sparse_product.ts";
import type { DividedMatrix } from "./interpolation.ts";
import { packRows, stacked, unpackRows } from "./row_exchange.ts";

/**
 * Restricted additive Schwarz with one layer of overlap: each rank factorises its rows together with those of
 * its ghosts, and keeps what it finds for its own. Not symmetric; nearly as good as the factors on one rank.
 *
 * Source: X.-C. Cai, M. Sarkis, "A restricted additive Schwarz preconditioner for general sparse linear
 * systems", SIAM J. Sci. Comput. 21 (1999) 792-797, DOI 10.1137/S106482759732678X.
 *
 * State: none, a function of the matrix and of how it is divided.
 */
export class RankIlu implements Preconditioner {
  readonly #matrix: DividedMatrix;
  readonly #factors: Ilu0;
  readonly #r: Float64Array;
  readonly #z: Float64Array;

  /**
   * Fetches the rows of the ghosts and factorises. Collective.
   *
   * @param positions The places of this rank's columns among all, `[count]`.
   * @throws {RangeError} when a row has no usable pivot, or an entry is not finite.
   */
  constructor(matrix: DividedMatrix, positions: Int32Array, comm: Comm) {
    this.#matrix = matrix;
    const extended = withGhostRows(matrix, positions);
    this.#factors = allOrNone(comm, () => new Ilu0(extended));
    this.#r = new Float64Array(extended.rows);
    this.#z = new Float64Array(extended.rows);
  }

  /** `z = (L U)^-1 r`, own entries. Collective. */
  apply(r: Float64Array, z: Float64Array): void {
    const { rows: { rows }, halo } = this.#matrix;
    this.#r.set(r);
    halo.sync(this.#r, 1);
    this.#factors.apply(this.#r, this.#z);
    for (let i = 0; i < rows; i++) z[i] = this.#z[i];
  }
}

/** This rank's rows and those of its ghosts, with the columns that it has. Collective. */
function withGhostRows({ rows, halo }: DividedMatrix, positions: Int32Array): CsrMatrix {
  const arrived = halo.exchange((wanted) => packRows(wanted, rowsOf(rows), positions));
  const ghosts = unpackRows(arrived.map(({ data }) => data));
  // The position of a ghost's row among those that arrived.
  const order = new Int32Array(rows.cols - rows.rows);
  let next = 0;
  for (const { ghosts: list } of arrived) {
    for (const ghost of list) order[ghost - rows.rows] = next++;
  }
  const locals = new Map<number, number>();
  positions.forEach((place, local) => locals.set(place, local));
  const { starts, columns, values } = known(ghosts, locals);
  const own = { starts: rows.rowStarts, columns: rows.columns, values: rows.values };
  const all = stacked(rows.rows, own, { starts, columns, values }, rows.cols, order);
  return sortedRows(new CsrMatrix(rows.cols, rows.cols, all.starts, all.columns, all.values));
}

/** Rows without the columns that this rank does not have. */
function known(
  { starts, places, values }: ReturnType<typeof unpackRows>,
  locals: ReadonlyMap<number, number>,
): { starts: Int32Array; columns: Int32Array; values: Float64Array } {
  const rows = starts.length - 1;
  const outStarts = new Int32Array(rows + 1);
  const columns = new Int32Array(places.length), kept = new Float64Array(places.length);
  let nnz = 0;
  for (let i = 0; i < rows; i++) {
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      const local = locals.get(places[k]);
      if (local === undefined) continue;
      columns[nnz] = local;
      kept[nnz++] = values[k];
    }
    outStarts[i + 1] = nnz;
  }
  return { starts: outStarts, columns, values: kept };
}

function sortedRows(matrix: CsrMatrix): CsrMatrix {
  return matrix.transpose().transpose();
}
