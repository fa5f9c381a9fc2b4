/**
 * Derivatives of an objective by the values that a model has at one moment of its run.
 *
 * @module
 */
import { geometryOf, haloOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { addScaled } from "../solve/linear/vectors.ts";

/** What derivatives are wanted by; everything else is constant. */
export interface Wanted {
  /** Controls, unknowns and their earlier values. */
  readonly variables: ReadonlySet<MeshVariable>;
  /** Parameters that are controls. */
  readonly parameters: readonly string[];
}

/** Derivatives that are added up while the run goes backwards. */
export class Adjoints {
  readonly #fields = new Map<MeshVariable, Float64Array>();
  readonly #parameters = new Map<string, number>();

  /** By the degrees of freedom of a variable, `[dofCount x components]`; live. */
  of(variable: MeshVariable): Float64Array {
    let values = this.#fields.get(variable);
    if (values === undefined) {
      values = new Float64Array(variable.dofCount * variable.components);
      this.#fields.set(variable, values);
    }
    return values;
  }

  /** The same, after which it is zero: the variable is about to have other values. Null where it is zero. */
  take(variable: MeshVariable): Float64Array | null {
    const values = this.#fields.get(variable) ?? null;
    this.#fields.delete(variable);
    return values;
  }

  /**
   * Adds a derivative that is complete for the degrees of freedom of this rank. Collective.
   *
   * @param values `[dofCount x components]`; ghosts are overwritten.
   */
  add(variable: MeshVariable, values: Float64Array, factor = 1): void {
    const { mesh, degree, continuous, components } = variable;
    const { rankMesh } = geometryOf(mesh).topology;
    if (rankMesh !== null) haloOf(mesh, rankMesh.dofs(degree, continuous)).sync(values, components);
    addTimes(this.of(variable), values, factor);
  }

  /** The part of this rank of the derivative by a parameter. */
  parameter(name: string): number {
    return this.#parameters.get(name) ?? 0;
  }

  /** Adds to the part of this rank. */
  addParameter(name: string, value: number): void {
    this.#parameters.set(name, this.parameter(name) + value);
  }

  /** Adds all of another one. */
  merge(other: Adjoints): void {
    for (const [variable, values] of other.#fields) addTimes(this.of(variable), values, 1);
    for (const [name, value] of other.#parameters) this.addParameter(name, value);
  }
}

/** `to += factor * values`; nothing where there are no values. */
export function addTimes(to: Float64Array, values: Float64Array | null, factor: number): void {
  if (values !== null) addScaled(to, factor, values, to.length);
}
