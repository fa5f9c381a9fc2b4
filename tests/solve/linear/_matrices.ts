/** Matrices of model problems, assembled by hand. */
import { CsrMatrix } from "../../../src/solve/linear/csr.ts";
import { rawProduct, rowsOf, sorted } from "../../../src/solve/linear/sparse_product.ts";

/** Builds a matrix from a function that names the entries of each row in ascending order. */
export function matrixOf(
  n: number,
  row: (i: number, put: (j: number, value: number) => void) => void,
): CsrMatrix {
  const starts = new Int32Array(n + 1);
  const columns: number[] = [], values: number[] = [];
  for (let i = 0; i < n; i++) {
    row(i, (j, value) => {
      columns.push(j);
      values.push(value);
    });
    starts[i + 1] = columns.length;
  }
  return new CsrMatrix(n, n, starts, Int32Array.from(columns), Float64Array.from(values));
}

/** `-Laplace u + (flow, 0) . grad u` with Dirichlet rows all around, `n x n` squares, upwinded. */
export function poisson2d(n: number, flow = 0): CsrMatrix {
  const m = n + 1;
  const inner = (i: number, j: number) => i > 0 && j > 0 && i < n && j < n;
  return matrixOf(m * m, (r, put) => {
    const i = r % m, j = (r / m) | 0;
    if (!inner(i, j)) return put(r, 1);
    if (inner(i, j - 1)) put(r - m, -1);
    if (inner(i - 1, j)) put(r - 1, -1 - flow / n);
    put(r, 4 + flow / n);
    if (inner(i + 1, j)) put(r + 1, -1);
    if (inner(i, j + 1)) put(r + m, -1);
  });
}

/** `-div k grad u` without Dirichlet values: constants are in the null space. */
export function neumann2d(n: number): CsrMatrix {
  const m = n + 1;
  return matrixOf(m * m, (r, put) => {
    const i = r % m, j = (r / m) | 0;
    const beside = [[r - m, j > 0], [r - 1, i > 0], [r + 1, i < n], [r + m, j < n]] as const;
    const degree = beside.filter(([, there]) => there).length;
    for (const [c, there] of beside.slice(0, 2)) if (there) put(c, -1);
    put(r, degree);
    for (const [c, there] of beside.slice(2)) if (there) put(c, -1);
  });
}

/** `max |b - A x|`. */
export function residualOf(a: CsrMatrix, b: Float64Array, x: Float64Array): number {
  const r = new Float64Array(b.length);
  a.residual(b, x, r);
  return r.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Fixed numbers between -0.5 and 0.5. */
export function someVector(n: number): Float64Array {
  return new Float64Array(n).map((_, i) => ((i + 1) * 0.7548776662466927) % 1 - 0.5);
}

/** `A B` with ascending rows. */
export function matrixProduct(a: CsrMatrix, b: CsrMatrix): CsrMatrix {
  return sorted(rawProduct(rowsOf(a), rowsOf(b)));
}
