/**
 * Gauss-Seidel sweeps and transfers between levels, the kernels of a cycle. A forward sweep before
 * and a backward sweep after the coarse correction make the cycle symmetric, as conjugate gradients
 * need.
 *
 * @module
 */

/** Forward sweep on `A x = b` from `x = 0`: solves `(D + L) x = b`. */
export function forwardFromZero(
  rows: number,
  starts: Int32Array,
  diagonalAt: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  inverseDiagonal: Float64Array,
  b: Float64Array,
  x: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    let sum = b[i];
    for (let k = starts[i], end = diagonalAt[i]; k < end; k++) sum -= values[k] * x[columns[k]];
    x[i] = sum * inverseDiagonal[i];
  }
}

/**
 * `coarse = P^T (b - A x)` right after {@link forwardFromZero}, when the residual is `-U x`: only the
 * upper triangle is read.
 */
export function restrictAfterForward(
  rows: number,
  starts: Int32Array,
  diagonalAt: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  x: Float64Array,
  pStarts: Int32Array,
  pColumns: Int32Array,
  pValues: Float64Array,
  coarse: Float64Array,
): void {
  coarse.fill(0);
  for (let i = 0; i < rows; i++) {
    let residual = 0;
    for (let k = diagonalAt[i] + 1, end = starts[i + 1]; k < end; k++) {
      residual -= values[k] * x[columns[k]];
    }
    for (let k = pStarts[i], end = pStarts[i + 1]; k < end; k++) {
      coarse[pColumns[k]] += pValues[k] * residual;
    }
  }
}

/** `x += P coarse`. */
export function prolongAdd(
  rows: number,
  pStarts: Int32Array,
  pColumns: Int32Array,
  pValues: Float64Array,
  coarse: Float64Array,
  x: Float64Array,
): void {
  for (let i = 0, k = 0; i < rows; i++) {
    let sum = x[i];
    for (const end = pStarts[i + 1]; k < end; k++) sum += pValues[k] * coarse[pColumns[k]];
    x[i] = sum;
  }
}

/** Backward sweep on `A x = b`. */
export function backwardSweep(
  rows: number,
  starts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  inverseDiagonal: Float64Array,
  b: Float64Array,
  x: Float64Array,
): void {
  for (let i = rows - 1; i >= 0; i--) {
    let sum = b[i];
    // The diagonal is among the entries, so this is the residual and the step is a correction.
    for (let k = starts[i], end = starts[i + 1]; k < end; k++) sum -= values[k] * x[columns[k]];
    x[i] += sum * inverseDiagonal[i];
  }
}
