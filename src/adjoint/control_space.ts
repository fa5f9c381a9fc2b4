/**
 * The controls of an objective as one vector.
 *
 * @module
 */
import { type MassRows, massRows } from "../equation/formula_projection.ts";
import { fieldOf, MeshVariable } from "../mesh/mesh_variable.ts";
import type { Model } from "../model/model.ts";
import type { Control, Riesz } from "./gradient_options.ts";

/** A control with its place in the vector. */
interface Slot {
  readonly control: Control;
  readonly start: number;
  readonly length: number;
  /** For the product of fields; null for numbers and coefficients. */
  readonly mass: MassRows | null;
  /** How many entries are of this rank; they come first. */
  readonly owned: number;
}

/** All controls: variables with ghosts, and numbers. */
export class ControlSpace {
  readonly #model: Model;
  readonly #slots: readonly Slot[];
  /** Entries of a vector on this rank. */
  readonly length: number;

  /** Collective. */
  constructor(model: Model, controls: readonly Control[], riesz: Riesz) {
    this.#model = model;
    let start = 0;
    this.#slots = controls.map((control): Slot => {
      if (!(control instanceof MeshVariable)) {
        return { control, start: start++, length: 1, mass: null, owned: 1 };
      }
      const { dofCount, ownedDofCount, components } = control;
      const mass = riesz === "L2" ? massRows(control) : null;
      const length = dofCount * components;
      start += length;
      return { control, start: start - length, length, mass, owned: ownedDofCount * components };
    });
    this.length = start;
  }

  /** The values that the controls have, or others of the same kinds. */
  gather(
    values: readonly (Control | number)[] = this.#slots.map(({ control }) => control),
  ): Float64Array {
    const out = new Float64Array(this.length);
    this.#slots.forEach(({ start }, k) => {
      const value = values[k];
      if (value instanceof MeshVariable) {
        const { data } = fieldOf(value);
        if (data !== null) out.set(data, start);
      } else out[start] = typeof value === "number" ? value : this.#model.parameters.get(value);
    });
    return out;
  }

  /** Gives the controls the values of a vector. */
  set(vector: Float64Array): void {
    for (const { control, start, length } of this.#slots) {
      if (control instanceof MeshVariable) control.data.set(vector.subarray(start, start + length));
      else this.#model.parameters.set(control, vector[start]);
    }
  }

  /** The product of two vectors: integrals of products of fields, or of coefficients, and products of numbers. Collective. */
  readonly inner = (a: Float64Array, b: Float64Array): number => {
    let numbers = 0, fields = 0;
    for (const { control, start, length, mass, owned } of this.#slots) {
      if (!(control instanceof MeshVariable)) numbers += a[start] * b[start];
      else if (mass === null) {
        for (let i = start; i < start + owned; i++) fields += a[i] * b[i];
      } else {
        fields += massProduct(
          mass,
          control.components,
          a.subarray(start, start + length),
          b.subarray(start, start + length),
        );
      }
    }
    const { comm } = this.#model;
    return numbers + (comm.size === 1 ? fields : comm.allreduce(fields));
  };
}

function massProduct(
  { rows }: MassRows,
  components: number,
  a: Float64Array,
  b: Float64Array,
): number {
  let sum = 0;
  const column = new Float64Array(b.length / components), image = new Float64Array(rows.rows);
  for (let k = 0; k < components; k++) {
    for (let i = 0; i < column.length; i++) column[i] = b[i * components + k];
    rows.multiply(column, image);
    for (let i = 0; i < image.length; i++) sum += a[i * components + k] * image[i];
  }
  return sum;
}
