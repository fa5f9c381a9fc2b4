/**
 * Volumes and inverse Jacobians of straight cells.
 *
 * @module
 */
import type { Topology } from "./topology.ts";

/** A column of a table with one row of `stride` numbers for each cell; it begins at `at` in the row. */
export interface MeasureColumn {
  readonly table: Float64Array;
  readonly stride: number;
  readonly at: number;
}

/**
 * Measures the cells `from` to `to`, which go into rows 0, 1, .. of the columns. Row i of an inverse Jacobian is
 * the gradient of barycentric coordinate i + 1.
 *
 * @param x Coordinates, `[nodeCount x dim]`.
 * @param inverses dim * dim numbers in each row.
 * @param volumes one number in each row.
 */
export function measureCells(
  { dim, cells }: Topology,
  x: Float64Array,
  from: number,
  to: number,
  inverses: MeasureColumn,
  volumes: MeasureColumn,
): void {
  if (dim === 2) measureTriangles(cells, x, from, to, inverses, volumes);
  else measureTetrahedra(cells, x, from, to, inverses, volumes);
}

function measureTriangles(
  cells: Int32Array,
  x: Float64Array,
  from: number,
  to: number,
  { table: inverses, stride, at }: MeasureColumn,
  { table: volumes, stride: step, at: start }: MeasureColumn,
): void {
  for (let c = from, o = at, v = start; c < to; c++, o += stride, v += step) {
    const i = 2 * cells[3 * c], j = 2 * cells[3 * c + 1], k = 2 * cells[3 * c + 2];
    const ax = x[j] - x[i], ay = x[j + 1] - x[i + 1];
    const bx = x[k] - x[i], by = x[k + 1] - x[i + 1];
    const det = ax * by - bx * ay;
    volumes[v] = Math.abs(det) / 2;
    inverses[o] = by / det;
    inverses[o + 1] = -bx / det;
    inverses[o + 2] = -ay / det;
    inverses[o + 3] = ax / det;
  }
}

function measureTetrahedra(
  cells: Int32Array,
  x: Float64Array,
  from: number,
  to: number,
  { table: inverses, stride, at }: MeasureColumn,
  { table: volumes, stride: step, at: start }: MeasureColumn,
): void {
  for (let n = from, o = at, v = start; n < to; n++, o += stride, v += step) {
    const i = 3 * cells[4 * n], j = 3 * cells[4 * n + 1];
    const k = 3 * cells[4 * n + 2], l = 3 * cells[4 * n + 3];
    const ax = x[j] - x[i], ay = x[j + 1] - x[i + 1], az = x[j + 2] - x[i + 2];
    const bx = x[k] - x[i], by = x[k + 1] - x[i + 1], bz = x[k + 2] - x[i + 2];
    const cx = x[l] - x[i], cy = x[l + 1] - x[i + 1], cz = x[l + 2] - x[i + 2];
    const px = by * cz - bz * cy, py = bz * cx - bx * cz, pz = bx * cy - by * cx;
    const det = ax * px + ay * py + az * pz;
    volumes[v] = Math.abs(det) / 6;
    inverses[o] = px / det;
    inverses[o + 1] = py / det;
    inverses[o + 2] = pz / det;
    inverses[o + 3] = (cy * az - cz * ay) / det;
    inverses[o + 4] = (cz * ax - cx * az) / det;
    inverses[o + 5] = (cx * ay - cy * ax) / det;
    inverses[o + 6] = (ay * bz - az * by) / det;
    inverses[o + 7] = (az * bx - ax * bz) / det;
    inverses[o + 8] = (ax * by - ay * bx) / det;
  }
}

/** Cells that {@link smallestRadius} measures at a time, so that it keeps no table of all. */
const blockSize = 1024;

/**
 * Radius of the smallest inscribed circle or sphere. The facet opposite to vertex k has the measure
 * dim * volume * |gradient of barycentric k|.
 *
 * @param x Coordinates, `[nodeCount x dim]`.
 */
export function smallestRadius(topology: Topology, x: Float64Array): number {
  const { dim, cellCount } = topology, square = dim * dim;
  const table = new Float64Array(blockSize * square), volumes = new Float64Array(blockSize);
  let least = Infinity;
  for (let from = 0; from < cellCount; from += blockSize) {
    const to = Math.min(cellCount, from + blockSize);
    const rows = { table, stride: square, at: 0 };
    measureCells(topology, x, from, to, rows, { table: volumes, stride: 1, at: 0 });
    least = Math.min(least, leastRadius(table, (to - from) * square, dim));
  }
  return least;
}

/** The least radius of some cells, by the first `length` numbers of their inverse Jacobians. */
function leastRadius(inverses: Float64Array, length: number, dim: number): number {
  let least = Infinity;
  for (let o = 0; o < length; o += dim * dim) {
    let sx = 0, sy = 0, sz = 0, sum = 0;
    for (let k = 0; k < dim; k++) {
      const x = inverses[o + k * dim], y = inverses[o + k * dim + 1];
      const z = dim === 3 ? inverses[o + k * dim + 2] : 0;
      sum += Math.sqrt(x * x + y * y + z * z);
      sx += x;
      sy += y;
      sz += z;
    }
    least = Math.min(least, 1 / (sum + Math.sqrt(sx * sx + sy * sy + sz * sz)));
  }
  return least;
}
