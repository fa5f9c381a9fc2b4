/**
 * The values at the degrees of freedom that a user's value stands for.
 *
 * @module
 */
import { type Expression, isExpression } from "../expression/contract.ts";
import {
  type ColumnOf,
  isComponentList,
  sampleExpression,
  sampleScalar,
  sampleVector,
} from "./functions.ts";
import { columnsIn } from "./expression_names.ts";
import { evaluateInto, type Field } from "./interpolate.ts";
import { locatedDofs } from "./located_dofs.ts";
import { geometryOf } from "./mesh.ts";
import type { FieldValue, MeshVariable } from "./mesh_variable.ts";
import {
  type FieldFunction,
  isNdArray,
  type ScalarFunction,
  type VectorFunction,
} from "./points.ts";
import { describe } from "../options.ts";

/** How variables named in an expression are read. */
export type FieldAccess = (variable: MeshVariable) => Field;

/**
 * New memory, `[dofCount x components]`, or the Float64Array that was given.
 *
 * @throws {TypeError} when the value is of no kind that `set` takes.
 * @throws {RangeError} when a shape does not fit, or an expression has an unknown name.
 */
export function dofValues(
  variable: MeshVariable,
  value: FieldValue,
  fieldOf: FieldAccess,
): Float64Array {
  const { components, dofCount } = variable;
  if (value instanceof Float64Array) return checkLength(variable, value);
  const out = new Float64Array(dofCount * components);
  if (typeof value === "number") return out.fill(value);
  if (typeof value === "function") {
    sample(variable, value, out);
  } else if (isExpression(value)) {
    if (components !== 1) {
      throw new RangeError(
        `variable '${variable.name}' has ${components} components; give one expression for each: [a, b]`,
      );
    }
    fillComponents(variable, [value], fieldOf, out);
  } else if (isNdArray(value)) copyShaped(variable, value, out);
  else if (isComponentList(value)) fillComponents(variable, value, fieldOf, out);
  else {
    throw new TypeError(
      `variable '${variable.name}' is set to a number, a number or expression per component, a function, or ${out.length} numbers, got ${
        describe(value)
      }`,
    );
  }
  return out;
}

function checkLength(variable: MeshVariable, values: Float64Array): Float64Array {
  const { components, dofCount, name } = variable;
  if (values.length !== dofCount * components) {
    throw new RangeError(
      `variable '${name}' has ${dofCount} x ${components} values, got ${values.length}`,
    );
  }
  return values;
}

function sample(
  variable: MeshVariable,
  f: FieldFunction,
  out: Float64Array,
): void {
  const { mesh, degree, continuous, components } = variable;
  const points = geometryOf(mesh).dofCoordinates(degree, continuous);
  const { time } = mesh.model.tracker;
  if (components === 1) sampleScalar(f as ScalarFunction, points, mesh.dim, time, out);
  else sampleVector(f as VectorFunction, points, mesh.dim, time, components, out);
}

function copyShaped(
  variable: MeshVariable,
  value: { shape: number[]; get(...index: number[]): unknown },
  out: Float64Array,
): void {
  const { components, dofCount, name } = variable;
  const { shape } = value;
  const fits = shape[0] === dofCount &&
    (shape.length === 2 ? shape[1] === components : shape.length === 1 && components === 1);
  if (!fits) {
    throw new RangeError(
      `variable '${name}' has the shape [${dofCount}, ${components}], got [${shape.join(", ")}]`,
    );
  }
  for (let i = 0; i < dofCount; i++) {
    for (let a = 0; a < components; a++) {
      const item = shape.length === 1 ? value.get(i) : value.get(i, a);
      if (typeof item !== "number") {
        throw new TypeError(`variable '${name}' holds numbers, got ${describe(item)} in row ${i}`);
      }
      out[i * components + a] = item;
    }
  }
}

function fillComponents(
  variable: MeshVariable,
  values: readonly (number | Expression)[],
  fieldOf: FieldAccess,
  out: Float64Array,
): void {
  const { components, dofCount, name } = variable;
  if (values.length !== components) {
    throw new RangeError(
      `variable '${name}' has ${components} components, got ${values.length} values; a list is one value per component, all values at once are a Float64Array or an NdArray`,
    );
  }
  const column = columnsFor(variable, fieldOf);
  const scratch = new Float64Array(dofCount);
  values.forEach((value, a) => {
    if (typeof value === "number") scratch.fill(value);
    else sampleExpression(value, column, dofCount, scratch);
    for (let i = 0; i < dofCount; i++) out[i * components + a] = scratch[i];
  });
}

/** What the names in expressions stand for, at the degrees of freedom of `variable`. */
function columnsFor(variable: MeshVariable, fieldOf: FieldAccess): ColumnOf {
  const { mesh, degree, continuous } = variable, { model, variables } = mesh;
  let points: Float64Array | null = null;
  return columnsIn({
    what: `variable '${variable.name}'`,
    dim: mesh.dim,
    coordinates: () => points ??= geometryOf(mesh).dofCoordinates(degree, continuous),
    t: model.tracker.time,
    parameters: model.parameters,
    sources: [{
      owner: `mesh '${mesh.name}'`,
      variables,
      valuesOf: (name) => valuesAtDofs(fieldOf(variables.get(name)!), variable),
    }],
  });
}

/**
 * The values of `source` at the degrees of freedom of `target`; where cells meet and disagree, those
 * of the lowest cell.
 */
function valuesAtDofs(source: Field, target: MeshVariable): Float64Array {
  const { cells, barycentric, count } = locatedDofs(geometryOf(target.mesh), target);
  const out = new Float64Array(count);
  evaluateInto(source, cells, barycentric, count, out);
  return out;
}
