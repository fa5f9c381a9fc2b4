/**
 * Kernels of a cycle with several unknowns per node, all of a node at once.
 *
 * Blocks stand one after the other, `[entries x m x m]`, rows first. In `scaled` they are multiplied from the
 * left by the inverse of the diagonal block of their row, in single precision: a cycle waits for memory, and
 * a preconditioner needs no more.
 *
 * @module
 */

/** A level as sweeps read it. */
export interface BlockRows {
  readonly nodes: number;
  readonly m: number;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly diagonal: Int32Array;
  /** `[nnz x m x m]`, `D_i^-1 A_ij`; the diagonal blocks are not read. */
  readonly scaled: Float32Array;
  /** `[nodes x m x m]`: diagonal blocks. */
  readonly blocks: Float64Array;
  /** `[nodes x m x m]`: their inverses. */
  readonly inverses: Float64Array;
}

/** `x_i = D_i^-1 b_i`, into `x`. */
function divide(
  m: number,
  inverses: Float64Array,
  i: number,
  b: Float64Array,
  x: Float64Array,
): void {
  for (let c = 0; c < m; c++) {
    let sum = 0;
    for (let d = 0; d < m; d++) sum += inverses[(i * m + c) * m + d] * b[i * m + d];
    x[i * m + c] = sum;
  }
}

/** `out_i -= sum over some entries of row i of (D_i^-1 A_ij) x_j`. */
function subtract(
  m: number,
  scaled: Float32Array,
  columns: Int32Array,
  begin: number,
  end: number,
  x: Float64Array,
  out: Float64Array,
  i: number,
): void {
  if (m === 2) {
    let a = out[2 * i], b = out[2 * i + 1];
    for (let k = begin; k < end; k++) {
      const j = 2 * columns[k], at = 4 * k;
      const u = x[j], v = x[j + 1];
      a -= scaled[at] * u + scaled[at + 1] * v;
      b -= scaled[at + 2] * u + scaled[at + 3] * v;
    }
    out[2 * i] = a;
    out[2 * i + 1] = b;
    return;
  }
  for (let k = begin; k < end; k++) {
    const j = m * columns[k];
    for (let c = 0; c < m; c++) {
      const at = (k * m + c) * m;
      let sum = 0;
      for (let d = 0; d < m; d++) sum += scaled[at + d] * x[j + d];
      out[i * m + c] -= sum;
    }
  }
}

/** Forward sweep on `A x = b` from `x = 0`: solves `(D + L) x = b`. */
export function blockForward(rows: BlockRows, b: Float64Array, x: Float64Array): void {
  const { nodes, m, starts, columns, diagonal, scaled, inverses } = rows;
  for (let i = 0; i < nodes; i++) {
    divide(m, inverses, i, b, x);
    subtract(m, scaled, columns, starts[i], diagonal[i], x, x, i);
  }
}

/** Backward sweep on `A x = b`. */
export function blockBackward(
  rows: BlockRows,
  b: Float64Array,
  x: Float64Array,
  work: Float64Array,
): void {
  const { nodes, m, starts, columns, diagonal, scaled, inverses } = rows;
  for (let i = nodes - 1; i >= 0; i--) {
    divide(m, inverses, i, b, work);
    subtract(m, scaled, columns, starts[i], diagonal[i], x, work, i);
    subtract(m, scaled, columns, diagonal[i] + 1, starts[i + 1], x, work, i);
    for (let c = i * m; c < (i + 1) * m; c++) x[c] = work[c];
  }
}

/** The residual right after {@link blockForward}, which is `-U x`: only the upper triangle is read. */
export function residualAfterForward(
  rows: BlockRows,
  x: Float64Array,
  work: Float64Array,
  r: Float64Array,
): void {
  const { nodes, m, starts, columns, diagonal, scaled, blocks } = rows;
  work.fill(0);
  for (let i = 0; i < nodes; i++) {
    subtract(m, scaled, columns, diagonal[i] + 1, starts[i + 1], x, work, i);
    for (let c = 0; c < m; c++) {
      let sum = 0;
      for (let d = 0; d < m; d++) sum += blocks[(i * m + c) * m + d] * work[i * m + d];
      r[i * m + c] = sum;
    }
  }
}

/**
 * Inverts blocks by elimination with row exchanges. A row of zeros, which belongs to no unknown of its level,
 * becomes that of the identity.
 *
 * @param blocks `[count x m x m]`
 * @param inverses `[count x m x m]`, overwritten.
 * @returns the first block that is singular or not finite, or -1.
 */
export function invertBlocks(m: number, blocks: Float64Array, inverses: Float64Array): number {
  const size = m * m, count = blocks.length / size;
  const a = new Float64Array(size), b = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    b.fill(0);
    for (let c = 0; c < m; c++) {
      b[c * m + c] = 1;
      let isZero = true;
      for (let d = 0; d < m; d++) {
        a[c * m + d] = blocks[i * size + c * m + d];
        if (a[c * m + d] !== 0) isZero = false;
      }
      if (isZero) a[c * m + c] = 1;
    }
    if (!eliminate(m, a, b)) return i;
    for (let e = 0; e < size; e++) inverses[i * size + e] = b[e];
  }
  return -1;
}

/** `b = a^-1 b`; a is lost. False where it is singular. */
function eliminate(m: number, a: Float64Array, b: Float64Array): boolean {
  for (let c = 0; c < m; c++) {
    let pivot = c;
    for (let r = c + 1; r < m; r++) {
      if (Math.abs(a[r * m + c]) > Math.abs(a[pivot * m + c])) pivot = r;
    }
    const value = a[pivot * m + c];
    if (!(Math.abs(value) > 0 && Math.abs(value) < Infinity)) return false;
    for (let d = 0; d < m; d++) {
      const x = a[pivot * m + d], y = b[pivot * m + d];
      a[pivot * m + d] = a[c * m + d];
      b[pivot * m + d] = b[c * m + d];
      a[c * m + d] = x / value;
      b[c * m + d] = y / value;
    }
    for (let r = 0; r < m; r++) {
      if (r === c) continue;
      const factor = a[r * m + c];
      for (let d = 0; d < m; d++) {
        a[r * m + d] -= factor * a[c * m + d];
        b[r * m + d] -= factor * b[c * m + d];
      }
    }
  }
  return true;
}

/** `D_i^-1 A_ij` for every block, in single precision. */
export function scaleBlocks(
  m: number,
  starts: Int32Array,
  values: Float64Array,
  inverses: Float64Array,
  scaled: Float32Array,
): void {
  const size = m * m;
  for (let i = 0; i < starts.length - 1; i++) {
    const own = i * size;
    for (let k = starts[i], end = starts[i + 1]; k < end; k++) {
      const at = k * size;
      for (let c = 0; c < m; c++) {
        for (let d = 0; d < m; d++) {
          let sum = 0;
          for (let e = 0; e < m; e++) sum += inverses[own + c * m + e] * values[at + e * m + d];
          scaled[at + c * m + d] = sum;
        }
      }
    }
  }
}
