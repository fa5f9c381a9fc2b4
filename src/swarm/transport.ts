/**
 * The way from a swarm to the kernel that moves it: scratch memory, the kernel for the geometry of the
 * moment, and errors that name particles.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { BoundarySearch } from "../mesh/boundary_walk.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { type Mesh, wholeGeometryOf } from "../mesh/mesh.ts";
import { wholeValuesOf } from "../mesh/mesh_variable.ts";
import { geometryBefore } from "../mesh/geometry_before.ts";
import { type MotionPlan, movingMesh } from "./advect_options.ts";
import { finiteCheck } from "./particle_batch.ts";
import { type Motion, Mover, type MovingParticles, type SwarmBoundary } from "./mover.ts";
import { survivors } from "./removal.ts";

/** The particles of a swarm; live memory. */
export interface Particles {
  readonly count: number;
  /** `[count x dim]`. */
  readonly points: Float64Array;
  readonly ids: BigInt64Array;
  /** Hints, cells of the whole mesh; -1 where there is none. */
  readonly cells: Int32Array;
}

/** Moves the particles of one swarm. */
export class Transport {
  readonly #mesh: Mesh;
  readonly #rule: SwarmBoundary;
  #mover: Mover | null = null;
  /** New positions, until all of them are known to be good. */
  #next = new Float64Array(0);
  /** How often particles went through sides of a periodic mesh in one move. */
  #turns = new Int32Array(0);

  constructor(mesh: Mesh, rule: SwarmBoundary) {
    this.#mesh = mesh;
    this.#rule = rule;
  }

  /**
   * Writes new positions and cells; rows of lost particles have the cell -1 and are still there. Everything
   * happens in the whole mesh, whose boundary is not a cut between ranks. Collective.
   *
   * @param wraps `[count x periods]`: adds how often each period of a periodic mesh was subtracted from a position;
   *   null where nobody counts.
   * @returns how many were lost.
   * @throws {RangeError} when a position is or would be not finite; positions are as before then.
   */
  move(
    asked: string,
    particles: Particles,
    plan: MotionPlan | null,
    wraps: Int32Array | null,
  ): number {
    const { count, points, cells } = particles;
    if (this.#next.length < points.length) this.#next = new Float64Array(points.length);
    const moving: MovingParticles = {
      count,
      points,
      cells,
      next: this.#next,
      wraps: wraps === null ? null : this.#turnsOf(wraps.length),
      refuse: (index, row) => refuse(asked, particles, index, row),
    };
    const { mover, motion } = this.#planned(plan, moving);
    const lost = allOrNone(this.#mesh.model.comm, () => mover.move(moving, motion));
    points.set(this.#next.subarray(0, points.length));
    for (let i = 0; wraps !== null && i < wraps.length; i++) wraps[i] += this.#turns[i];
    return lost;
  }

  /**
   * Finds particles in another mesh of the same domain. Those that its boundary leaves outside, by a
   * rounding or because it is curved, go to its nearest point, whatever the boundary rule. Those that were
   * outside before stay there, for the next move.
   *
   * @returns what writes cells and positions, and gives the number of those that moved.
   * @throws {RangeError} when a position is not finite.
   */
  landing(
    asked: string,
    particles: Particles,
    before: Geometry,
    geometry: Geometry,
  ): () => number {
    const { count, points, cells } = particles, { dim } = geometry.topology;
    this.requireFinite(asked, particles);
    const found = cells.slice();
    geometry.locator.locate(points, count, found, null);
    const outside: number[] = [];
    for (let i = 0; i < count; i++) {
      if (found[i] >= 0) continue;
      const x = points[i * dim], y = points[i * dim + 1], z = dim === 3 ? points[i * dim + 2] : 0;
      if (before.locator.cellOf(x, y, z, cells[i]) >= 0) outside.push(i);
    }
    const search = outside.length > 0 ? new BoundarySearch(geometry) : null;
    const places = new Float64Array(outside.length * dim), place = new Float64Array(dim);
    outside.forEach((i, n) => {
      const z = dim === 3 ? points[i * dim + 2] : 0;
      found[i] = search!.nearest(points[i * dim], points[i * dim + 1], z, place);
      places.set(place, n * dim);
    });
    return () => {
      cells.set(found);
      outside.forEach((i, n) => points.set(places.subarray(n * dim, (n + 1) * dim), i * dim));
      return outside.length;
    };
  }

  /** Indices of the particles that were not lost, after {@link Transport.move}. */
  kept({ cells, count }: Particles): Int32Array {
    return survivors((i) => cells[i] < 0, count);
  }

  /** @throws {RangeError} when a position is not finite. */
  requireFinite(asked: string, particles: Particles): void {
    const { points, count } = particles;
    const { dim } = this.#mesh;
    if (finiteCheck(points, 0, points.length) === 0) return;
    for (let i = 0; i < count; i++) {
      if (finiteCheck(points, i * dim, dim) === 0) continue;
      refuse(asked, particles, i, points.slice(i * dim, (i + 1) * dim));
    }
  }

  /** The kernel on the mesh on which particles start, and their motion. Collective. */
  #planned(
    plan: MotionPlan | null,
    moving: MovingParticles,
  ): { mover: Mover; motion: Motion | null } {
    const now = this.#moverNow();
    if (plan === null) return { mover: now, motion: null };
    const { shift, motion: ofMesh } = plan;
    if (shift === null || ofMesh === null) return { mover: now, motion: plan.move(now, moving) };
    const all = wholeValuesOf(ofMesh.velocity, shift);
    const mover = new Mover(geometryBefore(now.geometry, all), this.#rule);
    const motion = plan.move(mover, moving);
    const mesh = movingMesh(mover.geometry, now.geometry, all, ofMesh, motion.steps);
    return { mover, motion: { ...motion, mesh } };
  }

  #turnsOf(length: number): Int32Array {
    if (this.#turns.length < length) this.#turns = new Int32Array(length);
    return this.#turns.fill(0);
  }

  #moverNow(): Mover {
    const geometry = wholeGeometryOf(this.#mesh);
    if (this.#mover?.geometry !== geometry) this.#mover = new Mover(geometry, this.#rule);
    return this.#mover;
  }
}

function refuse(asked: string, { ids }: Particles, index: number, row: Float64Array): never {
  throw new RangeError(
    `${asked}: particle ${ids[index]} (index ${index}) has the position or velocity (${
      row.join(", ")
    }), which is not finite; nothing was changed`,
  );
}
