import { freshFieldOf } from "../mesh/fresh_fields.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { MeshMotion } from "../mesh/mesh_motion.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { VectorFunction } from "../mesh/points.ts";
import { checkOptions, describe, type OptionNames } from "../options.ts";
import type { Motion } from "./passage.ts";
import { rungeKuttaScheme } from "./scheme.ts";
import { readVelocity, type Velocity } from "./velocity.ts";

/** How {@link Swarm.advect} steps. */
export interface AdvectOptions {
  /** Order of the Runge-Kutta scheme; defaults to 2. */
  readonly order?: 1 | 2 | 4;
  /**
   * The largest move of a particle in one sub-step, in units of `mesh.minRadius`; no limit by
   * default. The step is divided into equal sub-steps, as many as the largest speed at its start asks for.
   */
  readonly stepLimit?: number;
  /**
   * How the mesh moved in this step, before the particles: they start on the mesh as it was and end on the mesh as it
   * is, and a mesh variable gives the velocity at places that move with the mesh, of the whole step, such as `velocity`
   * of a `FreeSurface`. The order is 2 at most then.
   */
  readonly motion?: MeshMotion;
}

/** How particles are to move. */
export interface MotionPlan {
  /**
   * Says how the particles at hand move; called when they are about to. Collective.
   *
   * @param largestSpeed At the start of a motion, of the particles that this rank has then. Collective.
   */
  readonly move: (largestSpeed: (motion: Motion) => number) => Motion;
  /** How far the mesh moved before, `[nodeCount x dim]`; null where it rests. */
  readonly shift: Float64Array | null;
  /** How the mesh moves; null where nothing was said. */
  readonly motion: MeshMotion | null;
}

const optionNames: OptionNames<AdvectOptions> = { order: true, stepLimit: true, motion: true };

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
  const { order = 2, stepLimit, motion } = options;
  if (typeof dt !== "number") throw new TypeError(`advect: dt is a number, got ${describe(dt)}`);
  if (!Number.isFinite(dt)) throw new RangeError(`advect: dt has to be finite, got ${dt}`);
  rungeKuttaScheme(order);
  if (stepLimit !== undefined && !(stepLimit > 0 && stepLimit < Infinity)) {
    throw new RangeError(`advect: stepLimit is a positive number, got ${describe(stepLimit)}`);
  }
  if (motion !== undefined) requireMotionOf(mesh, motion, order);
  const at = readVelocity(velocity, mesh, freshFieldOf);
  const t = mesh.model.tracker.time, { comm } = mesh.model;
  const move = (largestSpeed: (motion: Motion) => number) => {
    let steps = 1;
    if (stepLimit !== undefined) {
      const speed = largestSpeed({ velocity: at, order, t, dt, steps: 1 });
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
  return { move, shift: motion?.during("advect", dt) ?? null, motion: motion ?? null };
}

function requireMotionOf(mesh: Mesh, motion: unknown, order: number): void {
  if (!(motion instanceof MeshMotion)) {
    throw new TypeError(`advect: motion is a MeshMotion, got ${describe(motion)}`);
  }
  if (motion.mesh !== mesh) {
    throw new RangeError(
      `advect: '${motion.name}' is the motion of mesh '${motion.mesh.name}', the particles are in '${mesh.name}'`,
    );
  }
  if (order <= 2) return;
  throw new RangeError(`advect: with a motion of the mesh the order is 1 or 2, got ${order}`);
}

/** How fast the nodes of a mesh move. Collective. */
export function velocityOfMesh({ velocity }: MeshMotion): Velocity {
  return readVelocity(velocity, velocity.mesh, freshFieldOf);
}
