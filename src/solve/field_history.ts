/**
 * The history of a field that a solver keeps for itself. The newest known values are the field's own, so
 * that one level less is stored than by `EulerianDDt`.
 *
 * @module
 */
import { copyInto } from "../arrays.ts";
import { shiftLevels, valuesOf, weightedSum } from "../ddt/level_variables.ts";
import { pastValues } from "../ddt/past_values.ts";
import { relativeSize } from "../ddt/step_errors.ts";
import { refuser } from "../ddt/step_checks.ts";
import { type PastLevels, TimeHistory } from "../ddt/time_history.ts";
import type { TimeHistoryOptions, TimeHistoryState } from "../ddt/time_steps.ts";
import { type FieldValue, MeshVariable } from "../mesh/mesh_variable.ts";
import type { ModelHost } from "../mesh/model_host.ts";

/** What the state of a field's history says besides the steps. */
export interface EarlierLevelsState {
  /** The variables that hold earlier values than the field itself, newest first. */
  readonly psiStar: readonly string[];
}

/** The state of a history that a solver keeps for itself. */
export interface FieldHistoryState extends TimeHistoryState, EarlierLevelsState {}

/** `{variable}_{owner}_1`, ...: where earlier values are, newest first. */
export function earlierNames(variable: MeshVariable, owner: string, order: number): string[] {
  return Array.from({ length: order - 1 }, (_, k) => `${variable.name}_${owner}_${k + 1}`);
}

/**
 * Past values as the field's own at the start of the step, and those in further variables, which take no
 * memory before use.
 *
 * State: captured, the values by the mesh; no save can happen within a step of a solver.
 */
class EarlierLevels implements PastLevels<FieldValue, Float64Array, EarlierLevelsState> {
  readonly variables: readonly MeshVariable[];
  readonly #field: MeshVariable;
  /** The values of the field when the step began; null between steps. */
  #start: Float64Array | null = null;

  constructor(field: MeshVariable, owner: string, order: number) {
    const { mesh, components, degree, continuous, transfer } = field;
    this.#field = field;
    this.variables = earlierNames(field, owner, order).map((name) =>
      new MeshVariable(mesh, name, { components, degree, continuous, transfer })
    );
  }

  /** The field is all that is known. */
  restart(): void {}

  take(values: readonly FieldValue[], steps: readonly number[]): void {
    const known = pastValues(this.#field, values, steps);
    [this.#field, ...this.variables].forEach((level, j) => copyInto(level.data, known[j]));
  }

  /** Keeps the values of the field at the start of a step, or drops them. */
  keepStart(isInStep: boolean): void {
    this.#start = isInStep ? valuesOf(this.#field).slice() : null;
  }

  shift(): void {
    if (this.variables.length === 0) return;
    const empty = this.variables.findIndex(({ allocated }) => !allocated);
    shiftLevels(empty < 0 ? this.variables : this.variables.slice(0, empty + 1));
    copyInto(this.variables[0].data, this.#start!);
  }

  sum(tables: readonly Float64Array[], isWithCurrent: boolean): Float64Array {
    const all = tables[tables.length - 1], current = valuesOf(this.#field);
    const past = [this.#start ?? current, ...this.variables.map(valuesOf)];
    const out = new Float64Array(current.length);
    return isWithCurrent
      ? weightedSum(all, [current, ...past], out)
      : weightedSum(all.subarray(1), past, out);
  }

  get state(): EarlierLevelsState {
    return { psiStar: this.variables.map(({ name }) => name) };
  }

  set state(_state: EarlierLevelsState) {}

  check(bearer: string, { psiStar }: EarlierLevelsState): void {
    const live = this.state.psiStar;
    if (Array.isArray(psiStar) && psiStar.join("\n") === live.join("\n")) return;
    refuser(bearer)(`psiStar is [${psiStar}] in the state and [${live}] here`);
  }
}

/**
 * The history of a field in its own solver.
 *
 * State: captured, by the solver that owns the history.
 */
export class FieldHistory extends TimeHistory<FieldValue, Float64Array, EarlierLevelsState> {
  readonly name: string;
  readonly #owner: { readonly name: string };
  readonly #field: MeshVariable;
  protected override readonly past: EarlierLevels;

  /**
   * Makes `order - 1` variables, see {@link earlierNames}, on the mesh.
   *
   * @param field The field.
   * @param owner The solver.
   * @throws {RangeError} when the mesh has a variable of that name.
   */
  constructor(
    field: MeshVariable,
    owner: { readonly name: string },
    options: Omit<TimeHistoryOptions, "name">,
  ) {
    const { name } = owner;
    super(name, options);
    this.name = name;
    this.#owner = owner;
    this.#field = field;
    this.past = new EarlierLevels(field, name, this.order);
  }

  protected override get bearer(): { readonly name: string } {
    return this.#owner;
  }

  protected override get model(): ModelHost {
    return this.#field.mesh.model;
  }

  protected override prepare(_dt: number): () => void {
    return () => this.past.keepStart(true);
  }

  protected override dropDerived(): void {
    this.past.keepStart(false);
  }

  protected override errorOf(tables: readonly Float64Array[]): number {
    return relativeSize(this.past.sum(tables, true), this.#field);
  }

  /** The variables that hold earlier values. */
  get variables(): readonly MeshVariable[] {
    return this.past.variables;
  }

  /** The factors of past values in the time derivative, newest first, for an order that is in force. */
  pastCoefficients(order: number): Float64Array {
    return this.steps.bdf(`${this.name}.pastCoefficients`, order).at(-1)!.slice(1);
  }

  /** The factor of the unknown in the time derivative, for an order that is in force. */
  leadingCoefficient(order: number): number {
    return this.steps.bdf(`${this.name}.leadingCoefficient`, order).at(-1)![0];
  }
}
