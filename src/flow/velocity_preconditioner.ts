/**
 * The multigrid of the viscous block, kept with its matrix.
 *
 * @module
 */
import { haloOf, wholeGeometryOf } from "../mesh/mesh.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import type { Preconditioner } from "../solve/linear/operator.ts";
import type { BoundaryFrames } from "./boundary_frames.ts";
import { RankVelocityMultigrid } from "./rank_velocity_multigrid.ts";
import type { FreeStokes } from "./stokes_operators.ts";
import { velocityMultigrid } from "./velocity_multigrid.ts";

/** How many the ranks of this process have made together: the same number on all of them. */
const builds = new WeakMap<object, number>();

/**
 * The one made before, or a new one. Ranks keep what they made together, and make it again where the matrix of one
 * of them is another. Collective.
 *
 * @param modes The rigid motions in the frames of the nodes.
 */
export function multigridOf(
  frame: FieldFrame,
  { a, multigrid: slot }: FreeStokes,
  frames: BoundaryFrames,
  modes: Float64Array,
): Preconditioner {
  const { geometry: { topology }, map, ranks, variable: { mesh } } = frame;
  const levels = { topology, map, frames, modes };
  if (ranks === null) return slot.made ??= velocityMultigrid(a, levels);
  const { comm } = ranks;
  const first = -comm.allreduce(-slot.build, "max"), last = comm.allreduce(slot.build, "max");
  if (slot.made !== null && first === last && first > 0) return slot.made;
  slot.build = (builds.get(comm) ?? 0) + 1;
  builds.set(comm, slot.build);
  const indexMap = topology.rankMesh!.dofs(map.degree, map.continuous);
  const whole = wholeGeometryOf(mesh).topology, halo = haloOf(mesh, indexMap);
  return slot.made = new RankVelocityMultigrid(a, { ...levels, whole, indexMap, halo, comm });
}
