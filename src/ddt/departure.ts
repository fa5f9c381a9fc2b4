/**
 * Traces points back along a velocity, in steps of any size, and stops them at the boundary.
 *
 * @module
 */
import type { Geometry } from "../mesh/geometry.ts";
import { BoundarySearch } from "../mesh/boundary_walk.ts";
import { ExteriorFacetTree } from "../mesh/exterior_facet_tree.ts";
import { PeriodicBoundary } from "../mesh/periodic_boundary.ts";
import type { LocatedPoints } from "../mesh/located_points.ts";

/** Velocities at located points, at one time; `out` is `[count x dim]`. */
export type Wind = (
  points: Float64Array,
  cells: Int32Array,
  barycentric: Float64Array,
  count: number,
  out: Float64Array,
) => void;

/** Points on their way, all of them inside the closed domain. */
export interface TracedPoints {
  readonly count: number;
  /** `[count x dim]`. */
  readonly points: Float64Array;
  readonly cells: Int32Array;
  /** `[count x (dim + 1)]`. */
  readonly barycentric: Float64Array;
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
 * Departure points on one geometry, second order in the step.
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
  readonly geometry: Geometry;
  readonly #boundary: BoundarySearch;
  readonly #exteriorFacets: ExteriorFacetTree;
  readonly #from = new Float64Array(3);
  readonly #way = new Float64Array(3);
  readonly #hit = new Float64Array(1);
  readonly #nearest = new Float64Array(3);
  /** The sides of a periodic domain, through which paths go on; null for other domains. */
  readonly #sides: PeriodicBoundary | null;

  constructor(geometry: Geometry) {
    this.geometry = geometry;
    this.#boundary = new BoundarySearch(geometry);
    this.#exteriorFacets = new ExteriorFacetTree(geometry);
    this.#sides = geometry.lattice === null ? null : new PeriodicBoundary(geometry);
  }

  /** Copies of located points, about to travel. */
  start({ count, coordinates, cells, barycentric }: LocatedPoints): TracedPoints {
    const ends = coordinates.slice();
    return {
      count,
      points: coordinates.slice(),
      cells: cells.slice(),
      barycentric: barycentric.slice(),
      ages: new Float64Array(count),
      stopped: new Uint8Array(count),
      ends,
      images: this.#sides === null ? ends : coordinates.slice(),
    };
  }

  /**
   * Moves the points back by `dt`, in place; stopped ones stay.
   *
   * @throws {RangeError} when a velocity is not finite.
   */
  back(traced: TracedPoints, dt: number, wind: Wind): void {
    const { count, points, cells, barycentric, stopped, ages } = traced;
    const { dim } = this.geometry.topology;
    const v = new Float64Array(count * dim);
    wind(points, cells, barycentric, count, v);
    const middle = points.slice();
    for (let i = 0; i < count; i++) {
      if (stopped[i] !== 0) continue;
      for (let d = 0; d < dim; d++) middle[i * dim + d] -= (dt / 2) * v[i * dim + d];
    }
    const at = { points: middle, cells: cells.slice(), barycentric: barycentric.slice() };
    this.toImages(at.points, at.cells);
    this.#locate(at, count, (i) => this.#project(at.points, i));
    wind(at.points, at.cells, at.barycentric, count, v);

    const start = points.slice();
    for (let i = 0; i < count; i++) {
      if (stopped[i] !== 0) continue;
      ages[i] += dt;
      for (let d = 0; d < dim; d++) points[i * dim + d] -= dt * v[i * dim + d];
    }
    traced.ends.set(points);
    cells.set(at.cells);
    this.toImages(points, cells);
    traced.images.set(points);
    this.#locate(traced, count, (i) => {
      const share = this.#stop(start, traced.ends, points, i);
      if (share === 1) return;
      stopped[i] = 1;
      ages[i] -= dt * (1 - share);
    });
  }

  /**
   * Replaces points outside of a periodic domain by their images in it or, outside of a wall, nearest to it. Points of
   * other domains stay.
   *
   * @param cells Where to look first, `[count]`; changed where the domain is periodic.
   */
  toImages(points: Float64Array, cells: Int32Array): void {
    if (this.#sides === null) return;
    const { straightLocator, topology: { dim }, lattice } = this.geometry;
    const turns = new Int32Array(cells.length * lattice!.count);
    straightLocator.wrap(points, cells.length, cells, null, turns);
    for (let i = 0; i < cells.length; i++) {
      if (cells[i] >= 0) continue;
      this.#requireFinite(points, i);
      const point = points.subarray(i * dim, (i + 1) * dim);
      this.#sides.frame(point.slice(), point);
    }
  }

  /**
   * Locates points, those outside at the nearest point of the domain.
   *
   * @param points `[count x dim]`, changed.
   * @param near Where to look first.
   */
  nearest(
    points: Float64Array,
    near: Pick<TracedPoints, "count" | "cells" | "barycentric">,
  ): Pick<TracedPoints, "count" | "cells" | "barycentric"> {
    const { count } = near;
    const at = { points, cells: near.cells.slice(), barycentric: near.barycentric.slice() };
    this.#locate(at, count, (i) => this.#project(points, i));
    return { count, cells: at.cells, barycentric: at.barycentric };
  }

  /** Locates all points; `repair` moves those inside that are not. */
  #locate(
    at: { points: Float64Array; cells: Int32Array; barycentric: Float64Array },
    count: number,
    repair: (i: number) => void,
  ): void {
    const { points, cells, barycentric } = at;
    const { locator, topology: { dim } } = this.geometry;
    locator.locate(points, count, cells, barycentric);
    const point = new Float64Array(dim), cell = new Int32Array(1);
    const place = new Float64Array(dim + 1);
    for (let i = 0; i < count; i++) {
      if (cells[i] >= 0) continue;
      this.#requireFinite(points, i);
      repair(i);
      for (let d = 0; d < dim; d++) point[d] = points[i * dim + d];
      cell[0] = -1;
      locator.locate(point, 1, cell, place);
      cells[i] = cell[0];
      barycentric.set(place, i * (dim + 1));
    }
  }

  #requireFinite(points: Float64Array, i: number): void {
    const { dim } = this.geometry.topology;
    for (let d = 0; d < dim; d++) {
      if (Number.isFinite(points[i * dim + d])) continue;
      throw new RangeError(
        `the velocity at degree of freedom ${i} is not finite, or so large that its path is not`,
      );
    }
  }

  /** Replaces point i by the nearest one of the domain; returns how far away that is. */
  #project(points: Float64Array, i: number): number {
    const { dim } = this.geometry.topology;
    const near = this.#nearest, o = i * dim;
    this.#boundary.nearest(points[o], points[o + 1], dim === 3 ? points[o + 2] : 0, near);
    let distance = 0;
    for (let d = 0; d < dim; d++) {
      distance += (points[o + d] - near[d]) ** 2;
      points[o + d] = near[d];
    }
    return Math.sqrt(distance);
  }

  /** Ends the path at the boundary; returns the share of it that was travelled, 1 where it slid. */
  #stop(start: Float64Array, ends: Float64Array, points: Float64Array, i: number): number {
    const { dim } = this.geometry.topology;
    const from = this.#from, way = this.#way;
    from[2] = way[2] = 0;
    for (let d = 0; d < dim; d++) {
      from[d] = start[i * dim + d];
      way[d] = ends[i * dim + d] - from[d];
    }
    const length = Math.hypot(way[0], way[1], way[2]);
    if (this.#project(points, i) <= slide * length) return 1;
    const share = this.#shareInside(from, way);
    if (share === null) return 1;
    for (let d = 0; d < dim; d++) points[i * dim + d] = from[d] + share * way[d];
    if (this.#sides !== null) {
      const point = points.subarray(i * dim, (i + 1) * dim);
      this.#sides.frame(point.slice(), point);
    }
    this.#project(points, i);
    return share === 1 ? 1 - Number.EPSILON : share;
  }

  /** The share of a path before it leaves through a wall; null where it does not. */
  #shareInside(from: Float64Array, way: Float64Array): number | null {
    if (this.#sides !== null) return this.#sides.firstWall(from, way);
    const facet = this.#exteriorFacets.firstExit(from, way, this.#hit);
    return facet < 0 ? null : Math.min(1, Math.max(0, this.#hit[0]));
  }
}
