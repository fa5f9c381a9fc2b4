/**
 * The place of a point in a curved cell: the map of degree 2 is inverted by Newton's method.
 *
 * @module
 */
import type { CurvedCells } from "./curved_cells.ts";

/** Steps of Newton's method; it needs 3 to 6, and where it needs more it does not converge. */
const maxSteps = 25;
/** Farther than this from the reference cell the map of degree 2 says nothing of the cell. */
const farAway = 4;
/** Roundings that are allowed for, of coordinates as large as the largest of the cell. */
const slack = 32 * Number.EPSILON;

/** Finds points in curved cells. The answer depends on the cell and the point alone. */
export class CurvedInverse {
  /** `[curved x 6]`: lowest and highest coordinates of a box around each cell. */
  readonly boxes: Float64Array;
  /** `[curved]`: by how much barycentric coordinates may be negative, and are by rounding. */
  readonly slacks: Float64Array;
  readonly #curved: CurvedCells;
  readonly #place = new Float64Array(3);
  readonly #inverse = new Float64Array(9);
  readonly #trial = new Float64Array(4);

  constructor(curved: CurvedCells) {
    this.#curved = curved;
    this.boxes = boxesOf(curved);
    this.slacks = slacksOf(curved);
  }

  /** Whether a curved cell contains a point, up to rounding; its barycentric coordinates -> `out[to..]`. */
  contains(
    k: number,
    x: number,
    y: number,
    z: number,
    out: Float64Array,
    to: number,
  ): boolean {
    const o = 6 * k, b = this.boxes;
    if (x < b[o] || x > b[o + 3] || y < b[o + 1] || y > b[o + 4]) return false;
    if (z < b[o + 2] || z > b[o + 5]) return false;
    if (!this.find(k, x, y, z, out, to)) return false;
    const { dim } = this.#curved, limit = -this.slacks[k];
    for (let i = 0; i <= dim; i++) if (!(out[to + i] >= limit)) return false;
    return true;
  }

  /**
   * The barycentric coordinates of a point, which may be outside, in the map of a curved cell -> `out[to..]`.
   *
   * @returns False where the map does not reach the point near the cell.
   */
  find(k: number, x: number, y: number, z: number, out: Float64Array, to: number): boolean {
    const { dim } = this.#curved, l = this.#trial;
    // From the centroid; where that fails, from every corner.
    for (let start = 0; start <= dim + 1; start++) {
      if (start === 0) l.fill(1 / (dim + 1), 0, dim + 1);
      else for (let i = 0; i <= dim; i++) l[i] = i === start - 1 ? 1 : 0;
      if (!this.#newton(k, x, y, z)) continue;
      for (let i = 0; i <= dim; i++) out[to + i] = l[i];
      return true;
    }
    return false;
  }

  #newton(k: number, x: number, y: number, z: number): boolean {
    const curved = this.#curved, { dim } = curved;
    const l = this.#trial, place = this.#place, inverse = this.#inverse;
    let last = Infinity;
    for (let step = 0; step < maxSteps; step++) {
      curved.place(k, l, 0, place, 0);
      curved.invert(k, l, 0, inverse, 0);
      const dx = x - place[0], dy = y - place[1], dz = dim === 3 ? z - place[2] : 0;
      let size = 0, sum = 0, most = 0;
      for (let i = 0; i < dim; i++) {
        const row = i * dim;
        const change = inverse[row] * dx + inverse[row + 1] * dy +
          (dim === 3 ? inverse[row + 2] * dz : 0);
        l[i + 1] += change;
        sum += l[i + 1];
        size = Math.max(size, Math.abs(change));
        most = Math.max(most, Math.abs(l[i + 1]));
      }
      l[0] = 1 - sum;
      if (!(most < farAway)) return false;
      // It has converged when steps are roundings, which do not get smaller any more.
      if (size === 0 || (size < 1e-9 && size >= last / 2)) return true;
      last = size;
    }
    return false;
  }
}

/** Boxes around control points: the cell is in their convex hull. */
function boxesOf({ dim, cells, nodes }: CurvedCells): Float64Array {
  const out = new Float64Array(cells.length * 6), width = dim + 1;
  const perCell = nodes.length / (cells.length * dim);
  const ends = dim === 2 ? [0, 1, 1, 2, 2, 0] : [0, 1, 1, 2, 2, 0, 0, 3, 1, 3, 2, 3];
  for (let k = 0; k < cells.length; k++) {
    for (let d = 0; d < dim; d++) {
      const at = (n: number) => nodes[(k * perCell + n) * dim + d];
      let low = Infinity, high = -Infinity, size = 0;
      for (let n = 0; n < perCell; n++) {
        const value = n < width
          ? at(n)
          : 2 * at(n) - (at(ends[2 * (n - width)]) + at(ends[2 * (n - width) + 1])) / 2;
        low = Math.min(low, value);
        high = Math.max(high, value);
        size = Math.max(size, Math.abs(value));
      }
      out[6 * k + d] = low - slack * size;
      out[6 * k + 3 + d] = high + slack * size;
    }
  }
  return out;
}

/** Roundings of the largest coordinate, in barycentric coordinates. */
function slacksOf(curved: CurvedCells): Float64Array {
  const { dim, cells, nodes } = curved;
  const perCell = nodes.length / (cells.length * dim);
  const out = new Float64Array(cells.length), inverse = new Float64Array(9);
  const center = new Float64Array(dim + 1).fill(1 / (dim + 1));
  for (let k = 0; k < cells.length; k++) {
    curved.invert(k, center, 0, inverse, 0);
    let size = 0, slope = 0;
    for (let i = k * perCell * dim; i < (k + 1) * perCell * dim; i++) {
      size = Math.max(size, Math.abs(nodes[i]));
    }
    for (let i = 0; i < dim * dim; i++) slope = Math.max(slope, Math.abs(inverse[i]));
    out[k] = slack * (1 + dim * size * slope);
  }
  return out;
}
