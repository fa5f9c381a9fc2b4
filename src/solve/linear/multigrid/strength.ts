/**
 * Which entries of a matrix couple strongly.
 *
 * @module
 */
import type { CsrMatrix } from "../csr.ts";

/** A row this much heavier on its diagonal than beside it needs no coarse level. */
const dominance = 5;

/**
 * Flags `[nnz]`: 1 where `|a_ij|^2 > theta^2 |a_ii a_jj|`, `j != i`, else 0. Rows that are strongly
 * diagonally dominant (Dirichlet rows above all) have no strong entries.
 *
 * Source: P. Vanek, J. Mandel, M. Brezina, "Algebraic multigrid by smoothed aggregation for second
 * and fourth order elliptic problems", Computing 56 (1996) 179-196, DOI 10.1007/BF02238511, section 4.
 *
 * @param matrix With a stored diagonal.
 * @param theta The threshold, 0 to 1.
 * @param diagonal Of every column, `[cols]`, where there are more than rows.
 */
export function strongEntries(
  matrix: CsrMatrix,
  theta: number,
  diagonal: Float64Array = matrix.diagonal(),
): Uint8Array {
  const { rows, rowStarts, columns, values } = matrix;
  const size = diagonal.map(Math.abs);
  const flags = new Uint8Array(matrix.nnz);
  const theta2 = theta * theta;
  for (let i = 0, k = 0; i < rows; i++) {
    const first = k, end = rowStarts[i + 1];
    const limit = theta2 * size[i];
    let beside = 0;
    for (; k < end; k++) {
      const j = columns[k], a = values[k];
      if (j === i) continue;
      beside += Math.abs(a);
      if (a * a > limit * size[j]) flags[k] = 1;
    }
    if (dominance * beside <= size[i]) flags.fill(0, first, end);
  }
  return flags;
}
