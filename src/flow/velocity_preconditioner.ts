/**
 * The multigrid of the viscous block, kept with its matrix.
 *
 * @module
 */
import { haloOf } from "../mesh/mesh.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import type { Preconditioner } from "../solve/linear/operator.ts";
import { jointly } from "../solve/ranks/joint_builds.ts";
import type { BoundaryFrames } from "./boundary_frames.ts";
import { RankVelocityMultigrid } from "./rank_velocity_multigrid.ts";
import type { FreeStokes } from "./stokes_operators.ts";
import { velocityMultigrid } from "./velocity_multigrid.ts";

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
  if (ranks === null) return slot.alone ??= velocityMultigrid(a, levels);
  const { comm } = ranks;
  const build = jointly(comm, slot.joint, () => {
    const indexMap = topology.rankMesh!.dofs(map.degree, map.continuous);
    const part = topology.rankMesh!, halo = haloOf(mesh, indexMap);
    return new RankVelocityMultigrid(a, { ...levels, part, indexMap, halo, comm });
  });
  slot.joint = build;
  return build.made;
}
