/**
 * Polynomials that fit values near a place.
 *
 * @module
 */
import { factor, substitute } from "./cholesky.ts";

/**
 * Least squares for the slopes of a quadratic or cubic through one value, near others.
 *
 * State: none, scratch memory.
 */
export class PolynomialFit {
  /** `[neighbours or more x dim]` after {@link PolynomialFit.solve}, until the next one. */
  weights: Float64Array = new Float64Array(0);
  readonly #dim: number;
  readonly #degree: number;
  readonly #row: Float64Array;
  readonly #normal: Float64Array;
  readonly #unit: Float64Array;
  #rows = new Float64Array(0);
  #importance = new Float64Array(0);

  /** @param degree Of the polynomials. */
  constructor(dim: 2 | 3, degree: 2 | 3) {
    this.#dim = dim;
    this.#degree = degree;
    const terms = degree === 2 ? (dim === 2 ? 5 : 9) : dim === 2 ? 9 : 19;
    this.#row = new Float64Array(terms);
    this.#normal = new Float64Array(terms * terms);
    this.#unit = new Float64Array(terms);
  }

  /** Memory for `m` neighbours. */
  #reserve(m: number): void {
    if (this.#importance.length >= m) return;
    this.weights = new Float64Array(2 * m * this.#dim);
    this.#rows = new Float64Array(2 * m * this.#row.length);
    this.#importance = new Float64Array(2 * m);
  }

  /**
   * False where the neighbours do not determine the polynomial.
   *
   * @param x Places of all nodes, `[nodes x dim]`.
   * @param nodes The neighbours.
   * @param linear Whether a linear function is fitted instead.
   */
  solve(x: Float64Array, node: number, nodes: readonly number[], linear: boolean): boolean {
    const dim = this.#dim, row = this.#row;
    const n = linear ? dim : row.length, m = nodes.length;
    this.#reserve(m);
    const weights = this.weights.fill(0, 0, m * dim);
    if (m < n) return false;
    let scale = 0;
    for (const j of nodes) scale = Math.max(scale, this.#distance(x, node, j));
    const normal = this.#normal.fill(0), rows = this.#rows, importance = this.#importance;
    for (let j = 0; j < m; j++) {
      this.#fill(x, node, nodes[j], scale);
      // Near nodes count more: a far ring only determines what the near one leaves open.
      const w = 1 / (row[0] ** 2 + row[1] ** 2 + (dim === 3 ? row[2] ** 2 : 0));
      importance[j] = w;
      for (let a = 0; a < n; a++) {
        rows[j * n + a] = row[a];
        for (let b = 0; b <= a; b++) normal[a * n + b] += w * row[a] * row[b];
      }
    }
    if (!factor(normal, n, 1e-6)) return false;
    const y = this.#unit;
    for (let d = 0; d < dim; d++) {
      y.fill(0);
      y[d] = 1;
      substitute(normal, n, y);
      for (let j = 0; j < m; j++) {
        let sum = 0;
        for (let a = 0; a < n; a++) sum += rows[j * n + a] * y[a];
        weights[j * dim + d] = (importance[j] * sum) / scale;
      }
    }
    return true;
  }

  #distance(x: Float64Array, i: number, j: number): number {
    const dim = this.#dim;
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += (x[j * dim + d] - x[i * dim + d]) ** 2;
    return Math.sqrt(sum);
  }

  /** Linear terms, then products of two, then of three. */
  #fill(x: Float64Array, i: number, j: number, scale: number): void {
    const dim = this.#dim, row = this.#row;
    for (let d = 0; d < dim; d++) row[d] = (x[j * dim + d] - x[i * dim + d]) / scale;
    let at = dim;
    for (let a = 0; a < dim; a++) for (let b = a; b < dim; b++) row[at++] = row[a] * row[b];
    if (this.#degree === 2) return;
    for (let a = 0; a < dim; a++) {
      for (let b = a; b < dim; b++) {
        for (let c = b; c < dim; c++) row[at++] = row[a] * row[b] * row[c];
      }
    }
  }
}
