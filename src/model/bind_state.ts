import { StateSchemaError } from "../errors.ts";
import { checkOptions, describe, type OptionNames } from "../options.ts";
import type { SnapshottableState, StateValue } from "../snapshot/contract.ts";

/**
 * Options of `model.bindState`: which fields of an object are state, and under which name.
 *
 * @example
 * ```ts
 * import { Model } from "@timestash/timestash";
 *
 * const model = new Model();
 * const counters = { yields: 0 };
 * model.bindState(counters, { name: "counters" });
 * using before = model.saveState();
 * counters.yields = 5;
 * model.loadState(before);
 * console.log(counters.yields); // 0
 * ```
 */
export interface BindSchema {
  /** The name of the bearer; defaults to `${Class}_${n}` with the object's class. */
  readonly name?: string | undefined;
  /** The fields to manage; defaults to all own fields that the object has now. */
  readonly fields?: readonly string[];
  /** Increases by one when a field changes its meaning; defaults to 1. */
  readonly schemaVersion?: number;
}

const schemaNames: OptionNames<BindSchema> = { name: true, fields: true, schemaVersion: true };

function isText(value: unknown): boolean {
  return typeof value === "string";
}

/** The state of a bound object. */
export interface BoundState extends SnapshottableState {
  /** The values of the managed fields. */
  readonly fields: Readonly<Record<string, StateValue>>;
}

/** Makes a bearer of a plain object: its fields are read at capture and assigned at restore. */
export class Binding {
  /** The object's class, which files and names show instead of this one. */
  readonly stateClass: string;
  readonly name?: string | undefined;
  /** Refuses what the setter would. Absent if a field is an accessor, since its setter may throw at any time. */
  readonly checkState?: (state: BoundState) => void;
  readonly #holder: Record<string, StateValue>;
  readonly #fields: readonly string[];
  readonly #schemaVersion: number;

  /**
   * @throws {TypeError} when `holder` is not an object or has no such field.
   * @throws {RangeError} when `schemaVersion` is not a whole number of at least 0.
   */
  constructor(holder: object, schema: BindSchema) {
    if (typeof holder !== "object" || holder === null) {
      throw new TypeError(
        `bindState takes an object, got ${holder === null ? "null" : typeof holder}`,
      );
    }
    checkOptions("bindState", schema, schemaNames);
    const { fields } = schema;
    if (fields !== undefined && !(Array.isArray(fields) && fields.every(isText))) {
      throw new TypeError(`bindState: fields must be a list of names, got ${describe(fields)}`);
    }
    this.#holder = holder as Record<string, StateValue>;
    this.#fields = [...new Set(schema.fields ?? Object.keys(holder))];
    this.#schemaVersion = schema.schemaVersion ?? 1;
    if (!Number.isSafeInteger(this.#schemaVersion) || this.#schemaVersion < 0) {
      throw new RangeError(`bindState: ${this.#schemaVersion} is not a schema version`);
    }
    const missing = this.#fields.filter((field) => !(field in holder));
    if (missing.length > 0) {
      throw new TypeError(`bindState: the object has no field ${missing.join(", ")}`);
    }
    const readOnly = this.#fields.find((field) => !canBeSet(holder, field));
    if (readOnly !== undefined) {
      throw new TypeError(
        `bindState: the field '${readOnly}' has a getter and no setter, so it could never be put ` +
          "back; leave it out of fields, or give it a setter",
      );
    }
    this.stateClass = holder.constructor?.name || "Object";
    this.name = schema.name;
    if (this.#fields.every((field) => isData(holder, field))) {
      this.checkState = (state) => {
        this.#check(state);
        this.#requireWritable();
      };
    }
  }

  /** The current values of the managed fields. */
  get state(): BoundState {
    const fields = Object.fromEntries(this.#fields.map((name) => [name, this.#holder[name]]));
    return { schemaVersion: this.#schemaVersion, fields };
  }

  set state(state: BoundState) {
    this.#check(state);
    for (const name of this.#fields) this.#holder[name] = state.fields[name];
  }

  #requireWritable(): void {
    for (const name of this.#fields) {
      if (isData(this.#holder, name)) continue;
      throw new StateSchemaError(
        this.name ?? this.stateClass,
        `field '${name}' of '${
          this.name ?? this.stateClass
        }' cannot be written any more (frozen, or ` +
          "gone); unregister the object, or leave its fields as they were when it was bound",
      );
    }
  }

  #check(state: BoundState): void {
    const found = Object.keys(state?.fields ?? {});
    const same = found.length === this.#fields.length &&
      this.#fields.every((name) => Object.hasOwn(state.fields, name));
    if (state?.schemaVersion === this.#schemaVersion && same) return;
    throw new StateSchemaError(
      this.name ?? this.stateClass,
      `'${this.name ?? this.stateClass}' manages ${
        this.#fields.join(", ") || "no fields"
      } at schema ` +
        `version ${this.#schemaVersion}; found ${found.join(", ") || "no fields"} at version ` +
        `${state?.schemaVersion}`,
    );
  }
}

/** False for an accessor, own or inherited, without a setter. */
function canBeSet(holder: object, field: string): boolean {
  for (let at: object | null = holder; at !== null; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertyDescriptor(at, field);
    if (found !== undefined) return found.get === undefined || found.set !== undefined;
  }
  return true;
}

/** True for a plain field that can be assigned. */
function isData(holder: object, field: string): boolean {
  return Object.getOwnPropertyDescriptor(holder, field)?.writable === true;
}
