/**
 * A few particles at a time: the working memory of advection, small enough to stay in the cache.
 *
 * @module
 */

/** Particles per block. */
export const blockSize = 1024;

/** Positions, cells and stage values of up to {@link blockSize} particles. */
export class Block {
  /** Positions at the start of the step, `[n x dim]`. */
  readonly points: Float64Array;
  /** Their cells, `[n]`. */
  readonly cells = new Int32Array(blockSize);
  /** Their barycentric coordinates, `[n x (dim + 1)]`. */
  readonly barycentric: Float64Array;
  /** Indices in the swarm, `[n]`. */
  readonly slots = new Int32Array(blockSize);
  /** Positions of the stage, `[n x dim]`. */
  readonly stagePoints: Float64Array;
  /** Cells of the stage. */
  readonly stageCells = new Int32Array(blockSize);
  /** Cells of the stage before. */
  readonly lastCells = new Int32Array(blockSize);
  readonly stageBarycentric: Float64Array;
  /** Velocities of the stage, `[n x dim]`. */
  readonly slope: Float64Array;
  /** Weighted sums of velocities, `[n x dim]`. */
  readonly sum: Float64Array;

  constructor(dim: number) {
    this.points = new Float64Array(blockSize * dim);
    this.barycentric = new Float64Array(blockSize * (dim + 1));
    this.stagePoints = new Float64Array(blockSize * dim);
    this.stageBarycentric = new Float64Array(blockSize * (dim + 1));
    this.slope = new Float64Array(blockSize * dim);
    this.sum = new Float64Array(blockSize * dim);
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
  let check = 0;
  for (let i = 0; i < n; i++) {
    const value = x[i] + a * y[i];
    out[i] = value;
    check += 0 * value;
  }
  return check;
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
export function addScaled(
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
