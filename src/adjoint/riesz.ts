/**
 * Gradients as fields.
 *
 * @module
 */
import { solveMass } from "../equation/formula_projection.ts";
import { geometryOf, haloOf } from "../mesh/mesh.ts";
import { letBeMissing, mayBeMissing, MeshVariable } from "../mesh/mesh_variable.ts";
import type { Riesz } from "./gradient_options.ts";

/**
 * A variable `${name}_gradient` with the gradient by a variable; made where there is none. Snapshots from before do
 * not have it, and fit all the same. Collective.
 *
 * @param slopes The derivatives by degrees of freedom, `[dofCount x components]`.
 * @throws {RangeError} when the mesh has a variable of that name that is not of a gradient before.
 */
export function gradientField(
  variable: MeshVariable,
  slopes: Float64Array,
  riesz: Riesz,
): MeshVariable {
  const field = fieldFor(variable), { mesh, components, degree, continuous } = variable;
  if (riesz === "coefficients") {
    field.data.set(slopes);
    return field;
  }
  const load = (k: number, b: Float64Array) => {
    for (let i = 0; i < b.length; i++) b[i] = slopes[i * components + k];
  };
  field.data.set(solveMass(variable, load, `the gradient by ${variable.name}`));
  const { rankMesh } = geometryOf(mesh).topology;
  if (rankMesh !== null) {
    haloOf(mesh, rankMesh.dofs(degree, continuous)).sync(field.data, components);
  }
  return field;
}

/**
 * Refuses a variable whose gradient would be put into one of the script's own.
 *
 * @throws {RangeError} when the mesh has a variable of that name that is not of a gradient before.
 */
export function requireFreeName({ mesh, name }: MeshVariable): void {
  const wanted = nameFor(name), known = mesh.variables.get(wanted);
  if (known === undefined || mayBeMissing(known)) return;
  throw new RangeError(
    `gradient: mesh '${mesh.name}' has a variable '${wanted}' of your own, and the gradient by '${name}' would be put ` +
      "there; give it another name, or remove it with mesh.removeVariable",
  );
}

function nameFor(name: string): string {
  return `${name}_gradient`;
}

function fieldFor(variable: MeshVariable): MeshVariable {
  requireFreeName(variable);
  const { mesh, name, components, degree, continuous } = variable;
  const known = mesh.variables.get(nameFor(name));
  if (known !== undefined) return known;
  const field = new MeshVariable(mesh, nameFor(name), { components, degree, continuous });
  letBeMissing(field);
  return field;
}
