/**
 * What the histories of mesh variables have in common; the flavours differ in how past values get to
 * the degrees of freedom.
 *
 * @module
 */
import { type FieldValue, MeshVariable } from "../mesh/mesh_variable.ts";
import { describe } from "../options.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import { requirePresent } from "../mesh/registered.ts";
import type { SnapshotPayload, StateValue } from "../snapshot/contract.ts";
import { FieldLevels } from "./field_levels.ts";
import {
  type FieldLevelsState,
  levelNames,
  type LevelSeries,
  makeLevels,
  requireFreeVariables,
  valuesOf,
} from "./level_variables.ts";
import { relativeSize } from "./step_errors.ts";
import { TimeHistory } from "./time_history.ts";
import type { TimeHistoryOptions, TimeHistoryState, TimeSteps } from "./time_steps.ts";

export type { FieldLevelsState };

/** The state of a history of a mesh variable. The values travel with the variables named here. */
export interface FieldDDtState extends TimeHistoryState, FieldLevelsState {}

/**
 * The history of a mesh variable u.
 *
 * In a step, between `updatePreSolve(dt)` and `updatePostSolve(dt)`, the time derivative at the end of
 * the step is `leadingCoefficient() * u + historyTerms()`, the first for the unknown and the second
 * known. All arrays are `[dofCount x components]`, row-major, in the order of `variable.data`.
 */
export abstract class FieldDDt extends TimeHistory<FieldValue, Float64Array, FieldLevelsState> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** The variable whose history this is. */
  readonly variable: MeshVariable;
  /** @internal */
  protected override readonly past: FieldLevels;
  readonly #series: readonly LevelSeries[];
  readonly #companions: ReadonlyMap<string, readonly MeshVariable[]>;

  /**
   * `series` are made besides the past values; everything about them is checked by the flavour.
   *
   * @internal
   */
  constructor(
    className: string,
    variable: MeshVariable,
    options: TimeHistoryOptions,
    series: (steps: TimeSteps) => readonly LevelSeries[] = () => [],
  ) {
    super(className, options);
    requireVariable(className, variable);
    this.variable = variable;
    const past = { label: "psi_star", count: this.order, like: variable };
    const others = series(this.steps);
    this.#series = [past, ...others];
    this.name = variable.mesh.model.adopt("bearer", this, className, options.name);
    const levels = makeLevels(this.name, past);
    this.#companions = new Map(others.map((one) => [one.label, makeLevels(this.name, one)]));
    const named = others.filter(({ isLater }) => isLater !== true);
    const companions = named.flatMap(({ label }) => this.#companions.get(label)!);
    this.past = new FieldLevels(variable, levels, companions, () => this.carried());
  }

  /** @internal */
  protected override get model(): ModelHost {
    return this.variable.mesh.model;
  }

  /** @internal */
  protected override get touched(): readonly SnapshotPayload[] {
    return [this.variable.mesh];
  }

  /**
   * The variables that hold past values, newest first.
   *
   * @internal
   */
  protected get levels(): readonly MeshVariable[] {
    return this.past.variables;
  }

  /**
   * Past values at the degrees of freedom, as the new time sees them; newest first, read-only.
   *
   * @internal
   */
  protected abstract carried(): readonly Float64Array[];

  /** @internal */
  protected override errorOf(tables: readonly Float64Array[]): number {
    return relativeSize(this.past.sum(tables, true), this.variable);
  }

  /**
   * The variables of a series.
   *
   * @internal
   */
  protected companions(label: string): readonly MeshVariable[] {
    return this.#companions.get(label) ?? [];
  }

  /**
   * The factor c0 of the unknown in the time derivative, in 1 / time.
   *
   * @param order At most the order of the history; the ramp may lower it further. Defaults to that order.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {StepOrderError} when there was no step yet.
   */
  leadingCoefficient(order?: number): number {
    const tables = this.steps.bdf(`${this.name}.leadingCoefficient`, order);
    return tables[tables.length - 1][0];
  }

  /**
   * The time derivative at the end of the step for the current values,
   * `leadingCoefficient() * u + historyTerms()`. Between steps the size of the last step stands for the
   * next one.
   *
   * @param order At most the order of the history; the ramp may lower it further. Defaults to that order.
   * @returns `[dofCount x components]`, new memory.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {StepOrderError} when there was no step yet.
   */
  override bdf(order?: number): Float64Array {
    const out = this.historyTerms(order);
    const c = this.leadingCoefficient(order), values = valuesOf(this.variable);
    for (let i = 0; i < out.length; i++) out[i] += c * values[i];
    return out;
  }

  /**
   * Asked by the model before the history gets its name.
   *
   * @throws {RangeError} when a name that would be made from it is taken.
   * @internal
   */
  requireNames(name: string): void {
    const names = this.#series.flatMap((series) => levelNames(name, series));
    requireFreeVariables(this.variable.mesh, name, names);
  }

  /**
   * What it works with, which has to be in the model.
   *
   * @internal
   */
  get uses(): readonly unknown[] {
    return [this.variable];
  }

  /**
   * The variables, and swarms, that come and go with the history.
   *
   * @internal
   */
  get owned(): readonly object[] {
    return [...this.levels, ...[...this.#companions.values()].flat()];
  }
}

/** Refuses what is not a mesh variable. */
export function requireVariable(what: string, variable: unknown): asserts variable is MeshVariable {
  if (!(variable instanceof MeshVariable)) {
    throw new TypeError(`${what} takes a mesh variable first, got ${describe(variable)}`);
  }
  requirePresent(what, variable);
}

/** What a history was made with, in words that can be compared: the name of a variable, or that it is a function. */
export function givenWords(value: MeshVariable | object | null): StateValue {
  if (value instanceof MeshVariable) return value.name;
  return value === null ? null : "a function";
}
