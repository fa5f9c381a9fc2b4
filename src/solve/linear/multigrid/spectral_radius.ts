/**
 * Bounds for the spectrum of `D^-1 A`.
 *
 * @module
 */
import type { Comm } from "../../../comm/comm.ts";
import type { Halo } from "../../../mesh/halo.ts";
import type { CsrMatrix } from "../csr.ts";
import { localDot } from "../reductions.ts";

/**
 * The smaller of two bounds for the spectral radius of `D^-1 A`: Gershgorin's row sums, and a few
 * steps of power iteration from a fixed start, enlarged by a tenth because it approaches from below.
 *
 * @param matrix Square, with a stored diagonal; or the rows of one rank, with ghost columns.
 * @param steps Power iterations.
 * @param over Who has the other rows and the ghosts; null for one rank. Collective then.
 */
export function spectralRadius(
  matrix: CsrMatrix,
  steps = 0,
  over: { readonly halo: Halo; readonly comm: Comm } | null = null,
): number {
  const { rows, rowStarts, values } = matrix;
  const diagonalAt = matrix.diagonalPositions;
  let gershgorin = 0;
  for (let i = 0, k = 0; i < rows; i++) {
    let sum = 0;
    for (const end = rowStarts[i + 1]; k < end; k++) sum += Math.abs(values[k]);
    const bound = sum / Math.abs(values[diagonalAt[i]]);
    if (bound > gershgorin) gershgorin = bound;
  }
  if (over !== null) gershgorin = over.comm.allreduce(gershgorin, "max");
  if (steps === 0) return gershgorin;
  const sum = (here: number) => over === null ? here : over.comm.allreduce(here);
  const sync = (x: Float64Array) => over?.halo.sync(x, 1);
  return Math.min(gershgorin, 1.1 * powerEstimate(matrix, steps, sum, sync));
}

function powerEstimate(
  matrix: CsrMatrix,
  steps: number,
  sum: (here: number) => number,
  sync: (x: Float64Array) => void,
): number {
  const { rows, cols, values } = matrix;
  const diagonalAt = matrix.diagonalPositions;
  let x = new Float64Array(cols), y = new Float64Array(cols);
  // A fixed start with all frequencies in it: a Weyl sequence.
  for (let i = 0; i < rows; i++) x[i] = ((i * 0.6180339887498949) % 1) - 0.5;
  let estimate = 0;
  for (let step = 0; step < steps; step++) {
    const norm = Math.sqrt(sum(localDot(x, x, rows)));
    if (norm === 0) return estimate;
    for (let i = 0; i < rows; i++) x[i] /= norm;
    sync(x);
    matrix.multiply(x, y);
    for (let i = 0; i < rows; i++) y[i] /= values[diagonalAt[i]];
    estimate = Math.sqrt(sum(localDot(y, y, rows)));
    [x, y] = [y, x];
  }
  return estimate;
}
