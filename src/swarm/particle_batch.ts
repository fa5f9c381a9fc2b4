/**
 * A few particles at a time: the working memory of advection, small enough to stay in the cache.
 *
 * @module
 */

/** Particles per batch. */
export const batchSize = 1024;

/** Positions, cells and stage values of up to {@link batchSize} particles. */
export class ParticleBatch {
  /** Positions at the start of the step, `[n x dim]`. */
  readonly points: Float64Array;
  /** Their cells, `[n]`. */
  readonly cells: Int32Array = new Int32Array(batchSize);
  /** Their barycentric coordinates, `[n x (dim + 1)]`. */
  readonly barycentric: Float64Array;
  /** The ranks on which they began, `[n]`. */
  readonly homes: Int32Array = new Int32Array(batchSize);
  /** Their indices there, `[n]`. */
  readonly slots: Int32Array = new Int32Array(batchSize);
  /** Positions of the stage, `[n x dim]`. */
  readonly stagePoints: Float64Array;
  /** Cells of the stage. */
  readonly stageCells: Int32Array = new Int32Array(batchSize);
  /** Cells of the stage before. */
  readonly lastCells: Int32Array = new Int32Array(batchSize);
  readonly stageBarycentric: Float64Array;
  /** Velocities of the stage, `[n x dim]`. */
  readonly slope: Float64Array;
  /** Velocities of the mesh at the start of the step, `[n x dim]`. */
  readonly meshSlope: Float64Array;
  /** Weighted sums of velocities, `[n x dim]`. */
  readonly sum: Float64Array;
  /** How often each period of a periodic mesh was subtracted since the particles were loaded, `[n x periods]`. */
  readonly wraps: Int32Array;

  readonly #dim: number;
  readonly #periods: number;

  constructor(dim: number, periods: number) {
    this.#dim = dim;
    this.#periods = periods;
    this.points = new Float64Array(batchSize * dim);
    this.barycentric = new Float64Array(batchSize * (dim + 1));
    this.stagePoints = new Float64Array(batchSize * dim);
    this.stageBarycentric = new Float64Array(batchSize * (dim + 1));
    this.slope = new Float64Array(batchSize * dim);
    this.meshSlope = new Float64Array(batchSize * dim);
    this.sum = new Float64Array(batchSize * dim);
    this.wraps = new Int32Array(batchSize * periods);
  }

  /** Closes the gap that others leave. */
  moveRow(from: number, to: number): void {
    const dim = this.#dim, width = dim + 1, periods = this.#periods, { wraps } = this;
    const { points, stagePoints, sum, meshSlope, barycentric, stageBarycentric } = this;
    for (let d = 0; d < dim; d++) {
      points[to * dim + d] = points[from * dim + d];
      stagePoints[to * dim + d] = stagePoints[from * dim + d];
      sum[to * dim + d] = sum[from * dim + d];
      meshSlope[to * dim + d] = meshSlope[from * dim + d];
    }
    for (let k = 0; k < width; k++) {
      barycentric[to * width + k] = barycentric[from * width + k];
      stageBarycentric[to * width + k] = stageBarycentric[from * width + k];
    }
    for (let k = 0; k < periods; k++) wraps[to * periods + k] = wraps[from * periods + k];
    this.homes[to] = this.homes[from];
    this.slots[to] = this.slots[from];
    this.cells[to] = this.cells[from];
    this.stageCells[to] = this.stageCells[from];
  }
}

/**
 * `out = x + a * y` for `n` numbers; returns 0 when all of `out` are finite, NaN otherwise.
 */
export function axpy(
  n: number,
  x: Float64Array,
  a: number,
  y: Float64Array,
  out: Float64Array,
): number {
  // Four sums that do not wait for each other; one would take as long as all the rest.
  let c0 = 0, c1 = 0, c2 = 0, c3 = 0;
  let i = 0;
  for (; i + 3 < n; i += 4) {
    const v0 = x[i] + a * y[i], v1 = x[i + 1] + a * y[i + 1];
    const v2 = x[i + 2] + a * y[i + 2], v3 = x[i + 3] + a * y[i + 3];
    out[i] = v0;
    out[i + 1] = v1;
    out[i + 2] = v2;
    out[i + 3] = v3;
    c0 += 0 * v0;
    c1 += 0 * v1;
    c2 += 0 * v2;
    c3 += 0 * v3;
  }
  for (; i < n; i++) {
    const value = x[i] + a * y[i];
    out[i] = value;
    c0 += 0 * value;
  }
  return c0 + c1 + c2 + c3;
}

/** 0 when `n` numbers from `first` on are all finite, NaN otherwise. */
export function finiteCheck(x: Float64Array, first: number, n: number): number {
  let check = 0;
  for (let i = first; i < first + n; i++) check += 0 * x[i];
  return check;
}

/**
 * `sum += a * x`, or `sum = a * x` where there is no sum yet; nothing for a = 0. Returns whether there is
 * a sum now.
 */
export function addScaledRows(
  n: number,
  a: number,
  x: Float64Array,
  sum: Float64Array,
  summed: boolean,
): boolean {
  if (a === 0) return summed;
  if (summed) { for (let i = 0; i < n; i++) sum[i] += a * x[i]; }
  else for (let i = 0; i < n; i++) sum[i] = a * x[i];
  return true;
}
