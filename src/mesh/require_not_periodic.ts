/**
 * Refuses periodic meshes where something does not know them.
 *
 * @module
 */
import { PeriodicMeshError } from "../errors.ts";
import type { Mesh } from "./mesh.ts";

/**
 * Checks that a mesh is not periodic.
 *
 * @param what What was asked for; the message begins with it.
 * @throws {PeriodicMeshError} when it is.
 */
export function requireNotPeriodic(mesh: Pick<Mesh, "name" | "periods">, what: string): void {
  if (mesh.periods.shape[0] > 0) throw new PeriodicMeshError(what, mesh.name);
}
