/**
 * Moves particles through one geometry: explicit Runge-Kutta steps, then the rule at the domain's
 * edge. Reads positions, writes new ones elsewhere; changes no state.
 *
 * @module
 */
import { BoundarySearch } from "../mesh/boundary_walk.ts";
import { CurvedLocator } from "../mesh/curved_locate.ts";
import { insideCell } from "../mesh/locate.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { PeriodicBoundary } from "../mesh/periodic_boundary.ts";
import { addScaledRows, axpy, batchSize, finiteCheck, ParticleBatch } from "./particle_batch.ts";
import { rungeKuttaScheme, type Scheme } from "./scheme.ts";
import type { Velocity } from "./velocity.ts";

/** What happens to particles outside of the domain. */
export type SwarmBoundary = "lose" | "clamp" | "reflect";

/** The particles to move. */
export interface MovingParticles {
  readonly count: number;
  /** `[count x dim]`; read. */
  readonly points: Float64Array;
  /** `[count]`: hints; become the cells after the move, -1 for lost particles. */
  readonly cells: Int32Array;
  /** `[count x dim]`: takes the new positions; rows of lost particles are left alone. */
  readonly next: Float64Array;
  /** `[count x periods]`: takes how often each period was subtracted; null where that is not wanted. */
  readonly wraps: Int32Array | null;
  /** Throws an error about a position that is not finite. */
  refuse(index: number, position: Float64Array): never;
}

/** One motion: `steps` Runge-Kutta steps of length `dt` from time `t` on. */
export interface Motion {
  readonly velocity: Velocity;
  readonly order: 1 | 2 | 4;
  readonly t: number;
  readonly dt: number;
  readonly steps: number;
  /** How the mesh moves with it; left out where the mesh rests. */
  readonly mesh?: MovingMesh;
}

/** A mesh that moves while particles do. */
export interface MovingMesh {
  /** Where it is at the start, between sub-steps and at the end, `[steps + 1]`. */
  readonly geometries: readonly Geometry[];
  /** How fast its nodes move, continuous of degree 1. */
  readonly velocity: Velocity;
}

/** Moves particles through one geometry; keeps nothing between calls but scratch memory. */
export class Mover {
  readonly geometry: Geometry;
  readonly rule: SwarmBoundary;
  readonly #dim: 2 | 3;
  readonly #batch: ParticleBatch;
  readonly #from: Float64Array;
  readonly #to: Float64Array;
  readonly #inside: Float64Array;
  readonly #searches = new Map<Geometry, BoundarySearch>();
  #walls: PeriodicBoundary | null = null;
  /** Periods of the mesh; 0 where it is not periodic. */
  readonly #periods: number;
  readonly #turns: Int32Array;
  readonly #unused: Int32Array;

  constructor(geometry: Geometry, rule: SwarmBoundary) {
    this.geometry = geometry;
    this.rule = rule;
    this.#dim = geometry.topology.dim;
    this.#periods = geometry.lattice?.count ?? 0;
    this.#batch = new ParticleBatch(this.#dim, this.#periods);
    this.#turns = new Int32Array(batchSize * this.#periods);
    this.#unused = new Int32Array(batchSize * this.#periods);
    this.#from = new Float64Array(this.#dim);
    this.#to = new Float64Array(this.#dim);
    this.#inside = new Float64Array(this.#dim);
  }

  /** Brings particles into the domain and, with a motion, moves them; returns how many were lost. */
  move(moving: MovingParticles, motion: Motion | null): number {
    const { count, next, cells } = moving;
    const batch = this.#batch, dim = this.#dim;
    const scheme = motion && rungeKuttaScheme(motion.order);
    let lost = 0;
    for (let first = 0; first < count; first += batchSize) {
      const n = Math.min(batchSize, count - first);
      let live = this.#load(moving, first, n, motion?.velocity.located ?? false);
      for (let s = 0; motion && s < motion.steps; s++) {
        live = this.#step(moving, motion, scheme!, s, live);
      }
      if (live < n) cells.fill(-1, first, first + n);
      const { slots, points } = batch;
      for (let i = 0; i < live; i++) {
        const to = slots[i];
        cells[to] = batch.cells[i];
        for (let d = 0; d < dim; d++) next[to * dim + d] = points[i * dim + d];
        for (let k = 0; moving.wraps !== null && k < this.#periods; k++) {
          moving.wraps[to * this.#periods + k] = batch.wraps[i * this.#periods + k];
        }
      }
      lost += n - live;
    }
    return lost;
  }

  /** The largest speed at the particles' positions. */
  largestSpeed(moving: MovingParticles, velocity: Velocity, t: number): number {
    const { points, cells, barycentric, slope } = this.#batch;
    const dim = this.#dim;
    let largest = 0;
    for (let first = 0; first < moving.count; first += batchSize) {
      const n = Math.min(batchSize, moving.count - first);
      const live = this.#load(moving, first, n, velocity.located);
      velocity.at(points, cells, barycentric, live, t, slope);
      this.#requireFinite(moving, slope, live);
      for (let i = 0; i < live; i++) {
        const o = i * dim;
        const speed = Math.hypot(slope[o], slope[o + 1], dim === 3 ? slope[o + 2] : 0);
        if (speed > largest) largest = speed;
      }
    }
    return largest;
  }

  /** Fills the batch with n particles, those outside dealt with; returns how many are left. */
  #load(moving: MovingParticles, first: number, n: number, located: boolean): number {
    const { points, cells, slots, barycentric } = this.#batch;
    const dim = this.#dim;
    points.set(moving.points.subarray(first * dim, (first + n) * dim));
    cells.set(moving.cells.subarray(first, first + n));
    for (let i = 0; i < n; i++) slots[i] = first + i;
    this.#batch.wraps.fill(0);
    this.#requireFinite(moving, points, n);
    return this.#arrive(this.geometry, points, cells, located ? barycentric : null, n, null);
  }

  /**
   * One Runge-Kutta step of the batch; returns how many particles are left. On a mesh that moves, a stage is located
   * on the mesh of the start, where a node that travels with the particle's place in the mesh would have been.
   */
  #step(moving: MovingParticles, motion: Motion, scheme: Scheme, step: number, n: number): number {
    const { velocity, dt, mesh } = motion, t = motion.t + step * dt;
    const start = mesh?.geometries[step] ?? this.geometry;
    const end = mesh?.geometries[step + 1] ?? this.geometry;
    const b = this.#batch, m = n * this.#dim;
    if (velocity.located) mesh?.velocity.at(b.points, b.cells, b.barycentric, n, t, b.meshSlope);
    velocity.at(b.points, b.cells, b.barycentric, n, t, b.slope);
    let summed = addScaledRows(m, scheme.weights[0], b.slope, b.sum, false);
    b.stageCells.set(b.cells);
    for (let s = 1; s < scheme.nodes.length; s++) {
      const ahead = scheme.nodes[s] * dt;
      const check = axpy(m, b.points, ahead, b.slope, b.stagePoints);
      if (check !== 0) this.#requireFinite(moving, b.stagePoints, n);
      if (velocity.located) {
        if (mesh !== undefined) axpy(m, b.stagePoints, -ahead, b.meshSlope, b.stagePoints);
        this.#locateStage(start, n);
      } else if (this.#periods > 0) this.#wrapStage(n);
      velocity.at(b.stagePoints, b.stageCells, b.stageBarycentric, n, t + ahead, b.slope);
      summed = addScaledRows(m, scheme.weights[s], b.slope, b.sum, summed);
    }
    if (axpy(m, b.points, dt, b.sum, b.stagePoints) !== 0) {
      this.#requireFinite(moving, b.stagePoints, n);
    }
    const barycentric = velocity.located ? b.barycentric : null;
    const left = this.#arrive(end, b.stagePoints, b.stageCells, barycentric, n, b.points);
    b.points.set(b.stagePoints);
    b.cells.set(b.stageCells);
    return left;
  }

  /**
   * Cells and barycentric coordinates of stage points. One outside takes the value at the point with
   * clamped barycentric coordinates in the cell of the stage before: bounded, and no search.
   */
  #locateStage(geometry: Geometry, n: number): void {
    const { stagePoints, stageCells, stageBarycentric, lastCells } = this.#batch;
    lastCells.set(stageCells);
    geometry.locator.locate(stagePoints, n, stageCells, stageBarycentric);
    for (let i = 0; i < n; i++) {
      if (stageCells[i] >= 0) continue;
      stageCells[i] = lastCells[i];
      clampInto(geometry, lastCells[i], stagePoints, stageBarycentric, i);
    }
  }

  /** Stage points of a periodic mesh are where a function of position knows the velocity: inside. */
  #wrapStage(n: number): void {
    const { stagePoints, stageCells } = this.#batch;
    this.geometry.straightLocator.wrap(stagePoints, n, stageCells, null, this.#unused);
  }

  /** Locates n positions and applies the rule to those outside; returns how many are left. */
  #arrive(
    geometry: Geometry,
    points: Float64Array,
    cells: Int32Array,
    barycentric: Float64Array | null,
    n: number,
    from: Float64Array | null,
  ): number {
    const { locator } = geometry, near = locator.nearCount;
    if (this.#periods === 0) locator.locate(points, n, cells, barycentric);
    else {
      const turns = this.#turns.fill(0), { wraps } = this.#batch;
      this.geometry.straightLocator.wrap(points, n, cells, barycentric, turns);
      for (let i = 0; i < n * this.#periods; i++) wraps[i] += turns[i];
    }
    if (from !== null && locator.nearCount > near) {
      this.#pull(geometry, points, cells, n);
      if (barycentric !== null) locator.locate(points, n, cells, barycentric);
    }
    let first = 0;
    while (first < n && cells[first] >= 0) first++;
    if (first === n) return n;
    const left = this.rule === "lose"
      ? this.#drop(points, cells, first, n)
      : this.#bringBack(geometry, points, cells, first, n, from);
    if (barycentric !== null) locator.locate(points, left, cells, barycentric);
    return left;
  }

  /** Puts points that miss a boundary by rounding onto it, so that roundings do not add up from step to step. */
  #pull(geometry: Geometry, points: Float64Array, cells: Int32Array, n: number): void {
    const dim = this.#dim, { locator } = geometry;
    for (let i = 0; i < n; i++) {
      const o = i * dim, x = points[o], y = points[o + 1], z = dim === 3 ? points[o + 2] : 0;
      if (cells[i] < 0 || insideCell(geometry, cells[i], x, y, z)) continue;
      locator.nearBoundary.pull(x, y, z, points, o);
      cells[i] = locator.cellOf(points[o], points[o + 1], dim === 3 ? points[o + 2] : 0, cells[i]);
    }
  }

  /** Closes the gaps that lost particles leave. */
  #drop(points: Float64Array, cells: Int32Array, first: number, n: number): number {
    const { slots, wraps } = this.#batch, periods = this.#periods;
    const dim = this.#dim;
    let to = first;
    for (let i = first; i < n; i++) {
      if (cells[i] < 0) continue;
      for (let d = 0; d < dim; d++) points[to * dim + d] = points[i * dim + d];
      for (let k = 0; k < periods; k++) wraps[to * periods + k] = wraps[i * periods + k];
      cells[to] = cells[i];
      slots[to++] = slots[i];
    }
    return to;
  }

  #bringBack(
    geometry: Geometry,
    points: Float64Array,
    cells: Int32Array,
    first: number,
    n: number,
    from: Float64Array | null,
  ): number {
    if (this.#periods > 0) return this.#bringBackPeriodic(points, cells, first, n, from);
    const search = this.#searchOn(geometry);
    const dim = this.#dim, out = this.#inside;
    for (let i = first; i < n; i++) {
      if (cells[i] >= 0) continue;
      const o = i * dim;
      if (this.rule === "reflect" && from !== null) {
        for (let d = 0; d < dim; d++) {
          this.#from[d] = from[o + d];
          this.#to[d] = points[o + d];
        }
        cells[i] = search.reflect(this.#from, this.#to, out);
      } else {
        cells[i] = search.nearest(points[o], points[o + 1], dim === 3 ? points[o + 2] : 0, out);
      }
      for (let d = 0; d < dim; d++) points[o + d] = out[d];
    }
    return n;
  }

  #searchOn(geometry: Geometry): BoundarySearch {
    let search = this.#searches.get(geometry);
    if (search === undefined) {
      this.#searches.set(geometry, search = new BoundarySearch(geometry));
    }
    return search;
  }

  /** The same in a periodic mesh: paths go on through its sides, and only walls bring them back. */
  #bringBackPeriodic(
    points: Float64Array,
    cells: Int32Array,
    first: number,
    n: number,
    from: Float64Array | null,
  ): number {
    const walls = this.#walls ??= new PeriodicBoundary(this.geometry), { wraps } = this.#batch;
    const { periods: ways } = this.geometry.lattice!, periods = this.#periods, dim = this.#dim;
    for (let i = first; i < n; i++) {
      if (cells[i] >= 0) continue;
      const o = i * dim, turns = this.#turns.subarray(i * periods, (i + 1) * periods);
      for (let d = 0; d < dim; d++) {
        this.#from[d] = from === null ? 0 : from[o + d];
        this.#to[d] = points[o + d];
        // The end was moved by whole periods already; the path is from where it began to where it really ends.
        for (let k = 0; k < periods && from !== null; k++) {
          this.#to[d] += turns[k] * ways[k * dim + d];
        }
      }
      if (from !== null) { for (let k = 0; k < periods; k++) wraps[i * periods + k] -= turns[k]; }
      cells[i] = this.rule === "reflect" && from !== null
        ? walls.reflect(this.#from, this.#to, this.#inside)
        : walls.nearest(this.#to, this.#inside);
      for (let k = 0; k < periods; k++) wraps[i * periods + k] += walls.turns[k];
      for (let d = 0; d < dim; d++) points[o + d] = this.#inside[d];
    }
    return n;
  }

  #requireFinite(moving: MovingParticles, rows: Float64Array, n: number): void {
    const dim = this.#dim;
    if (finiteCheck(rows, 0, n * dim) === 0) return;
    for (let i = 0; i < n; i++) {
      if (finiteCheck(rows, i * dim, dim) === 0) continue;
      moving.refuse(this.#batch.slots[i], rows.slice(i * dim, (i + 1) * dim));
    }
  }
}

/**
 * Barycentric coordinates of point i in `cell`, or of its image near the cell, negative ones set to 0, scaled to the
 * sum 1.
 */
function clampInto(
  geometry: Geometry,
  cell: number,
  points: Float64Array,
  barycentric: Float64Array,
  i: number,
): void {
  const { topology: { dim, cells }, coordinates, lattice, locator } = geometry;
  const corner = cells[cell * (dim + 1)] * dim, o = i * (dim + 1);
  if (locator instanceof CurvedLocator) {
    const z = dim === 3 ? points[i * dim + 2] : 0;
    locator.placeIn(cell, points[i * dim], points[i * dim + 1], z, barycentric, o);
    let sum = 0;
    for (let k = 0; k <= dim; k++) sum += barycentric[o + k] = Math.max(barycentric[o + k], 0);
    for (let k = 0; k <= dim; k++) barycentric[o + k] /= sum;
    return;
  }
  const { inverseJacobians } = geometry;
  for (let d = 0; d < dim; d++) way[d] = points[i * dim + d] - coordinates[corner + d];
  lattice?.shorten(way);
  let rest = 1, sum = 0;
  for (let k = 0; k < dim; k++) {
    let value = 0;
    for (let d = 0; d < dim; d++) value += inverseJacobians[(cell * dim + k) * dim + d] * way[d];
    rest -= value;
    barycentric[o + k + 1] = Math.max(value, 0);
    sum += barycentric[o + k + 1];
  }
  barycentric[o] = Math.max(rest, 0);
  sum += barycentric[o];
  for (let k = 0; k <= dim; k++) barycentric[o + k] /= sum;
}

/** The way from a corner to a point, scratch memory. */
const way = new Float64Array(3);
