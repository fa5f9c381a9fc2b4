/**
 * Past values where the paths to the degrees of freedom began.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import { selectPoints } from "../mesh/located_points.ts";
import { wholeGeometryOf } from "../mesh/mesh.ts";
import { type MeshVariable, wholeValuesOf } from "../mesh/mesh_variable.ts";
import type { FieldFunction, ScalarFunction, VectorFunction } from "../mesh/points.ts";
import { DepartureTracer, type TracedPoints } from "./departure.ts";
import { valuesAtDepartures } from "./departure_values.ts";
import { valuesOf } from "./level_variables.ts";
import { refuser } from "./step_checks.ts";
import type { StepWinds } from "./step_winds.ts";

/** Past values at the departure points, as they were traced at `updatePreSolve`. */
export interface TracedLevels {
  /** Past values, newest first, `[dofCount x components]` each. */
  readonly levels: readonly Float64Array[];
  /** The past forcing, `[dofCount x components]`; null without one. */
  readonly forcing: Float64Array | null;
}

/** Traced values in a state: those of the rank that captured it, and how many ranks there were. */
export interface TracedState extends TracedLevels {
  /** The number of ranks; on another number the values are traced again. */
  readonly ranks: number;
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
  /** Step sizes, newest first. */
  readonly steps: readonly number[];
  /** The velocity. */
  readonly winds: StepWinds;
  /** The time at the end of the newest step. */
  readonly end: number;
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
    const geometry = wholeGeometryOf(mesh), tracer = this.#on(geometry);
    const dofs = locatedDofs(geometry, variable);
    const points = tracer.start(
      mesh.model.comm.size === 1 ? dofs : selectPoints(dofs, variable.globalDofIds),
    );
    const past = trace.levels.map((level) => wholeValuesOf(level, valuesOf(level)));
    const stars = star === null ? null : wholeValuesOf(star, valuesOf(star));
    // From here on ranks do not communicate: what fails on one of them fails on all.
    return allOrNone(mesh.model.comm, () => {
      const levels: Float64Array[] = [];
      let forcing: Float64Array | null = null;
      past.forEach((values, j) => {
        tracer.back(points, steps[j], winds(j));
        levels.push(levelAt(geometry, trace, values, points));
        if (j > 0 || star === null) return;
        forcing = new Float64Array(levels[0].length);
        valuesAtDepartures(geometry, star, stars!, points, trace.clip, forcing);
      });
      return { levels, forcing };
    });
  }

  #on(geometry: Geometry): DepartureTracer {
    if (this.#tracer?.geometry !== geometry) this.#tracer = new DepartureTracer(geometry);
    return this.#tracer;
  }
}

/** One past field at departure points, with what flowed in. */
function levelAt(
  geometry: Geometry,
  { variable, clip, inflow, end }: LevelTrace,
  values: Float64Array,
  at: TracedPoints,
): Float64Array {
  const { components, mesh: { dim } } = variable;
  const out = new Float64Array(at.count * components);
  valuesAtDepartures(geometry, variable, values, at, clip, out);
  if (inflow === null) return out;
  const row = new Float64Array(components);
  for (let i = 0; i < at.count; i++) {
    if (at.stopped[i] === 0) continue;
    const x = at.points[i * dim], y = at.points[i * dim + 1];
    const z = dim === 3 ? at.points[i * dim + 2] : 0, t = end - at.ages[i];
    if (components === 1) row[0] = (inflow as ScalarFunction)(x, y, z, t);
    else (inflow as VectorFunction)(x, y, z, row, t);
    out.set(row, i * components);
  }
  return out;
}

/**
 * Refuses what are not traced values of a history with or without forcing.
 *
 * @throws {StateSchemaError} when it is not.
 */
export function checkTraced(
  bearer: string,
  traced: TracedState | null,
  phase: "between" | "step",
  hasForcing: boolean,
): void {
  if (traced === null) return;
  const refuse = refuser(bearer), isArray = (one: unknown) => one instanceof Float64Array;
  if (typeof traced !== "object") refuse("traced is neither null nor traced values");
  if (phase !== "step") refuse("traced values are given between steps");
  const { levels, forcing, ranks } = traced;
  const areLevels = Array.isArray(levels) && levels.length > 0 && levels.every(isArray);
  if (
    !areLevels || !Number.isInteger(ranks) || !(hasForcing ? isArray(forcing) : forcing === null)
  ) {
    refuse("traced does not hold past values of this history");
  }
}
