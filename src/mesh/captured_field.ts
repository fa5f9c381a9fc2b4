/**
 * One field of a mesh that any number of ranks captured, for a variable of the same kind on the same mesh.
 *
 * @module
 */
import type { CapturedParts } from "../snapshot/captured_parts.ts";
import { CapturedRows } from "./captured_rows.ts";
import { isTopologyInParts } from "./captured_topology.ts";
import { isAt } from "./coming_places.ts";
import { geometryOf } from "./mesh.ts";
import type { MeshVariable } from "./mesh_variable.ts";
import { capturedPlaces } from "./redistribute_mesh.ts";
import { dofIdsPath, meshPaths, meshVariablePath, storedField } from "./stored.ts";

/**
 * The captured values for a variable, ghosts included, `[dofCount x components]`. Collective; every rank reads its
 * share.
 *
 * @param key The key of the mesh in the captures.
 * @param name The name of the field there.
 * @returns null on all ranks where mesh or kind differ in anything.
 * @throws {SnapshotInvalidatedError} when the captures do not belong together.
 */
export function capturedField(
  variable: MeshVariable,
  parts: CapturedParts,
  key: string,
  name: string,
): Float64Array | null {
  const { degree, continuous, components, mesh } = variable, path = meshVariablePath(name);
  const head = parts.heads[0].get(`${key}/${path}`), geometry = geometryOf(mesh);
  const { topology } = geometry, { rankMesh, dim } = topology;
  if (rankMesh === null || head?.elements !== "float64") return null;
  const kind = storedField(head);
  const same = kind.degree === degree && kind.continuous === continuous &&
    kind.components === components;
  const hasMiddles = parts.heads[0].get(`${key}/${meshPaths.middles}`) !== undefined;
  if (!same || hasMiddles !== (geometry.degree === 2)) return null;
  if (!isTopologyInParts(topology, parts, key)) return null;
  const rows = new CapturedRows(parts, key);
  const here = isAt(geometry, topology, capturedPlaces(rankMesh, rows, dim, hasMiddles));
  if (parts.comm.allreduce(here ? 1 : 0, "min") === 0) return null;
  const dofs = rankMesh.dofs(degree, continuous);
  return rows.bring(path, dofIdsPath(degree, continuous), dofs, components) as Float64Array;
}
