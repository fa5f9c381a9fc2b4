/**
 * Equal boxes over the domain, each with the cells whose bounding boxes overlap it.
 *
 * A coordinate falls into the box `floor((x - low) * scale)`. Every step of that is monotone in floating
 * point, so a point within a cell's bounding box always falls into a box that lists the cell.
 *
 * @module
 */
import { tetraStride, triangleStride } from "./cell_table.ts";
import type { Geometry } from "./geometry.ts";
import { insideTetrahedron, insideTriangle } from "./orientation.ts";

/** The boxes of a mesh. */
export interface Bins {
  /** Lowest and highest coordinates, `[3]`; 0 in the third place in 2-D. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Boxes per unit of length, `[3]`. */
  readonly scale: Float64Array;
  /** Numbers of boxes, `[3]`. */
  readonly shape: Int32Array;
  /** Box b lists `items[start[b]]` to `items[start[b + 1] - 1]`, by ascending global id. */
  readonly start: Int32Array;
  readonly items: Int32Array;
}

/**
 * About one box per cell; fewer where cells are so long that they would be listed too often.
 *
 * @param curved Bounding boxes of the curved cells, `[curved x 6]`; null where there are none.
 */
export function makeBins(geometry: Geometry, curved: Float64Array | null = null): Bins {
  const { cellCount } = geometry.topology;
  const { low, high } = extent(geometry);
  const spans = cellRanges(geometry);
  if (curved !== null) widen(geometry, curved, spans, low, high);
  for (let target = cellCount;; target /= 8) {
    const shape = shapeOf(low, high, geometry.topology.dim, target);
    const scale = new Float64Array(3);
    for (let d = 0; d < 3; d++) scale[d] = shape[d] === 1 ? 0 : shape[d] / (high[d] - low[d]);
    const frame = { low, high, scale, shape };
    const ranges = binRanges(frame, spans);
    const total = countItems(ranges);
    if (total <= 32 * cellCount + 64 || target < 1) {
      return { ...frame, ...list(frame, ranges, geometry.topology.rankMesh?.cellOrder ?? null) };
    }
  }
}

type Frame = Pick<Bins, "low" | "high" | "scale" | "shape">;

function extent(geometry: Geometry): { low: Float64Array; high: Float64Array } {
  const { coordinates: x, topology } = geometry;
  const { dim, cells } = topology;
  const low = new Float64Array(3), high = new Float64Array(3);
  low.fill(Infinity, 0, dim);
  high.fill(-Infinity, 0, dim);
  for (let i = 0; i < cells.length; i++) {
    for (let d = 0; d < dim; d++) {
      const value = x[cells[i] * dim + d];
      if (value < low[d]) low[d] = value;
      if (value > high[d]) high[d] = value;
    }
  }
  return { low, high };
}

function shapeOf(low: Float64Array, high: Float64Array, dim: number, target: number): Int32Array {
  const shape = new Int32Array([1, 1, 1]);
  let logs = 0;
  for (let d = 0; d < dim; d++) logs += Math.log(high[d] - low[d]);
  const size = Math.exp((logs - Math.log(Math.max(target, 1))) / dim);
  for (let d = 0; d < dim; d++) {
    const count = Math.round((high[d] - low[d]) / size);
    // Where the extent overflows, or hardly spans any floating-point numbers, one box has to do.
    const usable = Number.isFinite(count) && Number.isFinite(4096 / (high[d] - low[d]));
    shape[d] = usable ? Math.min(Math.max(count, 1), 4096) : 1;
  }
  return shape;
}

/** Bounding boxes, `[cellCount x 6]`: low x, y, z, high x, y, z. */
function cellRanges(geometry: Geometry): Float64Array {
  const { coordinates: x, topology } = geometry;
  const { dim, cells, cellCount } = topology;
  const out = new Float64Array(cellCount * 6);
  for (let c = 0; c < cellCount; c++) {
    for (let d = 0; d < dim; d++) {
      let least = Infinity, most = -Infinity;
      for (let k = 0; k <= dim; k++) {
        const value = x[cells[c * (dim + 1) + k] * dim + d];
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
      out[6 * c + d] = least;
      out[6 * c + 3 + d] = most;
    }
  }
  return out;
}

/** Takes the boxes of curved cells in place of those of their corners. */
function widen(
  { curved, topology: { dim } }: Geometry,
  boxes: Float64Array,
  spans: Float64Array,
  low: Float64Array,
  high: Float64Array,
): void {
  curved!.cells.forEach((cell, k) => {
    spans.set(boxes.subarray(6 * k, 6 * k + 6), 6 * cell);
    for (let d = 0; d < dim; d++) {
      low[d] = Math.min(low[d], boxes[6 * k + d]);
      high[d] = Math.max(high[d], boxes[6 * k + 3 + d]);
    }
  });
}

/** First and last box in each direction, `[cellCount x 6]`. */
function binRanges({ low, scale, shape }: Frame, spans: Float64Array): Int32Array {
  const out = new Int32Array(spans.length);
  for (let i = 0; i < spans.length; i++) {
    const d = i % 3;
    out[i] = Math.min((spans[i] - low[d]) * scale[d], shape[d] - 1);
  }
  return out;
}

function countItems(r: Int32Array): number {
  let total = 0;
  for (let o = 0; o < r.length; o += 6) {
    total += (r[o + 3] - r[o] + 1) * (r[o + 4] - r[o + 1] + 1) * (r[o + 5] - r[o + 2] + 1);
  }
  return total;
}

/** @param order cells in ascending order of global ids, or null where these are the local ones. */
function list(
  { shape }: Frame,
  r: Int32Array,
  order: Int32Array | null,
): Pick<Bins, "start" | "items"> {
  const boxes = shape[0] * shape[1] * shape[2];
  const start = new Int32Array(boxes + 1);
  const items = new Int32Array(countItems(r));
  // Counts first, then fills from the back: cells in descending order leave every list ascending.
  for (let o = 0; o < r.length; o += 6) {
    for (let k = r[o + 2]; k <= r[o + 5]; k++) {
      for (let j = r[o + 1]; j <= r[o + 4]; j++) {
        const row = (k * shape[1] + j) * shape[0];
        for (let i = r[o]; i <= r[o + 3]; i++) start[row + i]++;
      }
    }
  }
  for (let b = 1; b <= boxes; b++) start[b] += start[b - 1];
  for (let n = r.length / 6 - 1; n >= 0; n--) {
    const cell = order === null ? n : order[n], o = 6 * cell;
    for (let k = r[o + 2]; k <= r[o + 5]; k++) {
      for (let j = r[o + 1]; j <= r[o + 4]; j++) {
        const row = (k * shape[1] + j) * shape[0];
        for (let i = r[o]; i <= r[o + 3]; i++) items[--start[row + i]] = cell;
      }
    }
  }
  return { start, items };
}

/**
 * The triangle with the lowest global id that contains a point; -1 where there is none.
 *
 * @param table Of all cells; see `makeCellTable`.
 */
export function lowestTriangle(
  geometry: Geometry,
  bins: Bins,
  table: Float64Array,
  x: number,
  y: number,
): number {
  const { low, high, scale, shape, start, items } = bins;
  if (!(x >= low[0] && x <= high[0] && y >= low[1] && y <= high[1])) return -1;
  const i = Math.min(((x - low[0]) * scale[0]) | 0, shape[0] - 1);
  const j = Math.min(((y - low[1]) * scale[1]) | 0, shape[1] - 1);
  const box = j * shape[0] + i;
  for (let n = start[box]; n < start[box + 1]; n++) {
    const c = items[n], o = c * triangleStride;
    const dx = x - table[o], dy = y - table[o + 1], bound = table[o + 6];
    const l1 = table[o + 2] * dx + table[o + 3] * dy;
    const l2 = table[o + 4] * dx + table[o + 5] * dy;
    const l0 = 1 - l1 - l2;
    if (l0 > bound && l1 > bound && l2 > bound) return c;
    const far = -bound * (1 + Math.abs(l1) + Math.abs(l2));
    if (l0 < far || l1 < far || l2 < far) continue;
    if (insideTriangle(geometry, c, x, y)) return c;
  }
  return -1;
}

/** The tetrahedron with the lowest global id that contains a point; -1 where there is none. */
export function lowestTetrahedron(
  geometry: Geometry,
  bins: Bins,
  t: Float64Array,
  x: number,
  y: number,
  z: number,
): number {
  const { low, high, scale, shape, start, items } = bins;
  if (!(x >= low[0] && x <= high[0] && y >= low[1] && y <= high[1])) return -1;
  if (!(z >= low[2] && z <= high[2])) return -1;
  const i = Math.min(((x - low[0]) * scale[0]) | 0, shape[0] - 1);
  const j = Math.min(((y - low[1]) * scale[1]) | 0, shape[1] - 1);
  const k = Math.min(((z - low[2]) * scale[2]) | 0, shape[2] - 1);
  const box = (k * shape[1] + j) * shape[0] + i;
  for (let n = start[box]; n < start[box + 1]; n++) {
    const c = items[n], o = c * tetraStride;
    const dx = x - t[o], dy = y - t[o + 1], dz = z - t[o + 2], bound = t[o + 12];
    const l1 = t[o + 3] * dx + t[o + 4] * dy + t[o + 5] * dz;
    const l2 = t[o + 6] * dx + t[o + 7] * dy + t[o + 8] * dz;
    const l3 = t[o + 9] * dx + t[o + 10] * dy + t[o + 11] * dz;
    const l0 = 1 - l1 - l2 - l3;
    if (l0 > bound && l1 > bound && l2 > bound && l3 > bound) return c;
    const far = -bound * (1 + Math.abs(l1) + Math.abs(l2) + Math.abs(l3));
    if (l0 < far || l1 < far || l2 < far || l3 < far) continue;
    if (insideTetrahedron(geometry, c, x, y, z)) return c;
  }
  return -1;
}
