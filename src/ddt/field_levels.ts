/**
 * Past values of a mesh variable in mesh variables of their own.
 *
 * @module
 */
import { copyInto } from "../arrays.ts";
import type { FieldValue, MeshVariable } from "../mesh/mesh_variable.ts";
import {
  checkNames,
  type FieldLevelsState,
  fillLevels,
  shiftLevels,
  valuesOf,
  weightedSum,
} from "./level_variables.ts";
import { pastValues } from "./past_values.ts";
import type { PastLevels } from "./time_history.ts";
import type { TimeHistoryState } from "./time_steps.ts";

/**
 * One variable per past level, newest first.
 *
 * State: captured, the values by the mesh; `state` holds names.
 */
export class FieldLevels implements PastLevels<FieldValue, Float64Array, FieldLevelsState> {
  /** The variables that hold past values, newest first. */
  readonly variables: readonly MeshVariable[];
  readonly #variable: MeshVariable;
  readonly #companions: readonly MeshVariable[];
  readonly #carried: () => readonly Float64Array[];

  /**
   * @param variable The variable whose past it is.
   * @param variables Where the past values are, newest first.
   * @param companions What else the history keeps.
   * @param carried Past values at the degrees of freedom, as the new time sees them, newest first.
   */
  constructor(
    variable: MeshVariable,
    variables: readonly MeshVariable[],
    companions: readonly MeshVariable[],
    carried: () => readonly Float64Array[],
  ) {
    this.#variable = variable;
    this.variables = variables;
    this.#companions = companions;
    this.#carried = carried;
  }

  /** Every level becomes the current values. */
  restart(): void {
    fillLevels(this.variables, valuesOf(this.#variable));
  }

  /**
   * Takes known values.
   *
   * @throws {TypeError} when a value is nothing that `MeshVariable.set` takes.
   * @throws {RangeError} when a shape does not fit.
   */
  take(values: readonly FieldValue[], steps: readonly number[]): void {
    const known = pastValues(this.#variable, values, steps);
    this.variables.forEach((level, j) => copyInto(level.data, known[j]));
  }

  /** The current values become the newest level. */
  shift(): void {
    shiftLevels(this.variables);
    copyInto(this.variables[0].data, valuesOf(this.#variable));
  }

  /** `[dofCount x components]`, new memory. */
  sum(tables: readonly Float64Array[], isWithCurrent: boolean): Float64Array {
    const all = tables[tables.length - 1];
    const out = new Float64Array(this.#variable.dofCount * this.#variable.components);
    return isWithCurrent
      ? weightedSum(all, [valuesOf(this.#variable), ...this.#carried()], out)
      : weightedSum(all.subarray(1), this.#carried(), out);
  }

  /** The names of the mesh and of the variables. */
  get state(): FieldLevelsState {
    return {
      mesh: this.#variable.mesh.name,
      variable: this.#variable.name,
      psiStar: this.variables.map(({ name }) => name),
      companions: this.#companions.map(({ name }) => name),
    };
  }

  /** Names stay as they are: `check` made sure that they are the same. */
  set state(_state: FieldLevelsState) {}

  /**
   * Refuses names that differ.
   *
   * @throws {StateSchemaError} when one does.
   */
  check(bearer: string, state: FieldLevelsState & TimeHistoryState): void {
    checkNames(bearer, state, this.state);
  }
}
