import { StateSchemaError } from "../errors.ts";
import type { SnapshottableState, StateValue } from "../snapshot/contract.ts";

/** Which fields of an object are state, and under which name. */
export interface BindSchema {
  /** The name of the bearer; `${Class}_${n}` of the object's class when left out. */
  readonly name?: string;
  /** The fields to manage; all own fields that the object has now when left out. */
  readonly fields?: readonly string[];
  /** Grows by one when a field changes its meaning; 1 when left out. */
  readonly schemaVersion?: number;
}

/** The state of a bound object. */
export interface BoundState extends SnapshottableState {
  /** The values of the managed fields. */
  readonly fields: Readonly<Record<string, StateValue>>;
}

/** A bearer over an object that knows nothing of snapshots: its fields are read, and assigned again. */
export class Binding {
  /** The object's class stands for this one in files and names. */
  readonly stateClass: string;
  readonly name?: string;
  /** Refuses what the setter would. Not there where a field is an accessor, which may throw as it likes. */
  readonly checkState?: (state: BoundState) => void;
  readonly #holder: Record<string, StateValue>;
  readonly #fields: readonly string[];
  readonly #schemaVersion: number;

  /**
   * @throws {TypeError} when `holder` is not an object or has no such field.
   * @throws {RangeError} when `schemaVersion` is not a whole number from 0 up.
   */
  constructor(holder: object, schema: BindSchema) {
    if (typeof holder !== "object" || holder === null) {
      throw new TypeError(
        `bindState takes an object, got ${holder === null ? "null" : typeof holder}`,
      );
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
    this.stateClass = holder.constructor?.name || "Object";
    this.name = schema.name;
    if (this.#fields.every((field) => isData(holder, field))) {
      this.checkState = (state) => {
        this.#check(state);
        this.#requireWritable();
      };
    }
  }

  /** The managed fields as they are now. */
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
    const found = Object.keys(state.fields ?? {});
    const same = found.length === this.#fields.length &&
      this.#fields.every((name) => Object.hasOwn(state.fields, name));
    if (state.schemaVersion === this.#schemaVersion && same) return;
    throw new StateSchemaError(
      this.name ?? this.stateClass,
      `'${this.name ?? this.stateClass}' manages ${
        this.#fields.join(", ") || "no fields"
      } at schema ` +
        `version ${this.#schemaVersion}; found ${found.join(", ") || "no fields"} at version ` +
        `${state.schemaVersion}`,
    );
  }
}

/** True for a plain field that can be assigned. */
function isData(holder: object, field: string): boolean {
  return Object.getOwnPropertyDescriptor(holder, field)?.writable === true;
}
