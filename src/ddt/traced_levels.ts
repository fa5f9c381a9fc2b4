/**
 * Past values where the paths to the degrees of freedom began, also on a mesh that moved while material flowed.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { freshValuesOf, ownedWithGhosts } from "../mesh/fresh_fields.ts";
import { placesIn } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { Places } from "../mesh/places.ts";
import type { FieldFunction, ScalarFunction, VectorFunction } from "../mesh/points.ts";
import { DepartureTracer, type TracedPoints, type Wind } from "./departure.ts";
import { DepartureField } from "./departure_values.ts";
import { valuesOf } from "./level_variables.ts";
import { ownedDofs } from "./owned_dofs.ts";
import type { StepWinds } from "./step_winds.ts";
import { geometryBefore } from "../mesh/geometry_before.ts";

/** Past values at the departure points, as they were traced at `updatePreSolve`. */
export interface TracedLevels {
  /** Past values, newest first, `[dofCount x components]` each. */
  readonly levels: readonly Float64Array[];
  /** The past forcing, `[dofCount x components]`; null without one. */
  readonly forcing: Float64Array | null;
}

/** What to trace, and along which velocity. */
export interface LevelTrace {
  /** The variable at whose degrees of freedom paths end. */
  readonly variable: MeshVariable;
  /** Past fields, newest first. */
  readonly levels: readonly MeshVariable[];
  /** The past forcing; null without one. */
  readonly star: MeshVariable | null;
  /** Whether values stay between those of the cell. */
  readonly clip: boolean;
  /** The value that flows in; null for that of the past field. */
  readonly inflow: FieldFunction | null;
  /**
   * The field with the Dirichlet values of the end of the step, `[dofCount x components]`, for what flows in where a
   * level is kept; null where they are not known.
   */
  readonly arriving: Float64Array | null;
  /** Step sizes, newest first. */
  readonly steps: readonly number[];
  /** The velocity. */
  readonly winds: StepWinds;
  /** The time at the end of the newest step. */
  readonly end: number;
  /**
   * How far nodes moved in each step, newest first, `[nodeCount x dim]` with ghosts up to date; null where they did
   * not.
   */
  readonly shifts: readonly (Float64Array | null)[];
}

/**
 * Follows paths back from the degrees of freedom and reads past fields there.
 *
 * State: none, scratch memory only.
 */
export class LevelTracer {
  #tracer: DepartureTracer | null = null;

  /**
   * Every level from its own field, at the end of the path through all steps since. Collective: paths cross
   * ranks, and each rank follows those to its own degrees of freedom.
   *
   * @throws {RangeError} when a velocity is not finite.
   */
  trace(trace: LevelTrace): TracedLevels {
    const { variable, star, steps, winds } = trace, { mesh, components } = variable;
    let places = placesIn(mesh);
    const points = this.start(this.on(places), variable);
    const past = trace.levels.map((level) => freshValuesOf(level, valuesOf(level)));
    const stars = star === null ? null : freshValuesOf(star, valuesOf(star));
    let forcing: Float64Array | null = null;
    const levels = past.map((values, j) => {
      const shift = trace.shifts[j] ?? null;
      let wind = winds(j);
      if (shift !== null) {
        const earlier = earlierMesh(places, shift);
        places = earlier.places;
        wind = windPastMesh(wind, takeBack(earlier, points), steps[j]);
      }
      this.on(places).back(points, steps[j], wind);
      const level = new DepartureField(mesh, places, variable, values).read(points, trace.clip);
      setInflow(trace, points, level);
      if (j === 0 && star !== null) {
        const field = new DepartureField(mesh, places, star, stars!);
        forcing = ownedWithGhosts(variable, field.read(points, trace.clip), components);
      }
      return ownedWithGhosts(variable, level, components);
    });
    return { levels, forcing };
  }

  /** The degrees of freedom that this rank owns, about to travel. */
  start(tracer: DepartureTracer, variable: MeshVariable): TracedPoints {
    const { points, coordinates } = ownedDofs(variable);
    return tracer.start(points, coordinates);
  }

  /** Traces paths at one geometry. Collective. */
  on(places: Places): DepartureTracer {
    if (this.#tracer?.places !== places) this.#tracer = new DepartureTracer(places);
    return this.#tracer;
  }
}

/** Puts the values that flowed in where paths met the boundary, `[count x components]`. Collective. */
export function setInflow(
  { variable, inflow, end }: LevelTrace,
  at: TracedPoints,
  out: Float64Array,
): void {
  if (inflow === null) return;
  const { components, mesh: { dim, model: { comm } } } = variable;
  const row = new Float64Array(components);
  allOrNone(comm, () => {
    for (let i = 0; i < at.count; i++) {
      if (at.stopped[i] === 0) continue;
      const x = at.points[i * dim], y = at.points[i * dim + 1];
      const z = dim === 3 ? at.points[i * dim + 2] : 0, t = end - at.ages[i];
      if (components === 1) row[0] = (inflow as ScalarFunction)(x, y, z, t);
      else (inflow as VectorFunction)(x, y, z, row, t);
      out.set(row, i * components);
    }
  });
}

/** The mesh before a move, on which fields of that time are. */
export interface EarlierMesh {
  readonly places: Places;
  /** How far nodes moved since, `[nodeCount x dim]`. */
  readonly shift: Float64Array;
}

/** The mesh before a move. Collective. */
export function earlierMesh({ geometry, comm }: Places, shift: Float64Array): EarlierMesh {
  const before = allOrNone(comm, () => geometryBefore(geometry, shift));
  return { places: new Places(before, comm), shift };
}

/**
 * Puts points where their places in the mesh were before the move: cells and barycentric coordinates stay. Collective.
 *
 * @returns How far they moved with the mesh, `[count x dim]`.
 */
export function takeBack({ places, shift }: EarlierMesh, at: TracedPoints): Float64Array {
  const { topology: { dim, cells: nodes } } = places.geometry, width = dim + 1;
  const drift = places.read(at, dim, (cells, barycentric, count, out) => {
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < width; k++) {
        const node = nodes[cells[i] * width + k] * dim, weight = barycentric[i * width + k];
        for (let d = 0; d < dim; d++) out[i * dim + d] += weight * shift[node + d];
      }
    }
  }, "here");
  for (let i = 0; i < drift.length; i++) at.points[i] -= drift[i];
  return drift;
}

/**
 * The velocity of material past a point that moves with the mesh: `v - drift / dt`, the drift being that of the point
 * at which the path ends. A path that follows it for dt, on the mesh before the move, ends exactly where the material
 * was if the velocity is 0 or that of the mesh; the midpoint rule keeps its second order.
 *
 * @param wind v on the mesh, by cells and barycentric coordinates; functions are asked at places in space.
 */
export function windPastMesh(wind: Wind, drift: Float64Array, dt: number): Wind {
  // Asked at the end of the path, then in its middle: there the mesh has moved half of the way.
  let share = 1;
  return (points, at, out) => {
    const places = points.slice();
    for (let i = 0; i < places.length; i++) places[i] += share * drift[i];
    share /= 2;
    wind(places, at, out);
    for (let i = 0; i < drift.length; i++) out[i] -= drift[i] / dt;
  };
}
