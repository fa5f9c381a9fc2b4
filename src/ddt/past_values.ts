/**
 * Values of past levels, as users give them to start a history.
 *
 * @module
 */
import { isExpression } from "../expression/contract.ts";
import { dofValues } from "../mesh/dof_values.ts";
import { fieldOf, type FieldValue, type MeshVariable } from "../mesh/mesh_variable.ts";
import type { FieldFunction } from "../mesh/points.ts";

/**
 * The values at the degrees of freedom, newest level first.
 *
 * @param steps Between the levels: functions and expressions see the time of their level.
 * @throws {TypeError} when a value is nothing that `MeshVariable.set` takes.
 * @throws {RangeError} when a shape does not fit, or an expression has an unknown name.
 */
export function pastValues(
  variable: MeshVariable,
  values: readonly FieldValue[],
  steps: readonly number[],
): Float64Array[] {
  const { time } = variable.mesh.model.tracker;
  let age = 0;
  return values.map((value, j) => {
    if (j > 0) age += steps[j - 1];
    return dofValues(variable, valueAt(value, time, age), fieldOf);
  });
}

/** The same value, as it was at the time `time - age`. */
function valueAt(value: FieldValue, time: number, age: number): FieldValue {
  if (age === 0) return value;
  if (isExpression(value)) return value.substitute({ t: time - age });
  if (typeof value === "function") {
    const f = value as (x: number, y: number, z: number, o: unknown, t?: number) => number | void;
    // t is the fourth argument where there is one component, and the fifth where there are several.
    const earlier: unknown = (x: number, y: number, z: number, o: unknown, t?: number) =>
      t === undefined ? f(x, y, z, time - age) : f(x, y, z, o, time - age);
    return earlier as FieldFunction;
  }
  if (Array.isArray(value)) {
    const parts = value as readonly unknown[];
    return parts.map((one) => isExpression(one) ? one.substitute({ t: time - age }) : one) as
      & FieldValue
      & readonly number[];
  }
  return value;
}
