/**
 * Images of points in a periodic mesh.
 *
 * @module
 */
import type { Lattice } from "./lattice.ts";

/** What finds the cell of a point itself, not of its images. */
export interface PlainLocator {
  /** Writes the cell of `point`, `[dim]`, or -1, and where it is in it. */
  locateOne(point: Float64Array, cell: Int32Array, barycentric: Float64Array): void;
}

/** Finds the image of a point that is in the domain. Keeps nothing between calls but scratch memory. */
export class Images {
  /** The image, `[dim]`; the one nearest to the middle of the mesh where none is in the domain. */
  readonly point: Float64Array;
  /** `[dim + 1]` */
  readonly barycentric: Float64Array;
  /** How often each period was subtracted from the point, `[periods]`. */
  readonly times: Int32Array;
  readonly #lattice: Lattice;
  readonly #locator: PlainLocator;
  readonly #middle: Float64Array;
  readonly #cell = new Int32Array(1);

  constructor(lattice: Lattice, locator: PlainLocator) {
    this.#lattice = lattice;
    this.#locator = locator;
    this.point = new Float64Array(lattice.dim);
    this.#middle = new Float64Array(lattice.dim);
    this.barycentric = new Float64Array(lattice.dim + 1);
    this.times = new Int32Array(lattice.count);
  }

  /** The cell of an image of the point that stands at `at`, or -1. */
  find(points: Float64Array, at: number): number {
    const { dim, count, shifts } = this.#lattice, { point, times } = this, middle = this.#middle;
    for (let d = 0; d < dim; d++) middle[d] = points[at + d];
    times.fill(0);
    this.#lattice.reduce(middle, 0, times, 0);
    // Sides need not be straight: the image may be in the domain or one period next to it.
    for (let s = 0; s < shifts.length; s += dim) {
      for (let d = 0; d < dim; d++) point[d] = middle[d] + shifts[s + d];
      this.#locator.locateOne(point, this.#cell, this.barycentric);
      if (this.#cell[0] < 0) continue;
      for (let k = 0; k < count; k++) times[k] -= this.#lattice.timesOf(s, k);
      return this.#cell[0];
    }
    point.set(middle);
    return -1;
  }
}
