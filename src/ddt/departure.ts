/**
 * Traces points back along a velocity, in steps of any size, and stops them at the boundary.
 *
 * @module
 */
import { putRows } from "../arrays.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import { rowsAt } from "../mesh/chosen_points.ts";
import type { Places } from "../mesh/places.ts";
import type { FoundPoints } from "../mesh/point_search.ts";
import { RankWalls } from "../mesh/rank_walls.ts";

/** Velocities at found points, at one time; `out` is `[count x dim]`. Collective. */
export type Wind = (points: Float64Array, at: FoundPoints, out: Float64Array) => void;

/** Points on their way, all of them inside the closed domain. */
export interface TracedPoints extends FoundPoints {
  /** `[count x dim]`. */
  readonly points: Float64Array;
  /** How much time each one travelled back; less than all of it where it met the boundary. */
  readonly ages: Float64Array;
  /** 1 where it met the boundary. */
  readonly stopped: Uint8Array;
  /** Where the last step would have ended without the boundary, `[count x dim]`. */
  readonly ends: Float64Array;
  /** Of these, the images that are in a periodic domain or nearest to it; in other domains `ends` itself. */
  readonly images: Float64Array;
}

/** A path that ends outside by less than this share of its length slides along the boundary. */
const slide = 0.1;

/**
 * Departure points on one geometry, second order in the step. Paths go through the cells of all ranks.
 *
 * Midpoint rule: `x_d = x - dt v(x - dt/2 v(x, t_m), t_m)` with the velocity at the middle `t_m` of the
 * step. A path that leaves the domain stops where it crosses the boundary; one that ends just outside
 * (by less than a tenth of its length: rounding at walls, or the chord of a curved wall) goes to the
 * nearest point of the domain instead and travels on.
 *
 * Source: A. Staniforth, J. Cote, Semi-Lagrangian integration schemes for atmospheric models: a review,
 * Mon. Weather Rev. 119 (1991) 2206-2223, doi:10.1175/1520-0493(1991)119<2206:SLISFA>2.0.CO;2.
 *
 * State: none, scratch memory only.
 */
export class DepartureTracer {
  readonly places: Places;
  readonly #dim: 2 | 3;
  readonly #walls: RankWalls;

  /** Collective. */
  constructor(places: Places) {
    this.places = places;
    this.#dim = places.geometry.topology.dim;
    this.#walls = new RankWalls(places);
  }

  /**
   * Copies of found points, about to travel.
   *
   * @param coordinates Where they are, `[count x dim]`.
   */
  start(at: FoundPoints, coordinates: Float64Array): TracedPoints {
    const { count, cells, ranks, locals, barycentric } = at, ends = coordinates.slice();
    return {
      count,
      points: coordinates.slice(),
      cells: cells.slice(),
      ranks: ranks.slice(),
      locals: locals.slice(),
      barycentric: barycentric.slice(),
      ages: new Float64Array(count),
      stopped: new Uint8Array(count),
      ends,
      images: this.#walls.isPeriodic ? coordinates.slice() : ends,
    };
  }

  /**
   * Moves the points back by `dt`, in place; stopped ones stay. Collective.
   *
   * @throws {RangeError} when a velocity is not finite.
   */
  back(traced: TracedPoints, dt: number, wind: Wind): void {
    const { count, points, stopped, ages } = traced, dim = this.#dim;
    const v = new Float64Array(count * dim);
    wind(points, traced, v);
    const middle = points.slice();
    for (let i = 0; i < count; i++) {
      if (stopped[i] !== 0) continue;
      for (let d = 0; d < dim; d++) middle[i * dim + d] -= (dt / 2) * v[i * dim + d];
    }
    const hints = traced.locals.slice();
    this.toImages(middle, hints);
    const at = this.nearest(middle, hints);
    wind(middle, at, v);

    const start = points.slice();
    for (let i = 0; i < count; i++) {
      if (stopped[i] !== 0) continue;
      ages[i] += dt;
      for (let d = 0; d < dim; d++) points[i * dim + d] -= dt * v[i * dim + d];
    }
    traced.ends.set(points);
    hints.set(at.locals);
    this.toImages(points, hints);
    traced.images.set(points);
    const found = this.#locate(points, hints, (outside) => this.#stop(start, traced, dt, outside));
    for (const name of ["cells", "ranks", "locals"] as const) traced[name].set(found[name]);
    traced.barycentric.set(found.barycentric);
  }

  /**
   * Replaces points outside of a periodic domain by their images in it or, outside of a wall, nearest to it. Points of
   * other domains stay. Collective.
   *
   * @param hints Cells of this rank to look in first, `[count]`; changed where the domain is periodic.
   */
  toImages(points: Float64Array, hints: Int32Array): void {
    if (!this.#walls.isPeriodic) return;
    const { cells, locals } = this.places.wrap(points, hints);
    hints.set(locals);
    const outside = outsideOf(cells);
    this.#requireFinite(points, outside);
    this.#walls.besideWalls(points, outside);
  }

  /**
   * Locates points, those outside at the nearest point of the domain. Collective.
   *
   * @param points `[count x dim]`, changed.
   * @param hints Cells of this rank to look in first, `[count]`.
   */
  nearest(points: Float64Array, hints: Int32Array): FoundPoints {
    return this.#locate(points, hints, (outside) => {
      const near = rowsAt(points, outside, this.#dim);
      this.#walls.project(near);
      return near;
    });
  }

  /** Locates all points; `repair` says where those outside are to be. */
  #locate(
    points: Float64Array,
    hints: Int32Array,
    repair: (outside: Int32Array) => Float64Array,
  ): FoundPoints {
    const { places } = this, dim = this.#dim;
    const found = places.find(points, hints), outside = outsideOf(found.cells);
    this.#requireFinite(points, outside);
    if (places.comm.allreduce(outside.length, "max") === 0) return found;
    const repaired = repair(outside);
    const again = places.find(repaired);
    putRows(repaired, outside, dim, points);
    for (const name of ["cells", "ranks", "locals"] as const) {
      outside.forEach((i, n) => found[name][i] = again[name][n]);
    }
    putRows(again.barycentric, outside, dim + 1, found.barycentric);
    return found;
  }

  #requireFinite(points: Float64Array, rows: Int32Array): void {
    const dim = this.#dim;
    allOrNone(this.places.comm, () => {
      for (const i of rows) {
        if (points.subarray(i * dim, (i + 1) * dim).every(Number.isFinite)) continue;
        throw new RangeError(
          `the velocity at degree of freedom ${i} is not finite, or so large that its path is not`,
        );
      }
    });
  }

  /** Ends paths at the boundary, or lets them slide along it; returns where they are then, `[outside x dim]`. */
  #stop(
    start: Float64Array,
    { points, ends, stopped, ages }: TracedPoints,
    dt: number,
    outside: Int32Array,
  ): Float64Array {
    const dim = this.#dim, walls = this.#walls;
    const at = rowsAt(points, outside, dim), distances = walls.project(at);
    const from = new Float64Array(3), way = new Float64Array(3);
    const crossing: number[] = [], shares: number[] = [], places: number[] = [];
    outside.forEach((i, n) => {
      for (let d = 0; d < dim; d++) {
        from[d] = start[i * dim + d];
        way[d] = ends[i * dim + d] - from[d];
      }
      const length = Math.hypot(way[0], way[1], way[2]);
      if (distances[n] <= slide * length) return;
      const share = walls.shareInside(from, way);
      if (share === null) return;
      crossing.push(n);
      shares.push(share);
      for (let d = 0; d < dim; d++) places.push(from[d] + share * way[d]);
    });
    const crossed = Float64Array.from(places);
    walls.bringIn(crossed);
    putRows(crossed, Int32Array.from(crossing), dim, at);
    crossing.forEach((n, k) => {
      const share = shares[k] === 1 ? 1 - Number.EPSILON : shares[k];
      stopped[outside[n]] = 1;
      ages[outside[n]] -= dt * (1 - share);
    });
    return at;
  }
}

/** The rows of points that have no cell. */
function outsideOf(cells: Int32Array): Int32Array {
  const rows: number[] = [];
  for (let i = 0; i < cells.length; i++) if (cells[i] < 0) rows.push(i);
  return Int32Array.from(rows);
}
