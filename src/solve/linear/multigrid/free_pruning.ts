/**
 * The matrix that a preconditioner sees: between free unknowns, without negligible entries.
 *
 * @module
 */
import { CsrMatrix } from "../csr.ts";
import { negligible } from "./pruning.ts";

/**
 * In one pass what `withoutConstrained` and `pruned` do: a constrained row keeps its diagonal alone, free rows lose
 * their couplings to constrained ones, and entries `|a_ij| <= 1e-10 sqrt(|a_ii a_jj|)` move to the diagonal.
 *
 * @param matrix `[rows x columns]` with a stored diagonal, the first columns being those of its rows.
 * @param diagonal Of every column, `[columns]`.
 * @param constrained `[columns]`, 1 where a value is prescribed.
 */
export function prunedFree(
  matrix: CsrMatrix,
  diagonal: Float64Array,
  constrained: Uint8Array,
): CsrMatrix {
  const { rows, cols, rowStarts, columns, values } = matrix;
  const limit = diagonal.map((value) => Math.abs(value) * negligible);
  const starts = new Int32Array(rows + 1);
  const kept = count(rows, rowStarts, columns, values, limit, constrained, starts);
  const outColumns = new Int32Array(kept), outValues = new Float64Array(kept);
  keep(rows, rowStarts, columns, values, limit, constrained, outColumns, outValues);
  return new CsrMatrix(rows, cols, starts, outColumns, outValues);
}

function count(
  rows: number,
  rowStarts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  limit: Float64Array,
  constrained: Uint8Array,
  starts: Int32Array,
): number {
  let kept = 0;
  for (let i = 0; i < rows; i++) {
    const own = limit[i];
    if (constrained[i] === 1) kept++;
    else {
      for (let k = rowStarts[i], end = rowStarts[i + 1]; k < end; k++) {
        const j = columns[k], a = values[k];
        if (j === i || (constrained[j] === 0 && a * a > own * limit[j])) kept++;
      }
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
  constrained: Uint8Array,
  outColumns: Int32Array,
  outValues: Float64Array,
): void {
  let at = 0;
  for (let i = 0; i < rows; i++) {
    const own = limit[i], isHeld = constrained[i] === 1;
    let diagonalAt = at, lumped = 0;
    for (let k = rowStarts[i], end = rowStarts[i + 1]; k < end; k++) {
      const j = columns[k], a = values[k];
      if (j === i) diagonalAt = at;
      else if (isHeld || constrained[j] === 1) continue;
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
