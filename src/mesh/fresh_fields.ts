/**
 * Fields as their owners have them: on several ranks, ghosts are part of the state and may be older than what they are
 * copies of, so whoever reads them takes a fresh copy.
 *
 * @module
 */
import type { Field } from "./interpolate.ts";
import { geometryOf, haloOf } from "./mesh.ts";
import { fieldOf, type MeshVariable } from "./mesh_variable.ts";

/**
 * Values of a variable, `[dofCount x components]`, with ghosts as their owners have them: a copy, or the array itself on
 * one rank. Collective.
 *
 * @param values Of the variable's kind, as its own.
 */
export function freshValuesOf(variable: MeshVariable, values: Float64Array): Float64Array {
  const { mesh, degree, continuous, components } = variable;
  const { rankMesh } = geometryOf(mesh).topology;
  if (rankMesh === null) return values;
  const fresh = values.slice();
  haloOf(mesh, rankMesh.dofs(degree, continuous)).sync(fresh, components);
  return fresh;
}

/** The field with ghosts as their owners have them, in this rank's cells. Collective. */
export function freshFieldOf(variable: MeshVariable): Field {
  const field = fieldOf(variable), { mesh, components, dofCount } = variable, { comm } = mesh.model;
  if (comm.size === 1) return field;
  if (comm.allreduce(variable.allocated ? 1 : 0, "max") === 0) return field;
  const data = field.data ?? new Float64Array(dofCount * components);
  return { ...field, data: freshValuesOf(variable, data) };
}

/** Values at all degrees of freedom of this rank, `[dofCount x width]`, from those that each rank owns. Collective. */
export function ownedWithGhosts(
  { mesh, degree, continuous, dofCount }: MeshVariable,
  owned: Float64Array,
  width: number,
): Float64Array {
  const { rankMesh } = geometryOf(mesh).topology;
  if (rankMesh === null) return owned;
  const out = new Float64Array(dofCount * width);
  out.set(owned);
  haloOf(mesh, rankMesh.dofs(degree, continuous)).sync(out, width);
  return out;
}
