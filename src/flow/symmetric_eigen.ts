/**
 * Eigenvalues of small symmetric matrices.
 *
 * @module
 */

/** Sweeps after which off-diagonal entries have vanished, for any matrix of a few rows. */
const sweeps = 12;

/**
 * All eigenvalues and eigenvectors, by cyclic Jacobi rotations in a fixed order.
 *
 * Source: G. H. Golub, C. F. Van Loan, "Matrix computations", 4th ed., Johns Hopkins 2013, section 8.5.
 *
 * @param matrix `[size x size]`, symmetric; not changed.
 * @returns Eigenvalues and orthonormal eigenvectors, in the order of the diagonal that they came to.
 */
export function symmetricEigen(
  matrix: Float64Array,
  size: number,
): { values: number[]; vectors: number[][] } {
  const a = matrix.slice(), v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) rotate(a, v, size, p, q);
    }
  }
  const values = Array.from({ length: size }, (_, i) => a[i * size + i]);
  const vectors = values.map((_, k) => Array.from({ length: size }, (_, i) => v[i * size + k]));
  return { values, vectors };
}

/** Makes entry (p, q) vanish. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const off = a[p * n + q];
  if (off === 0) return;
  const tau = (a[q * n + q] - a[p * n + p]) / (2 * off);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t), s = t * c;
  for (let k = 0; k < n; k++) {
    const kp = a[k * n + p], kq = a[k * n + q];
    a[k * n + p] = c * kp - s * kq;
    a[k * n + q] = s * kp + c * kq;
  }
  for (let k = 0; k < n; k++) {
    const pk = a[p * n + k], qk = a[q * n + k];
    a[p * n + k] = c * pk - s * qk;
    a[q * n + k] = s * pk + c * qk;
    const vp = v[k * n + p], vq = v[k * n + q];
    v[k * n + p] = c * vp - s * vq;
    v[k * n + q] = s * vp + c * vq;
  }
}
