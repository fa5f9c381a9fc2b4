/**
 * Values of fields at points on any rank: points go to the rank that owns their cell, values come back.
 *
 * @module
 */
import { type Mesh, placesIn } from "./mesh.ts";
import { noteOutside } from "./outside_points.ts";
import type { PointKernel } from "./places.ts";

/**
 * Rows of values at `count` points, `[count x width]`; NaN outside of the mesh. Each is made by the owner of
 * the cell that the point belongs to in the whole mesh. Collective.
 *
 * @param points `[count x dim]`.
 */
export function valuesAt(
  mesh: Mesh,
  points: Float64Array,
  width: number,
  kernel: PointKernel,
): Float64Array {
  const places = placesIn(mesh), found = places.find(points);
  const values = places.read(found, width, kernel);
  noteOutside(mesh, points, found.cells, values);
  return values;
}
