/**
 * Which cell a point is in: exactly one for every point of the closed domain, whatever the hint.
 *
 * @module
 */
import { type Bins, lowestTetrahedron, lowestTriangle, makeBins } from "./bins.ts";
import { makeCellTable, tetraStride, triangleStride } from "./cell_table.ts";
import type { Geometry } from "./geometry.ts";
import { Images } from "./images.ts";
import { NearBoundary } from "./near_boundary.ts";
import { insideCell } from "./orientation.ts";

/** Cells that a hint may lead through before the bins are asked: more cost more than they save. */
const maxSteps = 6;

/** What finds the cells of points. */
export interface PointLocator {
  /** Locates many points; see {@link Locator.locate}. */
  locate(
    points: Float64Array,
    count: number,
    cells: Int32Array,
    barycentric: Float64Array | null,
  ): void;
  /** The same without images: in a periodic mesh, points outside stay outside. */
  locateHere(
    points: Float64Array,
    count: number,
    cells: Int32Array,
    barycentric: Float64Array | null,
  ): void;
  /** The cell of one point, or -1; z is ignored in 2-D. */
  cellOf(x: number, y: number, z: number, hint?: number): number;
  /** Whether a cell contains a point; where it does not, the point can still belong to it by rounding. */
  contains(cell: number, x: number, y: number, z: number): boolean;
  /**
   * Whether a point is strictly inside of a cell by more than rounding, so that it is in no other cell.
   *
   * @param barycentric Of the point in the cell, as `locate` gives them, from `at` on.
   */
  isAlone(cell: number, barycentric: Float64Array, at: number): boolean;
  /** How many points were outside so far, and within rounding of a boundary. */
  readonly nearCount: number;
  /** What decides about points in no cell. */
  readonly nearBoundary: NearBoundary;
}

/**
 * Point location in constant average time.
 *
 * A point belongs to the cell with the lowest id among the closed cells that contain it, as decided by
 * exact predicates; one in no cell that misses a boundary by rounding alone, to the cell of the nearest facet
 * (see `NearBoundary`). A hint is taken at once where the point is strictly inside of it, which in a mesh
 * without overlaps is the same cell; else the search walks a few cells towards the point, and then
 * looks into the bin that the point falls into. Cells that overlap (a deformed mesh folded over
 * itself) are not looked for; there, the answer may depend on the hint.
 *
 * In a periodic mesh, a point outside belongs to the cell of its image in the domain.
 */
export class Locator implements PointLocator {
  readonly #geometry: Geometry;
  readonly #table: Float64Array;
  readonly #bins: Bins;
  #near: NearBoundary | null = null;
  #nearCount = 0;
  #image: Images | null = null;
  /** The point in question and its cell, for the calls of one point. */
  readonly #point = new Float64Array(3);
  readonly #cell = new Int32Array(1);

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    this.#table = makeCellTable(geometry);
    this.#bins = makeBins(geometry);
  }

  /**
   * Locates many points; allocates nothing.
   *
   * Barycentric coordinates are rounded: on the edge of a cell they can be slightly negative (about
   * 1e-15 for well-shaped cells), though the cell is exact.
   *
   * @param points `[count x dim]`.
   * @param cells `[count]`; in, hints or -1; out, cells or -1 for points outside (and NaN).
   * @param barycentric `[count x (dim + 1)]`, or null where it is not wanted; rows of points outside
   *   are left alone.
   */
  locate(
    points: Float64Array,
    count: number,
    cells: Int32Array,
    barycentric: Float64Array | null,
  ): void {
    this.locateHere(points, count, cells, barycentric);
    if (this.#geometry.lattice !== null) this.#images(points, count, cells, barycentric, null);
  }

  /** See {@link PointLocator.locateHere}. */
  locateHere(
    points: Float64Array,
    count: number,
    cells: Int32Array,
    barycentric: Float64Array | null,
  ): void {
    if (this.#geometry.topology.dim === 2) this.#locate2(points, count, cells, barycentric);
    else this.#locate3(points, count, cells, barycentric);
  }

  /**
   * The same, and replaces points outside of a periodic mesh by their images in it. Where there is none, because the
   * point is outside of a wall as well, by the one nearest to the middle of the mesh.
   *
   * @param points changed.
   * @param wraps `[count x periods]`: adds how often each period was subtracted.
   */
  wrap(
    points: Float64Array,
    count: number,
    cells: Int32Array,
    barycentric: Float64Array | null,
    wraps: Int32Array,
  ): void {
    this.locateHere(points, count, cells, barycentric);
    if (this.#geometry.lattice !== null) this.#images(points, count, cells, barycentric, wraps);
  }

  /** Looks for images of points that have no cell. */
  #images(
    points: Float64Array,
    count: number,
    cells: Int32Array,
    barycentric: Float64Array | null,
    wraps: Int32Array | null,
  ): void {
    const { lattice, topology: { dim } } = this.#geometry;
    for (let i = 0; i < count; i++) {
      if (cells[i] >= 0) continue;
      const image = this.#image ??= new Images(lattice!, this);
      cells[i] = image.find(points, i * dim);
      if (cells[i] >= 0 && barycentric !== null) barycentric.set(image.barycentric, i * (dim + 1));
      if (wraps === null) continue;
      points.set(image.point, i * dim);
      for (let k = 0; k < lattice!.count; k++) wraps[i * lattice!.count + k] += image.times[k];
    }
  }

  /** The cell of a point itself, not of its images. */
  locateOne(point: Float64Array, cell: Int32Array, barycentric: Float64Array): void {
    cell[0] = -1;
    this.locateHere(point, 1, cell, barycentric);
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

  /** See {@link PointLocator.contains}; exact. */
  contains(cell: number, x: number, y: number, z: number): boolean {
    return insideCell(this.#geometry, cell, x, y, z);
  }

  /** See {@link PointLocator.isAlone}. */
  isAlone(cell: number, barycentric: Float64Array, at: number): boolean {
    const { dim } = this.#geometry.topology;
    const stride = dim === 2 ? triangleStride : tetraStride;
    const bound = this.#table[cell * stride + dim + dim * dim];
    for (let k = 0; k <= dim; k++) if (!(barycentric[at + k] > bound)) return false;
    return true;
  }

  /** How many points were outside so far, and within rounding of a boundary. */
  get nearCount(): number {
    return this.#nearCount;
  }

  /** What decides about points in no cell. */
  get nearBoundary(): NearBoundary {
    return this.#near ??= new NearBoundary(this.#geometry);
  }

  #locate2(p: Float64Array, count: number, cells: Int32Array, out: Float64Array | null): void {
    const table = this.#table;
    const { neighbours, cellCount } = this.#geometry.topology;
    for (let i = 0; i < count; i++) {
      const x = p[2 * i], y = p[2 * i + 1];
      let c = cells[i], l0 = 0, l1 = 0, l2 = 0;
      let found = false;
      if (c >= cellCount) c = -1;
      for (let step = 0; c >= 0 && step < maxSteps; step++) {
        const o = c * triangleStride;
        const dx = x - table[o], dy = y - table[o + 1], bound = table[o + 6];
        l1 = table[o + 2] * dx + table[o + 3] * dy;
        l2 = table[o + 4] * dx + table[o + 5] * dy;
        l0 = 1 - l1 - l2;
        if (l0 > bound && l1 > bound && l2 > bound) {
          found = true;
          break;
        }
        let k = 0, least = l0;
        if (l1 < least) least = l1, k = 1;
        if (l2 < least) least = l2, k = 2;
        if (!(least < -bound)) break;
        c = neighbours[3 * c + k];
      }
      if (!found) {
        c = lowestTriangle(this.#geometry, this.#bins, table, x, y);
        if (c < 0) c = this.#cellNear(x, y, 0);
        if (c >= 0 && out !== null) {
          const o = c * triangleStride;
          const dx = x - table[o], dy = y - table[o + 1];
          l1 = table[o + 2] * dx + table[o + 3] * dy;
          l2 = table[o + 4] * dx + table[o + 5] * dy;
          l0 = 1 - l1 - l2;
        }
      }
      cells[i] = c;
      if (out !== null && c >= 0) {
        out[3 * i] = l0;
        out[3 * i + 1] = l1;
        out[3 * i + 2] = l2;
      }
    }
  }

  #locate3(p: Float64Array, count: number, cells: Int32Array, out: Float64Array | null): void {
    const t = this.#table;
    const { neighbours, cellCount } = this.#geometry.topology;
    for (let i = 0; i < count; i++) {
      const x = p[3 * i], y = p[3 * i + 1], z = p[3 * i + 2];
      let c = cells[i], l0 = 0, l1 = 0, l2 = 0, l3 = 0;
      let found = false;
      if (c >= cellCount) c = -1;
      for (let step = 0; c >= 0 && step < maxSteps; step++) {
        const o = c * tetraStride;
        const dx = x - t[o], dy = y - t[o + 1], dz = z - t[o + 2], bound = t[o + 12];
        l1 = t[o + 3] * dx + t[o + 4] * dy + t[o + 5] * dz;
        l2 = t[o + 6] * dx + t[o + 7] * dy + t[o + 8] * dz;
        l3 = t[o + 9] * dx + t[o + 10] * dy + t[o + 11] * dz;
        l0 = 1 - l1 - l2 - l3;
        if (l0 > bound && l1 > bound && l2 > bound && l3 > bound) {
          found = true;
          break;
        }
        let k = 0, least = l0;
        if (l1 < least) least = l1, k = 1;
        if (l2 < least) least = l2, k = 2;
        if (l3 < least) least = l3, k = 3;
        if (!(least < -bound)) break;
        c = neighbours[4 * c + k];
      }
      if (!found) {
        c = lowestTetrahedron(this.#geometry, this.#bins, t, x, y, z);
        if (c < 0) c = this.#cellNear(x, y, z);
        if (c >= 0 && out !== null) {
          const o = c * tetraStride;
          const dx = x - t[o], dy = y - t[o + 1], dz = z - t[o + 2];
          l1 = t[o + 3] * dx + t[o + 4] * dy + t[o + 5] * dz;
          l2 = t[o + 6] * dx + t[o + 7] * dy + t[o + 8] * dz;
          l3 = t[o + 9] * dx + t[o + 10] * dy + t[o + 11] * dz;
          l0 = 1 - l1 - l2 - l3;
        }
      }
      cells[i] = c;
      if (out !== null && c >= 0) {
        out[4 * i] = l0;
        out[4 * i + 1] = l1;
        out[4 * i + 2] = l2;
        out[4 * i + 3] = l3;
      }
    }
  }

  #cellNear(x: number, y: number, z: number): number {
    const cell = this.nearBoundary.cellOf(x, y, z);
    if (cell >= 0) this.#nearCount++;
    return cell;
  }
}
