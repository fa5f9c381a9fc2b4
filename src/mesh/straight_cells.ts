/**
 * Says by name what works on straight cells alone.
 *
 * @module
 */
import { CurvedCellsError } from "../errors.ts";

/**
 * Refuses a mesh of degree 2, whether or not one of its cells is curved at present.
 *
 * @param what What was asked for, as the message begins.
 * @throws {CurvedCellsError} when the mesh has mid-side nodes.
 */
export function requireStraightCells(
  mesh: { readonly geometryDegree: 1 | 2; readonly name: string },
  what: string,
): void {
  if (mesh.geometryDegree === 2) throw new CurvedCellsError(what, mesh.name);
}
