/**
 * Checks of boundary conditions that users add, and which component free slip along a straight boundary holds.
 *
 * @module
 */
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { describe, requireNumber } from "../options.ts";
import { checkCoefficients, requireOne } from "./coefficient.ts";
import type { Condition } from "./conditions.ts";
import { facetMetrics, pointsOnFacets } from "./assembly/facets.ts";

/**
 * A condition with everything about it checked.
 *
 * @param component The component it is for; null for all of them.
 * @param who The name of the solver.
 * @throws {RangeError} when there is no such boundary or component, or a number is not finite or negative.
 * @throws {TypeError} when a value is nothing that a coefficient can be.
 */
export function checkedCondition(
  { mesh, components, name }: MeshVariable,
  condition: Condition,
  who: string,
): Condition {
  const { kind, boundary, component, value, transfer } = condition;
  if (typeof boundary !== "string") {
    throw new TypeError(
      `${who}: the boundary of a condition is given by its name, got ${describe(boundary)}`,
    );
  }
  geometryOf(mesh).topology.facetsOf(boundary);
  if (component !== null) requireNumber(`${who}: component`, component);
  if (component !== null && !(Number.isInteger(component) && component >= 0)) {
    throw new RangeError(`${who}: component ${component} is not a whole number from 0`);
  }
  if (component !== null && component >= components) {
    throw new RangeError(`${who}: component ${component} of '${name}', which has ${components}`);
  }
  const wide = component === null ? components : 1;
  checkCoefficients(value, wide, mesh, `${who}: ${kind} value on ${boundary}`);
  requireOne(transfer, `${who}: transfer on ${boundary}`);
  checkCoefficients(transfer, 1, mesh, `${who}: transfer on ${boundary}`);
  if (typeof transfer === "number" && transfer < 0) {
    throw new RangeError(`${who}: the transfer coefficient ${transfer} is negative`);
  }
  return condition;
}

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
