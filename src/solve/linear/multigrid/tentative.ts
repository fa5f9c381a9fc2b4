/**
 * Interpolation from aggregates that gives vectors back exactly: `N = T R` on each aggregate, with orthonormal columns
 * T and an upper triangular R that has the vectors of the coarse level.
 *
 * Source: P. Vanek, J. Mandel, M. Brezina, Computing 56 (1996) 179-196, DOI 10.1007/BF02238511, section 5.
 *
 * @module
 */
import type { CsrMatrix } from "../csr.ts";
import { rawProduct, rowsOf, type SparseRows } from "../sparse_product.ts";
import type { NearNullSpace } from "./near_null_space.ts";

/** A mode adds nothing to an aggregate where less than this of its square is left. */
const dependent = 1e-10;

/**
 * `N^T N` of each aggregate, `[count x width x width]`.
 *
 * @param owner The aggregate of each row, -1 for rows without one.
 */
export function gramMatrices(
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
 * `G = R^T R` of each aggregate in place, R upper triangular; rows of dependent modes become 0.
 *
 * @param g `[count x width x width]`
 * @returns where the columns of each aggregate begin: one for each row of R that is not 0, `[count + 1]`.
 */
export function factorised(g: Float64Array, count: number, width: number): Int32Array {
  const starts = new Int32Array(count + 1);
  for (let a = 0; a < count; a++) {
    const at = a * width * width;
    let size = 0;
    for (let j = 0; j < width; j++) {
      const row = at + j * width, whole = g[row + j];
      for (let k = 0; k < j; k++) {
        const factor = g[at + k * width + j];
        for (let l = j; l < width; l++) g[row + l] -= factor * g[at + k * width + l];
      }
      const rest = g[row + j], isKept = rest > dependent * whole;
      const scale = isKept ? 1 / Math.sqrt(rest) : 0;
      for (let l = 0; l < width; l++) g[row + l] = l < j ? 0 : g[row + l] * scale;
      if (isKept) size++;
    }
    starts[a + 1] = starts[a] + size;
  }
  return starts;
}

/**
 * `T = N R^-1`, row by row.
 *
 * @param owner The aggregate of each row, -1 for rows without one.
 * @param factors R of each aggregate.
 * @param first The first column of each aggregate.
 * @param cols How many columns there are.
 */
export function orthonormal(
  owner: Int32Array,
  { width, modes }: Pick<NearNullSpace, "width" | "modes">,
  factors: Float64Array,
  first: Int32Array,
  cols: number,
): SparseRows {
  const rows = owner.length, starts = new Int32Array(rows + 1);
  const columns = new Int32Array(rows * width), values = new Float64Array(rows * width);
  const row = new Float64Array(width);
  let nnz = 0;
  for (let i = 0; i < rows; i++) {
    if (owner[i] >= 0) {
      let column = first[owner[i]];
      for (let j = 0; j < width; j++) row[j] = modes[i * width + j];
      for (let j = 0; j < width; j++) {
        const r = (owner[i] * width + j) * width;
        if (factors[r + j] === 0) continue;
        const value = row[j] / factors[r + j];
        for (let l = j + 1; l < width; l++) row[l] -= value * factors[r + l];
        columns[nnz] = column++;
        values[nnz++] = value;
      }
    }
    starts[i + 1] = nnz;
  }
  return { rows, cols, starts, columns: columns.subarray(0, nnz), values: values.subarray(0, nnz) };
}

/** The vectors of the coarse level: the rows of R that are not 0, each aggregate being a node. */
export function coarseSpace(
  factors: Float64Array,
  columnStarts: Int32Array,
  width: number,
): NearNullSpace {
  const nodes = columnStarts.length - 1, cols = columnStarts[nodes];
  const of = new Int32Array(cols), modes = new Float64Array(cols * width);
  for (let a = 0, c = 0; a < nodes; a++) {
    for (let j = 0; j < width; j++) {
      const row = (a * width + j) * width;
      if (factors[row + j] === 0) continue;
      of[c] = a;
      for (let l = 0; l < width; l++) modes[c * width + l] = factors[row + l];
      c++;
    }
  }
  return { nodes, of, width, modes };
}

/**
 * `P = (I - omega D^-1 A) T`. The whole matrix smooths: moving weak entries to the diagonal would keep constants but
 * not rotations.
 *
 * @param matrix With a stored diagonal; of one rank, its rows.
 * @param t To all columns of the matrix.
 */
export function smoothed(matrix: CsrMatrix, t: SparseRows, omega: number): SparseRows {
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
