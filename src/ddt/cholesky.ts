/**
 * Small dense systems of normal equations.
 *
 * @module
 */

/**
 * Cholesky in place, `[n x n]`, lower triangle.
 *
 * @param least The share of a diagonal entry that has to remain when it becomes a pivot.
 * @returns false where a pivot is too small; `a` is overwritten then, too.
 */
export function factor(a: Float64Array, n: number, least: number): boolean {
  for (let k = 0; k < n; k++) {
    const before = a[k * n + k];
    for (let m = 0; m < k; m++) a[k * n + k] -= a[k * n + m] ** 2;
    if (!(a[k * n + k] > least * before)) return false;
    const pivot = Math.sqrt(a[k * n + k]);
    a[k * n + k] = pivot;
    for (let i = k + 1; i < n; i++) {
      for (let m = 0; m < k; m++) a[i * n + k] -= a[i * n + m] * a[k * n + m];
      a[i * n + k] /= pivot;
    }
  }
  return true;
}

/** Solves `L L^T x = y`; x replaces y. */
export function substitute(a: Float64Array, n: number, y: Float64Array): void {
  for (let i = 0; i < n; i++) {
    for (let m = 0; m < i; m++) y[i] -= a[i * n + m] * y[m];
    y[i] /= a[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let m = i + 1; m < n; m++) y[i] -= a[m * n + i] * y[m];
    y[i] /= a[i * n + i];
  }
}
