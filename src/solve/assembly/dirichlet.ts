/**
 * Constrained degrees of freedom: the system for the others, symmetric where the whole one is.
 *
 * @module
 */
import { CsrMatrix } from "../linear/csr.ts";

/**
 * The matrix without the couplings to constrained rows: between free rows it is `a`; a constrained row keeps its
 * diagonal alone.
 *
 * @param a The whole matrix, with a stored diagonal.
 * @param constrained `[rows]`, 1 where the value is constrained.
 */
export function withoutConstrained(a: CsrMatrix, constrained: Uint8Array): CsrMatrix {
  const { rows, rowStarts, columns, values } = a;
  const starts = new Int32Array(rows + 1);
  const outColumns = new Int32Array(a.nnz), outValues = new Float64Array(a.nnz);
  const nnz = keepFree(
    rows,
    rowStarts,
    columns,
    values,
    constrained,
    starts,
    outColumns,
    outValues,
  );
  return new CsrMatrix(
    rows,
    rows,
    starts,
    outColumns.subarray(0, nnz),
    outValues.subarray(0, nnz),
  );
}

function keepFree(
  rows: number,
  rowStarts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  constrained: Uint8Array,
  starts: Int32Array,
  outColumns: Int32Array,
  outValues: Float64Array,
): number {
  let nnz = 0;
  for (let i = 0; i < rows; i++) {
    for (let k = rowStarts[i], end = rowStarts[i + 1]; k < end; k++) {
      const j = columns[k];
      if (constrained[i] === 1 ? j !== i : constrained[j] === 1) continue;
      outColumns[nnz] = j;
      outValues[nnz++] = values[k];
    }
    // A constrained row may lack a positive diagonal, e.g. where a coefficient vanishes around it.
    if (constrained[i] === 1 && !(outValues[nnz - 1] > 0)) outValues[nnz - 1] = 1;
    starts[i + 1] = nnz;
  }
  return nnz;
}

/**
 * Subtracts the contribution of the constrained values from the right-hand side: `b_i -= sum a_ij g_j` over
 * constrained j for free i, and `b_i = 0` for constrained i.
 *
 * @param a The whole matrix.
 * @param constrained `[rows]`, 1 where the value is constrained.
 * @param g `[rows]`: the constrained values; others do not count.
 * @param b `[rows]`; changed.
 */
export function liftConstrained(
  a: CsrMatrix,
  constrained: Uint8Array,
  g: Float64Array,
  b: Float64Array,
): void {
  const { rows, rowStarts, columns, values } = a;
  for (let i = 0; i < rows; i++) {
    if (constrained[i] === 1) {
      b[i] = 0;
      continue;
    }
    let sum = 0;
    for (let k = rowStarts[i], end = rowStarts[i + 1]; k < end; k++) {
      if (constrained[columns[k]] === 1) sum += values[k] * g[columns[k]];
    }
    b[i] -= sum;
  }
}
