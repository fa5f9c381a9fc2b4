/**
 * Entries that are in the pattern of a matrix but negligible.
 *
 * @module
 */
import { CsrMatrix } from "../csr.ts";

/** Relative to the diagonals; on right-angled meshes, rounding of coordinates leaves about 1e-14. */
const negligible = 1e-10;

/** Below this share of negligible entries a copy does not pay. */
const worthwhile = 0.05;

/**
 * The matrix without entries `|a_ij| <= 1e-10 sqrt(|a_ii a_jj|)`, moved to the diagonal so that row sums
 * stay; the matrix itself where there are few. For preconditioners only.
 *
 * @param matrix Square, with a stored diagonal.
 */
export function pruned(matrix: CsrMatrix): CsrMatrix {
  return withoutNegligible(matrix, matrix.diagonal(), worthwhile);
}

/**
 * The same of some rows of a matrix, the first columns being those of these rows; always where there is
 * anything to leave out, so that rows on other ranks are treated alike.
 *
 * @param matrix `[rows x columns]`, with a stored diagonal.
 * @param diagonal Of every column, `[columns]`.
 */
export function prunedRows(matrix: CsrMatrix, diagonal: Float64Array): CsrMatrix {
  return withoutNegligible(matrix, diagonal, 0);
}

/**
 * In one pass what `withoutConstrained` and {@link prunedRows} do, always in a copy: a constrained row keeps its
 * diagonal alone, free rows lose their couplings to constrained ones.
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
  return kept(matrix, planOf(matrix, diagonal, constrained));
}

function withoutNegligible(matrix: CsrMatrix, diagonal: Float64Array, worth: number): CsrMatrix {
  const { nnz, cols } = matrix, plan = planOf(matrix, diagonal, new Uint8Array(cols));
  const gone = nnz - plan.starts[matrix.rows];
  return gone === 0 || gone < worth * nnz ? matrix : kept(matrix, plan);
}

/** Which entries are to be kept. */
interface Plan {
  /** Of every column: the square of an entry has to be above the product of two of these. */
  readonly limit: Float64Array;
  readonly constrained: Uint8Array;
  /** Where the rows begin. */
  readonly starts: Int32Array;
}

function planOf(
  { rows, rowStarts, columns, values }: CsrMatrix,
  diagonal: Float64Array,
  constrained: Uint8Array,
): Plan {
  const limit = diagonal.map((value) => Math.abs(value) * negligible);
  const starts = new Int32Array(rows + 1);
  let count = 0;
  for (let i = 0; i < rows; i++) {
    const own = limit[i];
    if (constrained[i] === 1) count++;
    else {
      for (let k = rowStarts[i], end = rowStarts[i + 1]; k < end; k++) {
        const j = columns[k], a = values[k];
        if (j === i || (constrained[j] === 0 && a * a > own * limit[j])) count++;
      }
    }
    starts[i + 1] = count;
  }
  return { limit, constrained, starts };
}

/** The entries of a plan; what is left out of free rows is added to their diagonal. */
function kept(
  { rows, cols, rowStarts, columns, values }: CsrMatrix,
  { limit, constrained, starts }: Plan,
): CsrMatrix {
  const outColumns = new Int32Array(starts[rows]), outValues = new Float64Array(starts[rows]);
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
  return new CsrMatrix(rows, cols, starts, outColumns, outValues);
}
