/**
 * Earlier values of a field, kept in mesh variables, so that they are saved and transferred with the
 * mesh like any other field.
 *
 * @module
 */
import { StateSchemaError } from "../errors.ts";
import { geometryOf } from "../mesh/mesh.ts";
import { fieldOf, MeshVariable } from "../mesh/mesh_variable.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import { checkCoefficients, type Coefficients, sampleAll } from "./coefficient.ts";

/** Steps before the newest that are remembered for the rule of sustained growth. */
const remembered = 2;

/** `{variable}_{owner}_1`, ...: where earlier values are. */
export function historyNames(variable: MeshVariable, owner: string, depth: number): string[] {
  return Array.from({ length: depth }, (_, k) => `${variable.name}_${owner}_${k + 1}`);
}

/**
 * Values before the present ones, newest first, and the steps between them.
 *
 * State: captured, the values by the mesh, the steps by the solver that owns the history.
 */
export class FieldHistory {
  readonly #variable: MeshVariable;
  readonly #levels: MeshVariable[] = [];
  #steps: number[] = [];

  /**
   * Makes `depth` variables, see {@link historyNames}, on the mesh; they take no memory before use.
   *
   * @param variable The field.
   * @param owner The name of the solver.
   * @param depth How many earlier values are kept.
   * @throws {RangeError} when the mesh has a variable of that name.
   */
  constructor(variable: MeshVariable, owner: string, depth: number) {
    this.#variable = variable;
    const { mesh, components, degree, continuous } = variable;
    for (const name of historyNames(variable, owner, depth)) {
      this.#levels.push(new MeshVariable(mesh, name, { components, degree, continuous }));
    }
  }

  /** The variables that hold values. */
  get variables(): readonly MeshVariable[] {
    return this.#levels;
  }

  /** Steps taken, newest first; one value is known for each up to the depth. */
  get steps(): readonly number[] {
    return this.#steps;
  }

  /** How many earlier values there are. */
  get count(): number {
    return Math.min(this.#steps.length, this.#levels.length);
  }

  /** The names of the variables that hold values. */
  get names(): string[] {
    return this.#levels.map(({ name }) => name);
  }

  /** The values k steps before the present ones, k from 1; not to be written. */
  values(k: number): Float64Array {
    const level = this.#levels[k - 1];
    return fieldOf(level).data ?? new Float64Array(level.dofCount * level.components);
  }

  /** Moves everything one step back: `values` are what the field held before the step. */
  push(values: Float64Array, step: number): void {
    for (let k = this.#levels.length - 1; k > 0; k--) {
      if (k <= this.count) this.#levels[k].data.set(this.values(k));
    }
    if (this.#levels.length > 0) this.#levels[0].data.set(values);
    this.#steps = [step, ...this.#steps].slice(0, Math.max(remembered, this.#levels.length));
  }

  /**
   * Takes known values, so that the next step has full order.
   *
   * @param levels Newest first; functions are called with the time of their level.
   * @param steps From the present to the first level, to the second, ...
   * @throws {RangeError} when there are not as many steps as levels, or a step is not positive.
   */
  initialise(levels: readonly (Coefficients | Float64Array)[], steps: readonly number[]): void {
    const { mesh, components, dofCount, degree, continuous, name } = this.#variable;
    if (levels.length !== steps.length || levels.length > this.#levels.length) {
      throw new RangeError(
        `initialiseHistory: '${name}' takes up to ${this.#levels.length} earlier values with as ` +
          `many steps, got ${levels.length} and ${steps.length}`,
      );
    }
    let t = mesh.model.tracker.time;
    const known = levels.map((level, k) => {
      if (!(steps[k] > 0 && steps[k] < Infinity)) {
        throw new RangeError(
          `initialiseHistory: step ${k} is ${steps[k]}, not positive and finite`,
        );
      }
      t -= steps[k];
      if (level instanceof Float64Array) {
        if (level.length === dofCount * components) return level;
        throw new RangeError(
          `initialiseHistory: '${name}' has ${dofCount} x ${components} values, got ${level.length}`,
        );
      }
      const what = `initialiseHistory: level ${k}`;
      checkCoefficients(level, components, mesh, what);
      const geometry = geometryOf(mesh);
      const points = () => locatedDofs(geometry, { degree, continuous });
      const columns = sampleAll(level, components, points, { mesh, t, what });
      const out = new Float64Array(dofCount * components);
      for (let i = 0; i < out.length; i++) {
        const column = columns[i % components];
        out[i] = typeof column === "number" ? column : column[(i / components) | 0];
      }
      return out;
    });
    known.forEach((values, k) => this.#levels[k].data.set(values));
    this.#steps = [...steps];
  }

  /**
   * Checks steps that a state holds; returns what puts them back.
   *
   * @throws {StateSchemaError} when they are not what this history could have.
   */
  plan(steps: unknown, names: unknown, owner: string): () => void {
    const isList = Array.isArray(steps) && steps.every((h) => h > 0 && h < Infinity);
    if (!isList || steps.length > Math.max(remembered, this.#levels.length)) {
      throw new StateSchemaError(
        owner,
        `${owner}: ${String(steps)} are not the steps of a history`,
      );
    }
    if (!Array.isArray(names) || names.join() !== this.names.join()) {
      throw new StateSchemaError(
        owner,
        `${owner}: its history was in (${
          String(names)
        }) and is in (${this.names}); make it with the ` +
          `same order and name`,
      );
    }
    return () => this.#steps = [...steps];
  }
}
