/**
 * Where points go that left a periodic domain: through its sides, and at its walls to the nearest point or back by
 * reflection.
 *
 * @module
 */
import { BoundarySearch } from "./boundary_walk.ts";
import type { ExteriorFacetTree } from "./exterior_facet_tree.ts";
import type { Geometry } from "./geometry.ts";
import { Images } from "./images.ts";
import type { Lattice } from "./lattice.ts";
import { Rim } from "./rim.ts";

/** Reflections of one path and pieces of it; a longer one ends where it is then. */
const mostPieces = 4096;

/**
 * Where the walls of a periodic domain send points: computed from their facets and the periods alone, the same on every
 * rank.
 *
 * State: none, scratch memory only.
 */
export class PeriodicWalls {
  /** Adds up how often each period was subtracted from the point in question, `[periods]`; the caller sets it to 0. */
  readonly turns: Int32Array;
  readonly #lattice: Lattice;
  readonly #tree: ExteriorFacetTree;
  /** Pieces of a path that are no longer than this stay among the images next to the domain. */
  readonly #reach: number;
  readonly #p = new Float64Array(3);
  readonly #q = new Float64Array(3);
  readonly #step = new Float64Array(3);
  readonly #near = new Float64Array(3);
  readonly #hit = new Float64Array(1);
  #facet = -1;
  #shift = 0;

  constructor(rim: Rim, lattice: Lattice) {
    this.#lattice = lattice;
    this.#tree = rim.tree;
    this.turns = new Int32Array(lattice.count);
    const { periods, dim } = lattice;
    let reach = Infinity;
    for (let k = 0; k < periods.length; k += dim) {
      reach = Math.min(reach, Math.hypot(...periods.subarray(k, k + dim)) / 2);
    }
    this.#reach = reach;
  }

  /**
   * Of the images of a point outside of the walls, that which is nearest to them.
   *
   * @param point The image nearest to the middle of the mesh, `[dim]`; changed.
   */
  frame(point: Float64Array): void {
    const { dim, count, shifts } = this.#lattice, { turns } = this;
    let best = 0, least = Infinity;
    for (let s = 0; s < shifts.length; s += dim) {
      const x = point[0] + shifts[s], y = point[1] + shifts[s + 1];
      const z = dim === 3 ? point[2] + shifts[s + 2] : 0;
      this.#tree.nearest(x, y, z, this.#near);
      const distance = Math.hypot(this.#near[0] - x, this.#near[1] - y, this.#near[2] - z);
      if (distance < least) best = s, least = distance;
    }
    for (let k = 0; k < count; k++) turns[k] -= this.#lattice.timesOf(best, k);
    for (let d = 0; d < dim; d++) point[d] += shifts[best + d];
  }

  /**
   * Follows a path through the sides, and reflects it at walls, until it ends inside of them.
   *
   * @param from Where the path begins, `[dim]`; inside.
   * @param to Where it would end, `[dim]`; finite.
   * @param out Where it ends, `[dim]`: inside, up to whole periods and rounding.
   */
  reflect(from: Float64Array, to: Float64Array, out: Float64Array): void {
    const { dim } = this.#lattice, p = this.#p, q = this.#q, step = this.#step;
    p.fill(0);
    q.fill(0);
    p.set(from.subarray(0, dim));
    q.set(to.subarray(0, dim));
    let end = p;
    for (let n = 0; n < mostPieces; n++) {
      for (let d = 0; d < 3; d++) step[d] = q[d] - p[d];
      const length = Math.hypot(step[0], step[1], step[2]);
      const share = Math.min(1, this.#reach / length);
      for (let d = 0; d < 3; d++) step[d] *= share;
      if (this.#leaves(p, step)) this.#mirror();
      else if (share < 1) { for (let d = 0; d < 3; d++) p[d] += step[d]; }
      else {
        end = q;
        break;
      }
      this.#reduce();
    }
    for (let d = 0; d < dim; d++) out[d] = end[d];
  }

  /**
   * The share of a straight path after which it meets a wall, no matter through how many sides it goes; null where it
   * meets none.
   */
  firstWall(from: Float64Array, way: Float64Array): number | null {
    const p = this.#p, q = this.#q, step = this.#step, { dim } = this.#lattice;
    p.fill(0);
    q.fill(0);
    for (let d = 0; d < dim; d++) {
      p[d] = from[d];
      q[d] = from[d] + way[d];
    }
    this.turns.fill(0);
    const whole = Math.hypot(way[0], way[1], dim === 3 ? way[2] : 0);
    const pieces = Math.min(mostPieces, Math.ceil(whole / this.#reach));
    for (let n = 0; n < pieces; n++) {
      for (let d = 0; d < 3; d++) step[d] = d < dim ? way[d] / pieces : 0;
      if (this.#leaves(p, step)) return (n + Math.min(1, Math.max(0, this.#hit[0]))) / pieces;
      for (let d = 0; d < 3; d++) p[d] += step[d];
      this.#reduce();
    }
    return null;
  }

  /** Whether a piece of a path goes out through a wall of the domain or of an image next to it; finds the first. */
  #leaves(p: Float64Array, step: Float64Array): boolean {
    const { dim, shifts } = this.#lattice, at = this.#near, hit = this.#hit;
    let first = Infinity;
    this.#facet = -1;
    for (let s = 0; s < shifts.length; s += dim) {
      for (let d = 0; d < 3; d++) at[d] = p[d] + (d < dim ? shifts[s + d] : 0);
      const facet = this.#tree.firstExit(at, step, hit);
      if (facet < 0 || !(hit[0] < first)) continue;
      first = hit[0];
      this.#facet = facet;
      this.#shift = s;
    }
    hit[0] = first;
    return this.#facet >= 0;
  }

  /** The path goes on from the crossing, and its end is mirrored at the facet's plane. */
  #mirror(): void {
    const { corners, normals, dim } = this.#tree, { shifts } = this.#lattice;
    const p = this.#p, q = this.#q, o = 3 * dim * this.#facet, n = 3 * this.#facet;
    let depth = 0;
    for (let d = 0; d < 3; d++) {
      const shift = d < dim ? shifts[this.#shift + d] : 0;
      depth += normals[n + d] * (q[d] + shift - corners[o + d]);
    }
    for (let d = 0; d < 3; d++) {
      p[d] += this.#hit[0] * this.#step[d];
      q[d] -= 2 * depth * normals[n + d];
    }
  }

  /** Moves the path by whole periods, so that it begins near the domain. */
  #reduce(): void {
    const { dim, count, periods } = this.#lattice, p = this.#p, q = this.#q, { turns } = this;
    const before = turns.slice();
    this.#lattice.reduce(p, 0, turns, 0);
    for (let k = 0; k < count; k++) {
      const times = turns[k] - before[k];
      for (let d = 0; times !== 0 && d < dim; d++) q[d] -= times * periods[k * dim + d];
    }
  }
}

/**
 * Brings points back into a periodic domain that is here as a whole. Deterministic: the result depends on the geometry and
 * the arguments only.
 *
 * State: none, scratch memory only.
 */
export class PeriodicBoundary {
  /** How often each period was subtracted from the point in the last call, `[periods]`. */
  readonly turns: Int32Array;
  readonly #walls: PeriodicWalls;
  readonly #search: BoundarySearch;
  readonly #images: Images;
  readonly #end: Float64Array;

  /** @param geometry of a periodic mesh. */
  constructor(geometry: Geometry) {
    const lattice = geometry.lattice!;
    this.#walls = new PeriodicWalls(Rim.ofWhole(geometry), lattice);
    this.#search = new BoundarySearch(geometry);
    this.#images = new Images(lattice, geometry.straightLocator);
    this.#end = new Float64Array(lattice.dim);
    this.turns = this.#walls.turns;
  }

  /**
   * The point itself or its image in the domain; otherwise the nearest point of the domain, up to rounding.
   *
   * @param point `[dim]`, finite.
   * @param out The point, `[dim]`.
   * @returns its cell.
   */
  nearest(point: Float64Array, out: Float64Array): number {
    this.turns.fill(0);
    return this.#nearest(point, out);
  }

  #nearest(point: Float64Array, out: Float64Array): number {
    const found = this.#frame(point, out);
    return found >= 0 ? found : this.#search.nearest(out[0], out[1], out[2] ?? 0, out);
  }

  /**
   * The image of a point that is in the domain, or, of one that is outside of a wall, that which is nearest to it.
   *
   * @param out The image, `[dim]`.
   * @returns its cell; -1 outside.
   */
  frame(point: Float64Array, out: Float64Array): number {
    this.turns.fill(0);
    return this.#frame(point, out);
  }

  #frame(point: Float64Array, out: Float64Array): number {
    const images = this.#images, { turns } = this;
    const found = images.find(point, 0);
    for (let k = 0; k < turns.length; k++) turns[k] += images.times[k];
    for (let d = 0; d < images.point.length; d++) out[d] = images.point[d];
    if (found < 0) this.#walls.frame(out);
    return found;
  }

  /**
   * Follows a path through the sides, and reflects it at walls, until it ends inside.
   *
   * @param from Where the path begins, `[dim]`; inside.
   * @param to Where it would end, `[dim]`; finite.
   * @param out Where it ends, `[dim]`.
   * @returns the cell of the end.
   */
  reflect(from: Float64Array, to: Float64Array, out: Float64Array): number {
    this.turns.fill(0);
    this.#walls.reflect(from, to, this.#end);
    return this.#nearest(this.#end, out);
  }

  /** See {@link PeriodicWalls.firstWall}. */
  firstWall(from: Float64Array, way: Float64Array): number | null {
    return this.#walls.firstWall(from, way);
  }
}
