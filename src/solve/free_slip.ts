/**
 * Free slip along straight boundaries.
 *
 * @module
 */
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { facetMetrics, pointsOnFacets } from "./assembly/facets.ts";

/** Sines of angles below this are rounding errors. */
const parallel = 1e-10;

/**
 * The component of a vector field that is normal to a boundary.
 *
 * @throws {RangeError} when the boundary is not parallel to the axes, or the field is not a vector field.
 */
export function freeSlipComponent(variable: MeshVariable, boundary: string): number {
  const { mesh, components, name } = variable;
  const geometry = geometryOf(mesh);
  const { dim } = geometry.topology;
  const facets = geometry.topology.facetsOf(boundary);
  if (components !== dim) {
    throw new RangeError(
      `free slip needs a field of ${dim} components; '${name}' has ${components}`,
    );
  }
  const { inwards } = facetMetrics(geometry, facets, pointsOnFacets(dim, 2));
  const normal = new Float64Array(3);
  let axis = -1;
  for (let o = 0; o < inwards.length; o += dim) {
    normal.set(inwards.subarray(o, o + dim));
    const length = Math.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2);
    const along = normal.findIndex((value) => Math.abs(value) > (1 - parallel) * length);
    if (along < 0 || (axis >= 0 && along !== axis)) {
      throw new RangeError(
        `boundary "${boundary}" is not parallel to the axes; prescribe components with addDirichlet`,
      );
    }
    axis = along;
  }
  return Math.max(axis, 0);
}
