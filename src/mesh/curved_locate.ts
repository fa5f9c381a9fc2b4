/**
 * Which cell a point is in, where some cells are curved.
 *
 * @module
 */
import { type Bins, makeBins } from "./bins.ts";
import { CurvedInverse } from "./curved_inverse.ts";
import type { Geometry } from "./geometry.ts";
import type { PointLocator } from "./locate.ts";
import { insideCell } from "./orientation.ts";
import { NearBoundary } from "./near_boundary.ts";

/**
 * A hint is taken where barycentric coordinates are above this, so that no other cell contains the point: not even
 * up to rounding, by which curved ones are larger.
 */
const wellInside = 1e-8;

/**
 * Point location with curved cells: the cell with the lowest id among those that contain the point. Straight cells
 * do as exact predicates decide, curved ones where Newton's method finds the point in them up to rounding; so points
 * within rounding of a curved boundary belong to the domain. Hints change the time alone.
 */
export class CurvedLocator implements PointLocator {
  /** The places of points in curved cells. */
  readonly inverse: CurvedInverse;
  readonly #geometry: Geometry;
  readonly #bins: Bins;
  #near: NearBoundary | null = null;
  #nearCount = 0;
  readonly #point = new Float64Array(3);
  readonly #cell = new Int32Array(1);
  readonly #l = new Float64Array(4);

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    this.inverse = new CurvedInverse(geometry.curved!);
    this.#bins = makeBins(geometry, this.inverse.boxes);
  }

  /** See {@link PointLocator.locate}. */
  locate(
    points: Float64Array,
    count: number,
    cells: Int32Array,
    barycentric: Float64Array | null,
  ): void {
    const { dim, cellCount } = this.#geometry.topology, width = dim + 1, l = this.#l;
    for (let i = 0; i < count; i++) {
      const x = points[i * dim], y = points[i * dim + 1];
      const z = dim === 3 ? points[i * dim + 2] : 0;
      const hint = cells[i];
      const known = hint >= 0 && hint < cellCount && this.#isWellInside(hint, x, y, z);
      const cell = known ? hint : this.#search(x, y, z);
      cells[i] = cell;
      if (barycentric === null || cell < 0) continue;
      for (let k = 0; k < width; k++) barycentric[i * width + k] = l[k];
    }
  }

  /** The same: meshes with curved cells are not periodic. */
  locateHere(
    points: Float64Array,
    count: number,
    cells: Int32Array,
    barycentric: Float64Array | null,
  ): void {
    this.locate(points, count, cells, barycentric);
  }

  /** See {@link PointLocator.isAlone}. */
  isAlone(_cell: number, barycentric: Float64Array, at: number): boolean {
    const { dim } = this.#geometry.topology;
    for (let k = 0; k <= dim; k++) if (!(barycentric[at + k] > wellInside)) return false;
    return true;
  }

  /** The cell of one point, or -1; z is ignored in 2-D. Allocates nothing. */
  cellOf(x: number, y: number, z: number, hint = -1): number {
    this.#point[0] = x;
    this.#point[1] = y;
    this.#point[2] = z;
    this.#cell[0] = hint;
    this.locate(this.#point, 1, this.#cell, null);
    return this.#cell[0];
  }

  /** How many points were outside so far, and within rounding of a boundary. */
  get nearCount(): number {
    return this.#nearCount;
  }

  /** What decides about points in no cell. */
  get nearBoundary(): NearBoundary {
    return this.#near ??= new NearBoundary(this.#geometry);
  }

  /** Whether a cell contains a point; exact for straight ones, up to rounding for curved ones. */
  contains(cell: number, x: number, y: number, z: number): boolean {
    const k = this.#geometry.curved!.numbers[cell];
    return k < 0
      ? insideCell(this.#geometry, cell, x, y, z)
      : this.inverse.contains(k, x, y, z, this.#l, 0);
  }

  /**
   * Barycentric coordinates of a point in the map of a cell that it may be outside of -> `out[to..]`; where a curved
   * map does not reach it, those in the straight cell with its corners.
   */
  placeIn(cell: number, x: number, y: number, z: number, out: Float64Array, to: number): void {
    const k = this.#geometry.curved!.numbers[cell], l = this.#l;
    if (k < 0 || !this.inverse.find(k, x, y, z, l, 0)) this.#straight(cell, x, y, z);
    for (let i = 0; i <= this.#geometry.topology.dim; i++) out[to + i] = l[i];
  }

  /** Writes barycentric coordinates, where the map reaches the point. */
  #isWellInside(cell: number, x: number, y: number, z: number): boolean {
    const { curved, topology: { dim } } = this.#geometry, k = curved!.numbers[cell], l = this.#l;
    if (k < 0) this.#straight(cell, x, y, z);
    else if (!this.inverse.contains(k, x, y, z, l, 0)) return false;
    for (let i = 0; i <= dim; i++) if (!(l[i] > wellInside)) return false;
    return true;
  }

  #search(x: number, y: number, z: number): number {
    const { low, high, scale, shape, start, items } = this.#bins;
    const inBox = x >= low[0] && x <= high[0] && y >= low[1] && y <= high[1] &&
      z >= low[2] && z <= high[2];
    if (inBox) {
      const i = Math.min(((x - low[0]) * scale[0]) | 0, shape[0] - 1);
      const j = Math.min(((y - low[1]) * scale[1]) | 0, shape[1] - 1);
      const k = Math.min(((z - low[2]) * scale[2]) | 0, shape[2] - 1);
      const box = (k * shape[1] + j) * shape[0] + i;
      for (let n = start[box]; n < start[box + 1]; n++) {
        if (!this.contains(items[n], x, y, z)) continue;
        if (this.#geometry.curved!.numbers[items[n]] < 0) this.#straight(items[n], x, y, z);
        return items[n];
      }
    }
    const cell = this.nearBoundary.cellOf(x, y, z);
    if (cell < 0) return -1;
    this.#nearCount++;
    const k = this.#geometry.curved!.numbers[cell];
    if (k < 0) this.#straight(cell, x, y, z);
    else if (!this.inverse.find(k, x, y, z, this.#l, 0)) return -1;
    return cell;
  }

  /** Barycentric coordinates in the straight cell with the same corners. */
  #straight(cell: number, x: number, y: number, z: number): void {
    const { cornerInverses: g, coordinates, topology: { dim, cells } } = this.#geometry;
    const origin = cells[cell * (dim + 1)] * dim, l = this.#l;
    const dx = x - coordinates[origin], dy = y - coordinates[origin + 1];
    const dz = dim === 3 ? z - coordinates[origin + 2] : 0;
    let sum = 0;
    for (let i = 0; i < dim; i++) {
      const row = (cell * dim + i) * dim;
      l[i + 1] = g[row] * dx + g[row + 1] * dy + (dim === 3 ? g[row + 2] * dz : 0);
      sum += l[i + 1];
    }
    l[0] = 1 - sum;
  }
}
