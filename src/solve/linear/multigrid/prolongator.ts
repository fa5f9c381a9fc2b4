/**
 * Interpolation from aggregates, smoothed once.
 *
 * Source: P. Vanek, J. Mandel, M. Brezina, Computing 56 (1996) 179-196, DOI 10.1007/BF02238511,
 * equations (5.1) to (5.3).
 *
 * @module
 */
import type { CsrMatrix } from "../csr.ts";
import type { SparseRows } from "../sparse_product.ts";
import type { Aggregates } from "./aggregation.ts";

/**
 * `P = (I - omega D^-1 A_F) T`, where `T` is the piecewise constant interpolation from aggregates and
 * `A_F` is `A` with weak entries moved to the diagonal, which keeps row sums.
 *
 * @param matrix The fine matrix.
 * @param strong `[nnz]`, 1 where an entry is kept in `A_F`.
 * @param aggregates Of rows, or of nodes where `blockSize` rows make a node.
 * @param omega Damping.
 * @param blockSize Components per node; constants of each component are interpolated exactly.
 */
export function smoothedProlongator(
  matrix: CsrMatrix,
  strong: Uint8Array,
  aggregates: Aggregates,
  omega: number,
  blockSize: number,
): SparseRows {
  const cols = aggregates.count * blockSize;
  const coarse = blockSize === 1 ? aggregates.of : blockColumns(aggregates.of, blockSize);
  const starts = new Int32Array(matrix.rows + 1);
  const { rows, rowStarts, columns, values } = matrix;
  const raw = fillRows(rows, cols, rowStarts, columns, values, strong, coarse, omega, starts);
  return { rows, cols, starts, ...raw };
}

/** The coarse column of every row when `blockSize` rows make a node. */
function blockColumns(of: Int32Array, blockSize: number): Int32Array {
  const out = new Int32Array(of.length * blockSize);
  for (let i = 0; i < out.length; i++) {
    const node = (i / blockSize) | 0;
    out[i] = of[node] < 0 ? -1 : of[node] * blockSize + (i - node * blockSize);
  }
  return out;
}

function fillRows(
  rows: number,
  cols: number,
  rowStarts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  strong: Uint8Array,
  coarse: Int32Array,
  omega: number,
  starts: Int32Array,
): { columns: Int32Array; values: Float64Array } {
  const marker = new Int32Array(cols).fill(-1);
  // No row has more coarse columns than entries, so this is enough and only what is used is touched.
  const outColumns = new Int32Array(rowStarts[rows]);
  const outValues = new Float64Array(rowStarts[rows]);
  let nnz = 0;
  for (let i = 0; i < rows; i++) {
    const own = coarse[i];
    const begin = rowStarts[i], end = rowStarts[i + 1];
    const first = nnz;
    if (own >= 0) {
      let diagonal = 0;
      for (let k = begin; k < end; k++) if (strong[k] === 0) diagonal += values[k];
      if (diagonal === 0) diagonal = 1;
      const scale = -omega / diagonal;
      marker[own] = nnz;
      outColumns[nnz] = own;
      // The filtered diagonal over itself is 1.
      outValues[nnz++] = 1 - omega;
      for (let k = begin; k < end; k++) {
        if (strong[k] === 0) continue;
        const column = coarse[columns[k]];
        if (column < 0) continue;
        const at = marker[column];
        if (at < first) {
          marker[column] = nnz;
          outColumns[nnz] = column;
          outValues[nnz++] = scale * values[k];
        } else outValues[at] += scale * values[k];
      }
    }
    starts[i + 1] = nnz;
  }
  return { columns: outColumns.subarray(0, nnz), values: outValues.subarray(0, nnz) };
}
