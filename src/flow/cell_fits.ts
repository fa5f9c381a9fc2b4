/**
 * Linear functions in each cell, nearest to the particles there.
 *
 * @module
 */
import type { Geometry } from "../mesh/geometry.ts";

/** Particles in the cells of a rank, ghosts included. */
export interface CellParticles {
  readonly count: number;
  /** `[count]`; those at -1 do not count. */
  readonly cells: Int32Array;
  /** `[count x (dim + 1)]` */
  readonly barycentric: Float64Array;
  /** `[count x components]` */
  readonly values: Float64Array;
  readonly components: number;
}

/** Pivots smaller than this, relative to the diagonal, mean that the particles of a cell lie in line. */
const inLine = 1e-6;

/**
 * Values at the vertices of every cell, of the linear function nearest to its particles in the mean square,
 * `[cellCount x (dim + 1) x components]`. It has their mean where their middle is, so that the sum over particles is
 * kept. Cells with too few particles for a slope have the mean; those without any have zeros.
 *
 * @param ranges The least and the greatest value of each component, `[components x 2]`: slopes are reduced, alike for
 *   all components of a cell, until its vertices are within; null where nothing is bounded.
 * @param isCut 1 where a cell keeps its mean, `[cellCount]`; null for nowhere.
 * @returns The values, and how many particles each cell has, `[cellCount]`.
 */
export function cellFits(
  geometry: Geometry,
  particles: CellParticles,
  ranges: Float64Array | null,
  isCut: Uint8Array | null = null,
): { values: Float64Array; counts: Float64Array } {
  const { dim, cellCount } = geometry.topology, n = dim + 1;
  const { count, cells, barycentric, values: f, components } = particles;
  const counts = new Float64Array(cellCount), means = new Float64Array(cellCount * components);
  const normal = new Float64Array(cellCount * n * n);
  const values = new Float64Array(cellCount * n * components);
  for (let i = 0; i < count; i++) {
    const cell = cells[i];
    if (cell < 0) continue;
    counts[cell]++;
    for (let c = 0; c < components; c++) means[cell * components + c] += f[i * components + c];
    for (let a = 0; a < n; a++) {
      const weight = barycentric[i * n + a];
      for (let b = 0; b < n; b++) normal[(cell * n + a) * n + b] += weight * barycentric[i * n + b];
      for (let c = 0; c < components; c++) {
        values[(cell * n + a) * components + c] += weight * f[i * components + c];
      }
    }
  }
  const matrix = new Float64Array(n * n);
  for (let cell = 0; cell < cellCount; cell++) {
    if (counts[cell] === 0) continue;
    for (let c = 0; c < components; c++) means[cell * components + c] /= counts[cell];
    const own = values.subarray(cell * n * components, (cell + 1) * n * components);
    const mean = means.subarray(cell * components, (cell + 1) * components);
    matrix.set(normal.subarray(cell * n * n, (cell + 1) * n * n));
    if (isCut?.[cell] === 1 || !solveInPlace(matrix, n, own, components)) spread(own, mean);
    else if (ranges !== null) keepWithin(own, mean, ranges);
  }
  return { values, counts };
}

/** Solves by Gauss' elimination, whose pivots are positive here; false where one is too small. */
function solveInPlace(a: Float64Array, n: number, right: Float64Array, columns: number): boolean {
  for (let k = 0; k < n; k++) {
    let scale = 0;
    for (let j = k; j < n; j++) scale = Math.max(scale, Math.abs(a[k * n + j]));
    const pivot = a[k * n + k];
    if (!(pivot > inLine * scale) || !(pivot > inLine * a[0])) return false;
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k] / pivot;
      for (let j = k; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
      for (let c = 0; c < columns; c++) right[i * columns + c] -= factor * right[k * columns + c];
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let c = 0; c < columns; c++) {
      let sum = right[k * columns + c];
      for (let j = k + 1; j < n; j++) sum -= a[k * n + j] * right[j * columns + c];
      right[k * columns + c] = sum / a[k * n + k];
    }
  }
  return true;
}

function spread(values: Float64Array, mean: Float64Array): void {
  for (let i = 0; i < values.length; i++) values[i] = mean[i % mean.length];
}

/** Reduces the distance from the mean, alike for all vertices and components. */
function keepWithin(values: Float64Array, mean: Float64Array, ranges: Float64Array): void {
  const columns = mean.length;
  let share = 1;
  for (let i = 0; i < values.length; i++) {
    const c = i % columns, apart = values[i] - mean[c];
    const room = apart > 0 ? ranges[2 * c + 1] - mean[c] : ranges[2 * c] - mean[c];
    if (Math.abs(apart) > Math.abs(room)) share = Math.min(share, room / apart);
  }
  if (share === 1) return;
  for (let i = 0; i < values.length; i++) {
    const c = i % columns;
    // Rounding must not lead out again.
    values[i] = Math.min(
      ranges[2 * c + 1],
      Math.max(ranges[2 * c], mean[c] + share * (values[i] - mean[c])),
    );
  }
}
