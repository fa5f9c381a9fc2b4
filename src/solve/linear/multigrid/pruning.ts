/**
 * Entries that are in the pattern of a matrix but negligible.
 *
 * @module
 */
import { CsrMatrix } from "../csr.ts";

/** Relative to the diagonals; on right-angled meshes, rounding of coordinates leaves about 1e-14. */
export const negligible = 1e-10;

/** Below this share of negligible entries a copy does not pay. */
const worthwhile = 0.05;

/**
 * The matrix without entries `|a_ij| <= 1e-10 sqrt(|a_ii a_jj|)`, moved to the diagonal so that row sums
 * stay; the matrix itself where there are few. For preconditioners only.
 *
 * @param matrix Square, with a stored diagonal.
 */
export function pruned(matrix: CsrMatrix): CsrMatrix {
  return without(matrix, matrix.diagonal(), worthwhile);
}

/**
 * The same of some rows of a matrix, the first columns being those of these rows; always where there is
 * anything to leave out, so that rows on other ranks are treated alike.
 *
 * @param matrix `[rows x columns]`, with a stored diagonal.
 * @param diagonal Of every column, `[columns]`.
 */
export function prunedRows(matrix: CsrMatrix, diagonal: Float64Array): CsrMatrix {
  return without(matrix, diagonal, 0);
}

function without(matrix: CsrMatrix, diagonal: Float64Array, worth: number): CsrMatrix {
  const { rows, cols, rowStarts, columns, values, nnz } = matrix;
  const limit = diagonal.map((value) => Math.abs(value) * negligible);
  const starts = new Int32Array(rows + 1);
  const kept = countKept(rows, rowStarts, columns, values, limit, starts);
  if (kept === nnz || nnz - kept < worth * nnz) return matrix;
  const outColumns = new Int32Array(kept), outValues = new Float64Array(kept);
  keep(rows, rowStarts, columns, values, limit, outColumns, outValues);
  return new CsrMatrix(rows, cols, starts, outColumns, outValues);
}

function countKept(
  rows: number,
  rowStarts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  limit: Float64Array,
  starts: Int32Array,
): number {
  let kept = 0;
  for (let i = 0, k = 0; i < rows; i++) {
    const own = limit[i];
    for (const end = rowStarts[i + 1]; k < end; k++) {
      const j = columns[k], a = values[k];
      if (j === i || a * a > own * limit[j]) kept++;
    }
    starts[i + 1] = kept;
  }
  return kept;
}

function keep(
  rows: number,
  rowStarts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  limit: Float64Array,
  outColumns: Int32Array,
  outValues: Float64Array,
): void {
  let at = 0;
  for (let i = 0, k = 0; i < rows; i++) {
    const own = limit[i];
    let diagonalAt = at, lumped = 0;
    for (const end = rowStarts[i + 1]; k < end; k++) {
      const j = columns[k], a = values[k];
      if (j === i) diagonalAt = at;
      else if (!(a * a > own * limit[j])) {
        lumped += a;
        continue;
      }
      outColumns[at] = j;
      outValues[at++] = a;
    }
    outValues[diagonalAt] += lumped;
  }
}
