/**
 * What is done at once about places outside, where no other rank can know more of them.
 *
 * @module
 */
import type { Places } from "../mesh/places.ts";
import { type BoundaryRule, isOnlyHere, locateHere } from "./boundary_rule.ts";
import { clampInto } from "./clamped.ts";
import type { ParticleBatch } from "./particle_batch.ts";

/** Repairs places of a batch, one at a time; scratch memory only. */
export class PlaceRepairs {
  readonly #dim: 2 | 3;
  readonly #periods: number;
  readonly #batch: ParticleBatch;
  readonly #point: Float64Array;
  readonly #from: Float64Array;
  readonly #cell = new Int32Array(1);
  readonly #barycentric: Float64Array;

  constructor(dim: 2 | 3, periods: number, batch: ParticleBatch) {
    this.#dim = dim;
    this.#periods = periods;
    this.#batch = batch;
    this.#point = new Float64Array(dim);
    this.#from = new Float64Array(dim);
    this.#barycentric = new Float64Array(dim + 1);
  }

  /** Outside, the value at clamped barycentric coordinates in the cell of the stage before; false where others may know. */
  stageOutside(at: Places, cells: Int32Array, i: number): boolean {
    const b = this.#batch, dim = this.#dim, last = b.lastCells[i], point = this.#point;
    for (let d = 0; d < dim; d++) point[d] = b.stagePoints[i * dim + d];
    if (this.#periods > 0 || !isOnlyHere(at, point)) return false;
    cells[i] = last;
    clampInto(at, last, point, 0, b.stageBarycentric, i * (dim + 1));
    return true;
  }

  /** Applies the boundary rule to a place outside; false where others may know more of it. */
  bringBack(
    rule: BoundaryRule,
    points: Float64Array,
    cells: Int32Array,
    barycentric: Float64Array,
    i: number,
    isEnd: boolean,
  ): boolean {
    const dim = this.#dim, o = i * dim, point = this.#point, from = this.#from;
    for (let d = 0; d < dim; d++) {
      point[d] = points[o + d];
      from[d] = this.#batch.points[o + d];
    }
    const cell = this.#cell;
    if (!rule.applyHere(point, isEnd ? from : null, cell, this.#barycentric)) return false;
    this.#put(points, cells, barycentric, i);
    return true;
  }

  /**
   * Pulls a place onto the boundary that misses it by rounding, so that roundings do not add up from step to step; false
   * where other ranks may know more of it.
   */
  pull(
    at: Places,
    points: Float64Array,
    cells: Int32Array,
    barycentric: Float64Array,
    i: number,
  ): boolean {
    const { locator, topology: { ownedCellCount } } = at.geometry;
    const dim = this.#dim, o = i * dim, point = this.#point, cell = this.#cell;
    for (let d = 0; d < dim; d++) point[d] = points[o + d];
    if (!isOnlyHere(at, point)) return false;
    locator.nearBoundary.pull(point[0], point[1], dim === 3 ? point[2] : 0, point, 0);
    cell[0] = cells[i];
    locateHere(at, point, cell, this.#barycentric);
    if (cell[0] < 0 || cell[0] >= ownedCellCount) return false;
    this.#put(points, cells, barycentric, i);
    return true;
  }

  /** Writes the place that was found. */
  #put(points: Float64Array, cells: Int32Array, barycentric: Float64Array, i: number): void {
    const dim = this.#dim;
    cells[i] = this.#cell[0];
    for (let d = 0; d < dim; d++) points[i * dim + d] = this.#point[d];
    for (let k = 0; k <= dim; k++) barycentric[i * (dim + 1) + k] = this.#barycentric[k];
  }
}
