import { printAs } from "../display.ts";
import type { StateValue } from "../snapshot/contract.ts";
import type { ManagedRecord } from "../snapshot/subject.ts";

/** The values that every tracker has. */
export interface TrackerConventions {
  /** The model time. */
  time: number;
  /** The number of steps taken. */
  step: number;
  /** The size of the last step; null before the first. */
  dt: number | null;
  /** All values by name; this name is reserved. */
  state: object;
}

/**
 * `model.tracker`: every value that is assigned to it becomes state. Numbers, strings, dates, lists, typed
 * arrays and records are captured and put back; a value added after a snapshot is removed on restore. `in`,
 * `Object.keys` and `delete` work as on a plain object.
 *
 * @example
 * ```ts
 * import { Model } from "@timestash/timestash";
 *
 * const model = new Model();
 * model.tracker.energy = [1.5];
 * using token = model.saveState();
 * model.tracker.energy.push(1.4);
 * model.tracker.scratch = "gone after the restore";
 * model.loadState(token);
 * console.log(model.tracker.energy, "scratch" in model.tracker); // [ 1.5 ] false
 * ```
 */
// deno-lint-ignore no-explicit-any -- a script's own quantities: their types are the script's business
export type Tracker = TrackerConventions & { [name: string]: any };

const conventions: readonly string[] = ["time", "step", "dt"];

/** Makes the tracker of a new model: time 0, step 0, dt null. */
export function newTracker(): Tracker {
  return new Proxy(new TrackerValues(), handler) as unknown as Tracker;
}

/** The object behind the proxy; `state` is the only name that the user cannot assign freely. */
class TrackerValues {
  values = initial();

  get state(): object {
    return Object.fromEntries(this.values);
  }

  set state(state: object) {
    checkTracker(state);
    this.values = new Map(Object.entries(state as Record<string, StateValue>));
  }

  static {
    printAs(this, function () {
      const lines = [...this.values].map(([name, value]) => `  ${name}: ${Deno.inspect(value)}`);
      return `Tracker {\n${lines.join("\n")}\n}`;
    });
  }
}

function initial(): Map<string, unknown> {
  return new Map<string, unknown>([["time", 0], ["step", 0], ["dt", null]]);
}

const handler: ProxyHandler<TrackerValues> = {
  get(target, name) {
    if (typeof name === "symbol") return Reflect.get(target, name);
    if (name === "state") return target.state;
    // Names of Object.prototype keep their meaning until the script assigns them.
    return target.values.has(name) ? target.values.get(name) : Reflect.get(Object.prototype, name);
  },
  set(target, name, value) {
    if (typeof name === "symbol") {
      throw new TypeError("tracker: the name of a value must be a string, not a symbol");
    }
    if (name === "state") target.state = value;
    else {
      if (name === "time" || name === "step" || name === "dt") requireConvention(name, value);
      target.values.set(name, value);
    }
    return true;
  },
  has: (target, name) => typeof name === "string" && (name === "state" || target.values.has(name)),
  deleteProperty(target, name) {
    if (conventions.includes(name as string) || name === "state") {
      throw new TypeError(`tracker.${String(name)} is part of every tracker and cannot be deleted`);
    }
    return target.values.delete(name as string) || true;
  },
  ownKeys: (target) => [...target.values.keys()],
  getOwnPropertyDescriptor(target, name) {
    if (typeof name === "symbol" || !target.values.has(name)) return undefined;
    const value = target.values.get(name);
    return { value, writable: true, enumerable: true, configurable: true };
  },
  defineProperty() {
    throw new TypeError(
      "tracker: properties cannot be defined; assign values, as in tracker.name = value",
    );
  },
  preventExtensions() {
    throw new TypeError("tracker: it cannot be frozen, since a restore has to write to it");
  },
};

/** The tracker as the capture walk sees it: a record without a schema version, since its names are the script's. */
export function trackerRecord(tracker: Tracker): ManagedRecord {
  return {
    name: "tracker",
    stateClass: "Tracker",
    get schemaVersion() {
      return tracker["schemaVersion"] as unknown;
    },
    get state() {
      return tracker.state;
    },
    set state(state) {
      tracker.state = state;
    },
    checkState: checkTracker,
  };
}

/**
 * Refuses a record that cannot hold all values of a tracker.
 *
 * @throws {TypeError} when time, step or dt is missing or of another type.
 * @throws {RangeError} when one is not finite, or the step is not a whole number.
 */
export function checkTracker(state: object): void {
  const missing = conventions.filter((name) => !Object.hasOwn(state ?? {}, name));
  if (missing.length > 0) {
    throw new TypeError(
      "tracker.state is reserved: it is the record of all tracker values, and cannot be replaced by one " +
        `without ${missing.join(", ")}; use another name`,
    );
  }
  const values = state as Record<string, unknown>;
  for (const name of conventions) requireConvention(name, values[name]);
}

/** Refuses non-finite times and steps when they are assigned, so that they cannot spread. */
function requireConvention(name: string, value: unknown): void {
  if (name === "dt" && value === null) return;
  const wanted = name === "dt" ? "a number or null" : "a number";
  if (typeof value !== "number") {
    throw new TypeError(`tracker.${name} must be ${wanted}, got ${typeof value}`);
  }
  if (!Number.isFinite(value)) {
    throw new RangeError(`tracker.${name} must be a finite number, got ${value}`);
  }
  if (name === "step" && !Number.isSafeInteger(value)) {
    throw new RangeError(`tracker.step must be a whole number, got ${value}`);
  }
}
