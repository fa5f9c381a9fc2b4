/**
 * The way from a swarm to the journey of its particles: scratch memory, the geometry of the moment, and errors that name
 * particles.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { freshValuesOf } from "../mesh/fresh_fields.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { geometryBefore } from "../mesh/geometry_before.ts";
import { type Mesh, placesIn } from "../mesh/mesh.ts";
import { Places } from "../mesh/places.ts";
import { takeRows } from "../arrays.ts";
import { type MotionPlan, velocityOfMesh } from "./advect_options.ts";
import type { SwarmBoundary } from "./boundary_rule.ts";
import { Journey } from "./journey.ts";
import { Mover } from "./mover.ts";
import { finiteCheck } from "./particle_batch.ts";
import type { Elsewhere, MovingParticles, Voyage } from "./passage.ts";
import { survivors } from "./removal.ts";

/** The particles of a swarm; live memory. */
export interface Particles {
  readonly count: number;
  /** `[count x dim]`. */
  readonly points: Float64Array;
  readonly ids: BigInt64Array;
  /** Hints, cells of this rank; -1 where there is none. */
  readonly cells: Int32Array;
}

/** What became of the particles of this rank. */
export interface Moved {
  /** How many were lost: their cell is -1, and their rows are still there. */
  readonly lost: number;
  /** The cells of those whose cell is -2, -3, .. */
  readonly elsewhere: Elsewhere;
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
   * Writes new positions and cells. What happens at the boundary happens at that of the whole mesh, never at a cut
   * between ranks. Collective.
   *
   * @param wraps `[count x periods]`: adds how often each period of a periodic mesh was subtracted from a position;
   *   null where they are not counted.
   * @throws {RangeError} when a position is or would be not finite; positions are as before then.
   */
  move(
    asked: string,
    particles: Particles,
    plan: MotionPlan | null,
    wraps: Int32Array | null,
  ): Moved {
    const { points } = particles;
    if (this.#next.length < points.length) this.#next = new Float64Array(points.length);
    const moving = movingOf(asked, particles, this.#next);
    const turns = wraps === null ? null : this.#turnsOf(wraps.length);
    const places = placesIn(this.#mesh), mover = this.#moverOn(places);
    const journey = new Journey(mover, this.#planned(plan, mover, places, moving), {
      ...moving,
      wraps: turns,
    });
    journey.run();
    points.set(this.#next.subarray(0, points.length));
    for (let i = 0; turns !== null && i < wraps!.length; i++) wraps![i] += turns[i];
    return { lost: journey.lost, elsewhere: moving.elsewhere };
  }

  /**
   * Finds particles in another mesh of the same domain. Those that its boundary leaves outside, by a
   * rounding or because it is curved, go to its nearest point, whatever the boundary rule. Those that were
   * outside before stay there, for the next move. Collective.
   *
   * @param before This rank's part of the mesh until now; `geometry` that of the other mesh.
   * @returns what writes cells and positions, and gives the number of those that moved.
   * @throws {RangeError} when a position is not finite.
   */
  landing(
    asked: string,
    particles: Particles,
    before: Geometry,
    geometry: Geometry,
  ): () => { readonly moved: number; readonly elsewhere: Elsewhere } {
    const { count, points, ids } = particles, { dim } = geometry.topology;
    const { comm } = this.#mesh.model;
    allOrNone(comm, () => this.requireFinite(asked, particles));
    const places = new Places(geometry, comm);
    const found = places.find(points.subarray(0, count * dim));
    const rows = outsideNow(points, dim, found.cells, before, comm);
    const own = new Float64Array(rows.length * dim), next = new Float64Array(own.length);
    takeRows(points, rows, dim, own);
    const subset = {
      count: rows.length,
      points: own,
      ids: BigInt64Array.from(rows, (row) => ids[row]),
      cells: new Int32Array(rows.length).fill(-1),
    };
    const moving = movingOf(asked, subset, next), { elsewhere } = moving;
    new Journey(
      this.#moverOn(places),
      { rule: "clamp", motion: null, grounds: [places] },
      moving,
    ).run();
    const cells = found.locals.slice();
    for (let i = 0; i < count; i++) {
      if (cells[i] >= 0 || found.cells[i] < 0) continue;
      elsewhere.cells.push(found.cells[i]);
      elsewhere.ranks.push(found.ranks[i]);
      cells[i] = -1 - elsewhere.cells.length;
    }
    rows.forEach((row, n) => cells[row] = subset.cells[n]);
    return () => {
      particles.cells.set(cells);
      rows.forEach((row, n) => points.set(next.subarray(n * dim, (n + 1) * dim), row * dim));
      return { moved: rows.length, elsewhere };
    };
  }

  /** Indices of the particles that were not lost, after {@link Transport.move}. */
  kept({ cells, count }: Particles): Int32Array {
    return survivors((i) => cells[i] === -1, count);
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

  /** Where the mesh is while particles move, and their motion. Collective. */
  #planned(
    plan: MotionPlan | null,
    mover: Mover,
    places: Places,
    moving: MovingParticles,
  ): Voyage {
    const rule = this.#rule;
    const planOn = (start: Places) =>
      plan!.move((motion) => {
        const journey = new Journey(mover, { rule, grounds: [start], motion }, moving, true);
        journey.run();
        return journey.largest;
      });
    if (plan === null) return { rule, grounds: [places], motion: null };
    const { shift, motion: ofMesh } = plan, { comm, geometry: end } = places;
    if (shift === null || ofMesh === null) {
      return { rule, grounds: [places], motion: planOn(places) };
    }
    const all = freshValuesOf(ofMesh.velocity, shift);
    const placesBefore = (share: number) =>
      new Places(allOrNone(comm, () => geometryBefore(end, all, share)), comm);
    const start = placesBefore(1), motion = planOn(start), { steps } = motion;
    const between = Array.from({ length: steps - 1 }, (_, s) => placesBefore(1 - (s + 1) / steps));
    const meshVelocity = velocityOfMesh(ofMesh);
    return { rule, grounds: [start, ...between, places], motion: { ...motion, meshVelocity } };
  }

  #turnsOf(length: number): Int32Array {
    if (this.#turns.length < length) this.#turns = new Int32Array(length);
    return this.#turns.fill(0);
  }

  #moverOn({ geometry: { lattice, topology: { dim } }, comm }: Places): Mover {
    return this.#mover ??= new Mover(dim, lattice?.count ?? 0, comm.rank);
  }
}

/** What a journey takes; its wraps are not wanted yet. */
function movingOf(asked: string, particles: Particles, next: Float64Array): MovingParticles {
  const { count, points, cells } = particles;
  return {
    count,
    points,
    cells,
    next,
    wraps: null,
    elsewhere: { cells: [], ranks: [] },
    refuse: (index, row) => refuse(asked, particles, index, row),
  };
}

/** Particles that were in the mesh before and are in no cell now. Collective. */
function outsideNow(
  points: Float64Array,
  dim: number,
  cells: Int32Array,
  before: Geometry,
  comm: Comm,
): Int32Array {
  const rows = Int32Array.from(cells.keys()).filter((i) => cells[i] < 0);
  if (comm.allreduce(rows.length) === 0) return rows;
  const own = new Float64Array(rows.length * dim);
  takeRows(points, rows, dim, own);
  const { cells: then } = new Places(before, comm).find(own);
  return rows.filter((_, n) => then[n] >= 0);
}

function refuse(asked: string, { ids }: Particles, index: number, row: Float64Array): never {
  throw new RangeError(
    `${asked}: particle ${ids[index]} (index ${index}) has the position or velocity (${
      row.join(", ")
    }), which is not finite; nothing was changed`,
  );
}
