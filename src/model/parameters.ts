import { cloneState } from "../snapshot/clone.ts";
import { displayAs, printAs } from "../display.ts";
import type { StateValue } from "../snapshot/contract.ts";
import { statesEqual } from "../snapshot/states_equal.ts";
import { checkOptions, type OptionNames } from "../options.ts";
import { isPlainRecord, requireState } from "./require_state.ts";
import { fixFields } from "../fixed_fields.ts";

/** One change of one parameter. */
export interface ParameterChange {
  /** The name of the parameter. */
  readonly name: string;
  /** `tracker.step` when it changed. */
  readonly step: number;
  /** `tracker.time` when it changed. */
  readonly time: number;
  /** The value before. */
  readonly old: StateValue;
  /** The value after. */
  readonly new: StateValue;
}

const unitNames: OptionNames<{ units?: string }> = { units: true };

/** The state of {@link Parameters}. */
export interface ParametersState {
  /** Always 1. */
  readonly schemaVersion: number;
  /** The current values, by name. */
  readonly values: Readonly<Record<string, StateValue>>;
  /** The units, by name; an empty string if there are none. */
  readonly units: Readonly<Record<string, string>>;
  /** The values as first defined, by name. */
  readonly first: Readonly<Record<string, StateValue>>;
  /** All changes in order, a list for each field of {@link ParameterChange}. */
  readonly history: {
    readonly name: readonly string[];
    readonly step: readonly number[];
    readonly time: readonly number[];
    readonly old: readonly StateValue[];
    readonly new: readonly StateValue[];
  };
}

/**
 * Named values that control a run, with the history of their changes. They are captured and put back like
 * fields, so the fields of one step never meet the parameters of another.
 *
 * @example
 * ```ts
 * import { Model } from "@timestash/timestash";
 *
 * const model = new Model();
 * model.parameters.define("kappa", 1e-6, { units: "m^2/s" });
 * model.parameters.set("kappa", 2e-6);
 * console.log(model.parameters.history[0].old, model.parameters.get("kappa")); // 0.000001 0.000002
 * ```
 */
export class Parameters {
  /** The key of its entry in a snapshot. */
  readonly name = "parameters";
  /** The version of the layout of its state. */
  readonly schemaVersion = 1;
  readonly #clock: () => { step: number; time: number };
  #values = new Map<string, StateValue>();
  #units = new Map<string, string>();
  #first = new Map<string, StateValue>();
  #history: ParameterChange[] = [];
  /** The history as scripts read it; null where it has grown since. */
  #shown: readonly ParameterChange[] | null = null;

  /**
   * An empty set of parameters.
   *
   * @param clock returns the step and time of a change.
   */
  constructor(clock: () => { step: number; time: number }) {
    this.#clock = clock;
    // `parameters.kappa = 2` would set nothing, so it is an error.
    Object.preventExtensions(this);
    fixFields(this, new.target, Parameters);
  }

  /**
   * Defines a parameter.
   *
   * @param value a number, or any value that state can hold; copied.
   * @throws {TypeError} when the name or the units are not strings.
   * @throws {SnapshotSerializationError} when the value cannot be saved.
   * @throws {RangeError} when a parameter of that name exists.
   */
  define(name: string, value: StateValue, options: { units?: string } = {}): void {
    if (typeof name !== "string" || name === "") {
      throw new TypeError(
        "parameters.define takes a name first, which must be a string that is not empty",
      );
    }
    if (this.#values.has(name)) {
      throw new RangeError(`parameter '${name}' is defined already; parameters.set changes it`);
    }
    checkOptions("parameters.define", options, unitNames);
    const { units = "" } = options;
    if (typeof units !== "string") {
      throw new TypeError(`parameter '${name}': units must be a string, got ${typeof units}`);
    }
    const path = `parameters.${name}`;
    this.#first.set(name, cloneState(value, path));
    this.#values.set(name, cloneState(value, path));
    this.#units.set(name, units);
  }

  /**
   * The current value. An array is the live one; writing to it does not add a change to the history.
   *
   * @throws {RangeError} when the parameter does not exist; the message lists those that do.
   */
  // deno-lint-ignore no-explicit-any -- the type is what the script put there; numbers most of the time
  get(name: string): any {
    this.#require(name);
    return this.#values.get(name)!;
  }

  /**
   * Changes the value, and records the change with the tracker's step and time. Setting an equal value has no
   * effect.
   *
   * @param value copied.
   * @throws {SnapshotSerializationError} when the value cannot be saved.
   * @throws {RangeError} when the parameter does not exist.
   */
  set(name: string, value: StateValue): void {
    this.#require(name);
    const old = this.#values.get(name)!;
    const path = `parameters.${name}`;
    const kept = cloneState(value, path);
    if (statesEqual(old, kept)) return;
    const { step, time } = this.#clock();
    // The script may hold the old value and still write to it, so the history gets a copy.
    const change = { name, step, time, old: cloneState(old, path), new: kept };
    this.#history.push(Object.freeze(change));
    this.#shown = null;
    this.#values.set(name, cloneState(value, path));
  }

  /** Whether the parameter exists. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The units given with the definition; an empty string if there are none. */
  units(name: string): string {
    this.#require(name);
    return this.#units.get(name)!;
  }

  /** The value as first defined. */
  first(name: string): StateValue {
    this.#require(name);
    return this.#first.get(name)!;
  }

  /** The names, in order of definition. */
  names(): string[] {
    return [...this.#values.keys()];
  }

  /** All changes so far, oldest first. */
  get history(): readonly ParameterChange[] {
    return this.#shown ??= Object.freeze([...this.#history]);
  }

  /** The values, units and history as plain records. */
  get state(): ParametersState {
    const history = this.#history;
    return {
      schemaVersion: this.schemaVersion,
      values: Object.fromEntries(this.#values),
      units: Object.fromEntries(this.#units),
      first: Object.fromEntries(this.#first),
      history: {
        name: history.map((change) => change.name),
        step: history.map((change) => change.step),
        time: history.map((change) => change.time),
        old: history.map((change) => change.old),
        new: history.map((change) => change.new),
      },
    };
  }

  set state(state: ParametersState) {
    this.checkState(state);
    const { values, units, first, history } = state;
    this.#values = new Map(Object.entries(values));
    this.#units = new Map(Object.entries(units));
    this.#first = new Map(Object.entries(first));
    this.#history = history.name.map((name, i) =>
      Object.freeze({
        name,
        step: history.step[i],
        time: history.time[i],
        old: history.old[i],
        new: history.new[i],
      })
    );
    this.#shown = null;
  }

  /**
   * Refuses a state that the setter cannot take.
   *
   * @throws {StateSchemaError} when it is of another schema version or incomplete.
   */
  checkState(state: ParametersState): void {
    const { schemaVersion, values, units, first, history } = state ?? {};
    requireState(schemaVersion === 1, this.name, "the schema version is 1", schemaVersion);
    for (const record of [values, units, first]) {
      const whole = isPlainRecord(record) &&
        Object.keys(record).join() === Object.keys(values).join();
      requireState(whole, this.name, "values, units and first have the same names", record);
    }
    const lists = [history?.name, history?.step, history?.time, history?.old, history?.new];
    const even = lists.every((list) => list?.length === lists[0]?.length && Array.isArray(list));
    requireState(even, this.name, "the history has five lists of one length", history);
    const isText = (value: unknown) => typeof value === "string";
    const texts = [...Object.values(units), ...history.name].every(isText);
    requireState(texts, this.name, "units, and names in the history, are texts", history);
  }

  static {
    printAs(this, function () {
      const lines = [...this.#values].map(([name, value]) =>
        `  ${name} = ${Deno.inspect(value)} ${this.#units.get(name)}`.trimEnd()
      );
      return `Parameters {\n${lines.join("\n")}\n}`;
    });
    displayAs(this);
  }

  #require(name: string): void {
    if (this.#values.has(name)) return;
    const known = this.names().map((known) => `'${known}'`).join(", ") || "none";
    throw new RangeError(`parameter '${name}' is not defined; the defined ones are: ${known}`);
  }
}
