/**
 * What a `SemiLagrangianDDt` can be told, and the checks of it.
 *
 * @module
 */
import { MeshMotion } from "../mesh/mesh_motion.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { FieldFunction, VectorFunction } from "../mesh/points.ts";
import { describe, type OptionNames } from "../options.ts";
import { readVelocity } from "../swarm/velocity.ts";
import { requireVariable } from "./field_ddt.ts";
import type { LevelSeries } from "./level_variables.ts";
import { keptSeries } from "./kept_level.ts";
import type { LevelInterpolation } from "./semi_lagrangian_state.ts";
import { timeHistoryOptionNames, type TimeHistoryOptions } from "./time_steps.ts";

/** How a {@link SemiLagrangianDDt} is made. */
export interface SemiLagrangianDDtOptions extends TimeHistoryOptions {
  /**
   * A mesh variable of `dim` components on the same mesh, which holds the velocity at the start of the
   * step when `updatePreSolve` is called; or a function `(x, y, z, out, t) => void`, which is code and
   * not state.
   */
  readonly velocity: MeshVariable | VectorFunction;
  /** Keeps values at departure points between those of the cell. Defaults to false. */
  readonly clip?: boolean;
  /**
   * The value that flows in, at the place and the time where a path crossed the boundary. Defaults to that
   * of the past field at the place, which is the Dirichlet value of its time; in `AdvectionDiffusion`, to the
   * Dirichlet value of the time of crossing, linear between both ends of the step.
   */
  readonly inflow?: FieldFunction;
  /**
   * Which field past values are interpolated from. `"kept"`, the default for continuous variables of degree 1
   * and 2, keeps one for several steps, so that errors do not grow as steps get shorter; `"newest"`
   * interpolates the newest field in every step.
   */
  readonly interpolation?: LevelInterpolation;
  /** The forcing of {@link SemiLagrangianDDt.relax}: a variable of the same kind on the same mesh. */
  readonly forcingHistory?: MeshVariable;
  /**
   * How the mesh moves. The mesh moves first in a step, then the history; both take the same dt. A velocity that is
   * a mesh variable is then that of the whole step, such as `velocity` of a `FreeSurface`, and `interpolation` is
   * `"newest"`. Left out, values go with the nodes where the mesh is deformed.
   */
  readonly motion?: MeshMotion;
}

/** The options that there are. */
export const semiLagrangianOptionNames: OptionNames<SemiLagrangianDDtOptions> = {
  ...timeHistoryOptionNames,
  velocity: true,
  clip: true,
  inflow: true,
  interpolation: true,
  forcingHistory: true,
  motion: true,
};

/**
 * The variables of a history besides past values, after everything about the options was checked.
 *
 * @throws {TypeError} when an option is of another kind.
 * @throws {RangeError} when the velocity or the forcing does not fit, or there is no such interpolation.
 */
export function checkedSeries(
  variable: MeshVariable,
  options: SemiLagrangianDDtOptions,
  order: number,
): LevelSeries[] {
  const { velocity, clip = false, inflow = null, forcingHistory = null } = options;
  readVelocity(velocity, variable.mesh, undefined, "SemiLagrangianDDt");
  requireKinds(clip, inflow);
  requireMotion("SemiLagrangianDDt", variable, options.motion);
  if (forcingHistory !== null) requireSameKind(variable, forcingHistory);
  const isKept = isToKeep(variable, options);
  const series = seriesOf(order, velocity, forcingHistory, isKept ? variable : null);
  if (options.motion !== undefined && order > 1) {
    series.push({ label: "mesh_shift", count: order - 1, like: options.motion.velocity });
  }
  return series;
}

/**
 * The variables of a history besides past values.
 *
 * @param kept The variable whose level is kept; null where the newest is interpolated.
 */
function seriesOf(
  order: number,
  velocity: MeshVariable | VectorFunction,
  forcing: MeshVariable | null,
  kept: MeshVariable | null,
): LevelSeries[] {
  const series: LevelSeries[] = [];
  if (typeof velocity !== "function") {
    series.push({ label: "velocity", count: Math.max(2, order), like: velocity });
  }
  if (forcing !== null) series.push({ label: "forcing_star", count: 1, like: forcing });
  if (kept !== null) series.push(...keptSeries(kept));
  return series;
}

/**
 * Whether a level of a variable is to be kept.
 *
 * @throws {RangeError} when there is no such interpolation, or not for such a variable.
 */
function isToKeep(
  { name, degree, continuous }: MeshVariable,
  { interpolation, motion }: SemiLagrangianDDtOptions,
): boolean {
  const canBeKept = degree > 0 && continuous && motion === undefined;
  if (interpolation === undefined) return canBeKept;
  if (interpolation === "newest") return false;
  if (interpolation === "kept" && canBeKept) return true;
  throw new RangeError(
    `SemiLagrangianDDt: interpolation is "newest", or "kept" for a continuous variable of degree 1 or 2 on a mesh ` +
      `without motion; got ` +
      `${JSON.stringify(interpolation)} for '${name}'`,
  );
}

/**
 * Refuses what is not the motion of the variable's mesh.
 *
 * @throws {TypeError} when it is not a motion.
 * @throws {RangeError} when it is that of another mesh.
 */
export function requireMotion(who: string, { mesh, name }: MeshVariable, motion: unknown): void {
  if (motion === undefined) return;
  if (!(motion instanceof MeshMotion)) {
    throw new TypeError(`${who}: motion is a MeshMotion, got ${describe(motion)}`);
  }
  if (motion.mesh === mesh) return;
  throw new RangeError(
    `${who}: '${motion.name}' is the motion of mesh '${motion.mesh.name}', '${name}' lives on '${mesh.name}'`,
  );
}

/**
 * Refuses values of another kind.
 *
 * @throws {TypeError} when `clip` is not a boolean, or `inflow` neither null nor a function.
 */
function requireKinds(clip: unknown, inflow: unknown): void {
  if (typeof clip !== "boolean") {
    throw new TypeError(`SemiLagrangianDDt: clip is true or false, got ${describe(clip)}`);
  }
  if (inflow !== null && typeof inflow !== "function") {
    throw new TypeError(
      `SemiLagrangianDDt: inflow is a function of position and time, got ${describe(inflow)}`,
    );
  }
}

/** Refuses a forcing of another kind than the variable. */
function requireSameKind(variable: MeshVariable, forcing: MeshVariable): void {
  requireVariable("SemiLagrangianDDt: forcingHistory", forcing);
  const same = forcing.mesh === variable.mesh && forcing.components === variable.components &&
    forcing.degree === variable.degree && forcing.continuous === variable.continuous;
  if (same) return;
  throw new RangeError(
    `SemiLagrangianDDt: the forcing '${forcing.name}' has to be of the same kind as '${variable.name}' and on the same mesh`,
  );
}
