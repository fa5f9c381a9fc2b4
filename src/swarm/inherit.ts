/**
 * What new particles carry: values of the particles around them.
 *
 * @module
 */
import { allocate, type ArrayKind, type TypedArray, wordsOf } from "../arrays.ts";
import type { Topology } from "../mesh/topology.ts";
import type { NodeCells } from "../mesh/node_cells.ts";
import type { CellRowsOf } from "./crowded.ts";

/** Particles that values are taken from, by ascending id. */
export interface Sources {
  readonly count: number;
  /** `[count x dim]`. */
  readonly points: Float64Array;
  readonly byCell: CellRowsOf;
}

/** The sources in the cells that share a node with `cell`, itself included, ascending; appended to `out`. */
export function sourcesAround(
  { dim, cells }: Topology,
  around: NodeCells,
  { byCell: { start, rows } }: Sources,
  cell: number,
  out: number[],
): void {
  const seen = new Set<number>();
  for (let k = 0; k <= dim; k++) {
    const node = cells[cell * (dim + 1) + k];
    for (let n = around.start[node]; n < around.start[node + 1]; n++) seen.add(around.cells[n]);
  }
  for (const other of seen) for (let n = start[other]; n < start[other + 1]; n++) out.push(rows[n]);
  out.sort((a, b) => a - b);
}

/** The nearest of some sources to a point; of several, the first. */
export function nearestOf(
  candidates: readonly number[],
  points: Float64Array,
  dim: 2 | 3,
  place: Float64Array,
  at: number,
): number {
  let nearest = -1, least = Infinity;
  for (const row of candidates) {
    let square = 0;
    for (let d = 0; d < dim; d++) square += (points[row * dim + d] - place[at * dim + d]) ** 2;
    if (square < least) {
      least = square;
      nearest = row;
    }
  }
  return nearest;
}

/** Rows of a column as numbers that any message carries exactly: its words. */
export function wordNumbers(
  data: TypedArray,
  width: number,
): { data: Float64Array; width: number } {
  const words = wordsOf(data);
  const perRow = width * data.BYTES_PER_ELEMENT / words.BYTES_PER_ELEMENT;
  return { data: Float64Array.from(words), width: perRow };
}

/** The other way: `count x width` values of a kind from the numbers of their words. */
export function fromWords(kind: ArrayKind, numbers: Float64Array, length: number): TypedArray {
  const out = allocate(kind, length);
  wordsOf(out).set(numbers);
  return out;
}

/**
 * The value at a point of the linear function a + b (x - place) that is nearest in the mean square to some sources;
 * NaN where they do not settle one. Normal equations, relative to the place, by Cholesky.
 */
export class LinearFit {
  readonly #dim: 2 | 3;
  readonly #matrix: Float64Array;
  readonly #weights: number[] = [];
  #fits = false;

  constructor(dim: 2 | 3) {
    this.#dim = dim;
    this.#matrix = new Float64Array((dim + 1) ** 2);
  }

  /** Takes the sources for a point; false where they do not settle a linear function. */
  around(
    candidates: readonly number[],
    points: Float64Array,
    place: Float64Array,
    at: number,
  ): boolean {
    const dim = this.#dim, n = dim + 1, matrix = this.#matrix.fill(0);
    let reach = 0;
    const offset = (row: number, k: number) =>
      k === 0 ? 1 : points[row * dim + k - 1] - place[at * dim + k - 1];
    for (const row of candidates) {
      for (let k = 1; k < n; k++) reach = Math.max(reach, Math.abs(offset(row, k)));
    }
    const scaled = (row: number, k: number) => k === 0 ? 1 : offset(row, k) / reach;
    for (const row of candidates) {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) matrix[i * n + j] += scaled(row, i) * scaled(row, j);
      }
    }
    this.#fits = candidates.length > n && reach > 0 && factor(matrix, n);
    this.#weights.length = 0;
    if (!this.#fits) return false;
    // The value at the place is the first coefficient: the first row of the inverse tells the weights.
    const first = new Float64Array(n);
    first[0] = 1;
    solve(matrix, n, first);
    for (const row of candidates) {
      let weight = 0;
      for (let k = 0; k < n; k++) weight += first[k] * scaled(row, k);
      this.#weights.push(weight);
    }
    return true;
  }

  /** The value for one component, between the least and the largest of the sources. */
  value(candidates: readonly number[], data: ArrayLike<number>, width: number, a: number): number {
    let value = 0, least = Infinity, most = -Infinity;
    candidates.forEach((row, i) => {
      const source = data[row * width + a];
      value += this.#weights[i] * source;
      least = Math.min(least, source);
      most = Math.max(most, source);
    });
    return Math.min(most, Math.max(least, value));
  }
}

/** Cholesky in the lower triangle; false where the matrix is as good as singular. */
function factor(matrix: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j];
      const size = matrix[i * n + i];
      for (let k = 0; k < j; k++) sum -= matrix[i * n + k] * matrix[j * n + k];
      if (i === j) {
        if (!(sum > 1e-10 * size)) return false;
        matrix[i * n + i] = Math.sqrt(sum);
      } else matrix[i * n + j] = sum / matrix[j * n + j];
    }
  }
  return true;
}

function solve(matrix: Float64Array, n: number, x: Float64Array): void {
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= matrix[i * n + k] * x[k];
    x[i] /= matrix[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= matrix[k * n + i] * x[k];
    x[i] /= matrix[i * n + i];
  }
}

/** True for columns of real numbers, of which there are linear functions. */
export function isReal(kind: ArrayKind): boolean {
  return kind === "float64" || kind === "float32";
}
