import { type Expression, isExpression } from "../expression/contract.ts";
import { type ColumnOf, sampleExpression } from "../mesh/functions.ts";
import { sayNames } from "../mesh/names.ts";
import { describe } from "../mesh/points.ts";
import type { Swarm } from "./swarm.ts";

/**
 * What names in expressions stand for, at the particles of `swarm`: x, y, z, t, parameters of the model,
 * variables of the swarm and of its mesh with one component.
 */
export function columnsAt(swarm: Swarm): ColumnOf {
  const { mesh } = swarm;
  const { model } = mesh;
  return (name) => {
    const axis = ["x", "y", "z"].indexOf(name);
    if (axis >= 0) return coordinate(swarm, axis);
    if (name === "t") return model.tracker.time;
    const own = swarm.variables.get(name), field = mesh.variables.get(name);
    const found = [
      model.parameters.has(name) && "a parameter",
      own?.components === 1 && "a variable of the swarm",
      field?.components === 1 && "a variable of the mesh",
    ].filter((what) => what !== false);
    if (found.length > 1) {
      throw new RangeError(`'${name}' is ${found.join(" and ")}; rename one of them`);
    }
    if (own?.components === 1) return Float64Array.from(own.data as ArrayLike<number>, Number);
    if (field?.components === 1) return field.evaluate(swarm.coordinates.data).data;
    if (model.parameters.has(name)) return parameterOf(swarm, name);
    throw unknownName(swarm, name);
  };
}

function coordinate({ mesh, count, coordinates }: Swarm, axis: number): Float64Array | number {
  const { dim } = mesh;
  if (axis >= dim) return 0;
  const column = new Float64Array(count);
  for (let i = 0; i < count; i++) column[i] = coordinates.data[i * dim + axis];
  return column;
}

function parameterOf({ mesh }: Swarm, name: string): number {
  const value = mesh.model.parameters.get(name);
  if (typeof value === "number") return value;
  throw new TypeError(`parameter '${name}' is ${describe(value)}; in an expression it is a number`);
}

function unknownName(swarm: Swarm, name: string): RangeError {
  const usable = [...swarm.variables.values(), ...swarm.mesh.variables.values()]
    .filter((variable) => variable.components === 1);
  return new RangeError(
    `'${name}' in the expression is not known; there are x, y, z, t, the parameters of the model, and variables with one component: ${
      sayNames(usable.map((variable) => variable.name))
    }`,
  );
}

/** Values of one number or expression per component, `[count x components]`. */
export function componentValues(
  values: readonly (number | bigint | Expression)[],
  column: ColumnOf,
  count: number,
): Float64Array {
  const out = new Float64Array(count * values.length);
  const scratch = new Float64Array(count);
  values.forEach((value, k) => {
    if (isExpression(value)) sampleExpression(value, column, count, scratch);
    else scratch.fill(Number(value));
    for (let i = 0; i < count; i++) out[i * values.length + k] = scratch[i];
  });
  return out;
}
