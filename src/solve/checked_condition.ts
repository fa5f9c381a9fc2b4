/**
 * Checks of boundary conditions that users add.
 *
 * @module
 */
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { describe, requireNumber } from "../options.ts";
import { checkCoefficients, requireOne } from "./coefficient.ts";
import type { Condition } from "./conditions.ts";

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
