/**
 * How far the spectrum of `D^-1 A` reaches.
 *
 * @module
 */
import type { CsrMatrix } from "../csr.ts";
import { localDot } from "../reductions.ts";

/**
 * The smaller of two bounds for the spectral radius of `D^-1 A`: Gershgorin's row sums, and a few
 * steps of power iteration from a fixed start, enlarged by a tenth because it approaches from below.
 *
 * @param matrix Square, with a stored diagonal.
 * @param steps Power iterations.
 */
export function spectralRadius(matrix: CsrMatrix, steps = 0): number {
  const { rows, rowStarts, values } = matrix;
  const diagonalAt = matrix.diagonalPositions;
  let gershgorin = 0;
  for (let i = 0, k = 0; i < rows; i++) {
    let sum = 0;
    for (const end = rowStarts[i + 1]; k < end; k++) sum += Math.abs(values[k]);
    const bound = sum / Math.abs(values[diagonalAt[i]]);
    if (bound > gershgorin) gershgorin = bound;
  }
  if (steps === 0) return gershgorin;
  return Math.min(gershgorin, 1.1 * powerEstimate(matrix, steps));
}

function powerEstimate(matrix: CsrMatrix, steps: number): number {
  const { rows, values } = matrix;
  const diagonalAt = matrix.diagonalPositions;
  let x = new Float64Array(rows), y = new Float64Array(rows);
  // A fixed start with all frequencies in it: a Weyl sequence.
  for (let i = 0; i < rows; i++) x[i] = ((i * 0.6180339887498949) % 1) - 0.5;
  let estimate = 0;
  for (let step = 0; step < steps; step++) {
    const norm = Math.sqrt(localDot(x, x, rows));
    if (norm === 0) return estimate;
    for (let i = 0; i < rows; i++) x[i] /= norm;
    matrix.multiply(x, y);
    for (let i = 0; i < rows; i++) y[i] /= values[diagonalAt[i]];
    estimate = Math.sqrt(localDot(y, y, rows));
    [x, y] = [y, x];
  }
  return estimate;
}
