/**
 * The degrees of freedom that a rank owns: it works out what becomes of them.
 *
 * @module
 */
import { locatedDofs } from "../mesh/located_dofs.ts";
import { selectPoints } from "../mesh/located_points.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { FoundPoints } from "../mesh/point_search.ts";

/** Where degrees of freedom are. */
export interface OwnedDofs {
  readonly points: FoundPoints;
  /** `[count x dim]`. */
  readonly coordinates: Float64Array;
}

/**
 * The degrees of freedom that this rank owns, or some of them, each in the lowest cell that has it: the owner of that
 * cell owns them too.
 *
 * @param which Their numbers; defaults to all that this rank owns.
 */
export function ownedDofs(
  variable: MeshVariable,
  which: readonly number[] | null = null,
): OwnedDofs {
  const { mesh, ownedDofCount, dofCount } = variable;
  const all = locatedDofs(geometryOf(mesh), variable), { rankMesh } = geometryOf(mesh).topology;
  const isAll = which === null && ownedDofCount === dofCount;
  const rows = which ?? Array.from({ length: ownedDofCount }, (_, dof) => dof);
  const { count, cells: locals, barycentric, coordinates } = isAll ? all : selectPoints(all, rows);
  const rank = mesh.model.comm.rank;
  const cells = rankMesh === null ? locals : locals.map((cell) => rankMesh.cells.ids[cell]);
  const ranks = new Int32Array(count).fill(rank);
  return { points: { count, cells, ranks, locals, barycentric }, coordinates };
}
