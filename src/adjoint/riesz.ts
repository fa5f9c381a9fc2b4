/**
 * Gradients as fields.
 *
 * @module
 */
import { solveMass } from "../equation/formula_projection.ts";
import { geometryOf, haloOf } from "../mesh/mesh.ts";
import { letBeMissing, MeshVariable } from "../mesh/mesh_variable.ts";
import type { Riesz } from "./gradient_options.ts";

/**
 * A variable `${name}_gradient` with the gradient by a variable; made where there is none. Snapshots from before do
 * not have it, and fit all the same. Collective.
 *
 * @param slopes The derivatives by degrees of freedom, `[dofCount x components]`.
 * @throws {RangeError} when the mesh has another kind of variable of that name.
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

function fieldFor({ mesh, name, components, degree, continuous }: MeshVariable): MeshVariable {
  const wanted = `${name}_gradient`, known = mesh.variables.get(wanted);
  if (known === undefined) {
    const field = new MeshVariable(mesh, wanted, { components, degree, continuous });
    letBeMissing(field);
    return field;
  }
  const isSame = known.components === components && known.degree === degree &&
    known.continuous === continuous;
  if (isSame) return known;
  throw new RangeError(
    `gradient: mesh '${mesh.name}' has a variable '${wanted}' of another kind than '${name}', whose gradient would ` +
      `be put there; remove it with removeVariable`,
  );
}
