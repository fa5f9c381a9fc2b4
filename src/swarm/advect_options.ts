import { allOrNone } from "../comm/collective_errors.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { type MeshVariable, wholeFieldOf } from "../mesh/mesh_variable.ts";
import type { VectorFunction } from "../mesh/points.ts";
import { checkOptions, describe, type OptionNames } from "../options.ts";
import type { Motion, Mover, MovingParticles } from "./mover.ts";
import { rungeKuttaScheme } from "./scheme.ts";
import { readVelocity } from "./velocity.ts";

/** How {@link Swarm.advect} steps. */
export interface AdvectOptions {
  /** Order of the Runge-Kutta scheme; defaults to 2. */
  readonly order?: 1 | 2 | 4;
  /**
   * The largest move of a particle in one sub-step, in units of `mesh.minRadius`; no limit by
   * default. The step is divided into equal sub-steps, as many as the largest speed at its start asks for.
   */
  readonly stepLimit?: number;
}

/** Says how the particles at hand move; called when they are about to. Collective. */
export type MotionPlan = (mover: Mover, moving: MovingParticles) => Motion;

const optionNames: OptionNames<AdvectOptions> = { order: true, stepLimit: true };

const mostSubSteps = 1e6;

/**
 * Checks the arguments of `advect`.
 *
 * @throws {TypeError} when one has the wrong type.
 * @throws {RangeError} when one has a bad value.
 */
export function planMotion(
  mesh: Mesh,
  velocity: MeshVariable | VectorFunction,
  dt: number,
  options: AdvectOptions,
): MotionPlan {
  checkOptions("advect", options, optionNames);
  const { order = 2, stepLimit } = options;
  if (typeof dt !== "number") throw new TypeError(`advect: dt is a number, got ${describe(dt)}`);
  if (!Number.isFinite(dt)) throw new RangeError(`advect: dt has to be finite, got ${dt}`);
  rungeKuttaScheme(order);
  if (stepLimit !== undefined && !(stepLimit > 0 && stepLimit < Infinity)) {
    throw new RangeError(`advect: stepLimit is a positive number, got ${describe(stepLimit)}`);
  }
  // With several ranks a field is gathered: particles pass through any cell within a step.
  const at = readVelocity(velocity, mesh, wholeFieldOf);
  const t = mesh.model.tracker.time, { comm } = mesh.model;
  return (mover, moving) => {
    let steps = 1;
    if (stepLimit !== undefined) {
      const speed = allOrNone(comm, () => mover.largestSpeed(moving, at, t));
      const own = Math.ceil(speed * Math.abs(dt) / (stepLimit * mesh.minRadius));
      steps = Math.max(1, comm.allreduce(own, "max"));
    }
    if (!(steps <= mostSubSteps)) {
      throw new RangeError(
        `advect: dt = ${dt} with stepLimit ${stepLimit} takes ${steps} sub-steps, more than ${mostSubSteps}; take a smaller dt or a larger limit`,
      );
    }
    return { velocity: at, order, t, dt: dt / steps, steps };
  };
}
