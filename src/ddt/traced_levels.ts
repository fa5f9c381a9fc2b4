/**
 * Past values where the paths to the degrees of freedom began.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import { type LocatedPoints, selectPoints } from "../mesh/located_points.ts";
import { wholeGeometryOf } from "../mesh/mesh.ts";
import { type MeshVariable, wholeValuesOf } from "../mesh/mesh_variable.ts";
import type { FieldFunction, ScalarFunction, VectorFunction } from "../mesh/points.ts";
import { DepartureTracer, type TracedPoints } from "./departure.ts";
import { valuesAtDepartures } from "./departure_values.ts";
import { valuesOf } from "./level_variables.ts";
import { earlierMesh, takeBack, windPastMesh } from "./moving_mesh.ts";
import type { StepWinds } from "./step_winds.ts";

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
   * How far nodes of the whole mesh moved in each step, newest first, `[global nodes x dim]`; null where they did not.
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
   * ranks, and each rank follows those to its own degrees of freedom through the whole mesh.
   *
   * @throws {RangeError} when a velocity is not finite.
   */
  trace(trace: LevelTrace): TracedLevels {
    const { variable, star, steps, winds } = trace, { mesh } = variable;
    let geometry = wholeGeometryOf(mesh);
    const points = this.on(geometry).start(this.dofs(geometry, variable));
    const past = trace.levels.map((level) => wholeValuesOf(level, valuesOf(level)));
    const stars = star === null ? null : wholeValuesOf(star, valuesOf(star));
    // From here on ranks do not communicate: what fails on one of them fails on all.
    return allOrNone(mesh.model.comm, () => {
      const levels: Float64Array[] = [];
      let forcing: Float64Array | null = null;
      past.forEach((values, j) => {
        const shift = trace.shifts[j] ?? null;
        let wind = winds(j);
        if (shift !== null) {
          const earlier = earlierMesh(geometry, shift);
          geometry = earlier.geometry;
          wind = windPastMesh(wind, takeBack(earlier, points), steps[j]);
        }
        this.on(geometry).back(points, steps[j], wind);
        levels.push(levelAt(geometry, trace, values, points));
        if (j > 0 || star === null) return;
        forcing = new Float64Array(levels[0].length);
        valuesAtDepartures(geometry, star, stars!, points, trace.clip, forcing);
      });
      return { levels, forcing };
    });
  }

  /** The degrees of freedom of this rank, located in the whole mesh. */
  dofs(geometry: Geometry, variable: MeshVariable): LocatedPoints {
    const dofs = locatedDofs(geometry, variable);
    return variable.mesh.model.comm.size === 1 ? dofs : selectPoints(dofs, variable.globalDofIds);
  }

  /** Traces paths on a geometry, that of the whole mesh. */
  on(geometry: Geometry): DepartureTracer {
    if (this.#tracer?.geometry !== geometry) this.#tracer = new DepartureTracer(geometry);
    return this.#tracer;
  }
}

/** One past field at departure points, with what flowed in. */
function levelAt(
  geometry: Geometry,
  trace: LevelTrace,
  values: Float64Array,
  at: TracedPoints,
): Float64Array {
  const { variable, clip } = trace;
  const out = new Float64Array(at.count * variable.components);
  valuesAtDepartures(geometry, variable, values, at, clip, out);
  setInflow(trace, at, out);
  return out;
}

/** Puts the values that flowed in where paths met the boundary, `[count x components]`. */
export function setInflow(
  { variable, inflow, end }: LevelTrace,
  at: TracedPoints,
  out: Float64Array,
): void {
  if (inflow === null) return;
  const { components, mesh: { dim } } = variable;
  const row = new Float64Array(components);
  for (let i = 0; i < at.count; i++) {
    if (at.stopped[i] === 0) continue;
    const x = at.points[i * dim], y = at.points[i * dim + 1];
    const z = dim === 3 ? at.points[i * dim + 2] : 0, t = end - at.ages[i];
    if (components === 1) row[0] = (inflow as ScalarFunction)(x, y, z, t);
    else (inflow as VectorFunction)(x, y, z, row, t);
    out.set(row, i * components);
  }
}
