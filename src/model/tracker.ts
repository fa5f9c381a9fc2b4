import type { StateValue } from "../snapshot/contract.ts";

/** The names that every tracker has. */
export interface TrackerConventions {
  /** Model time. */
  time: number;
  /** Steps done. */
  step: number;
  /** The size of the last step; null before the first. */
  dt: number | null;
  /** All managed values by name; reserved. */
  state: object;
}

/**
 * `model.tracker`: plain assignment makes managed state. Whatever is assigned (numbers, strings, dates,
 * lists, typed arrays, records) is captured and put back; what was added after a snapshot goes away on
 * restore. `in`, `Object.keys` and `delete` work as on a plain object.
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

/** What stands behind the proxy; `state` is the only name that is not the user's. */
class TrackerValues {
  values = initial();

  get state(): object {
    return Object.fromEntries(this.values);
  }

  set state(state: object) {
    checkTracker(state);
    this.values = new Map(Object.entries(state as Record<string, StateValue>));
  }

  /** On the target, since printing looks through a proxy. */
  [Symbol.for("Deno.customInspect")](): string {
    const lines = [...this.values].map(([name, value]) => `  ${name}: ${Deno.inspect(value)}`);
    return `Tracker {\n${lines.join("\n")}\n}`;
  }
}

function initial(): Map<string, unknown> {
  return new Map<string, unknown>([["time", 0], ["step", 0], ["dt", null]]);
}

const handler: ProxyHandler<TrackerValues> = {
  get(target, name) {
    if (typeof name === "symbol") return Reflect.get(target, name);
    if (name === "state") return target.state;
    // Names of Object.prototype stay what they are until the script assigns them.
    return target.values.has(name) ? target.values.get(name) : Reflect.get(Object.prototype, name);
  },
  set(target, name, value) {
    if (typeof name === "symbol") {
      throw new TypeError("tracker: a quantity needs a name that is a string, not a symbol");
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
      throw new TypeError(`tracker.${String(name)} is always there and cannot be deleted`);
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
    throw new TypeError("tracker: assign quantities, tracker.name = value");
  },
  preventExtensions() {
    throw new TypeError("tracker: it cannot be frozen, a restore has to write into it");
  },
};

/**
 * Refuses what cannot be the record of all tracker values.
 *
 * @throws {TypeError} when time, step or dt is missing or of another type.
 * @throws {RangeError} when one is not finite, or the step is not a whole number.
 */
export function checkTracker(state: object): void {
  const missing = conventions.filter((name) => !Object.hasOwn(state ?? {}, name));
  if (missing.length > 0) {
    throw new TypeError(
      "tracker.state is reserved: it is the record of all tracker values, and one without " +
        `${missing.join(", ")} cannot replace it; use another name`,
    );
  }
  const values = state as Record<string, unknown>;
  for (const name of conventions) requireConvention(name, values[name]);
}

/** Non-finite clocks are refused where they enter, so that they cannot spread. */
function requireConvention(name: string, value: unknown): void {
  if (name === "dt" && value === null) return;
  const wanted = name === "dt" ? "a number or null" : "a number";
  if (typeof value !== "number") {
    throw new TypeError(`tracker.${name} is ${wanted}, got ${typeof value}`);
  }
  if (!Number.isFinite(value)) {
    throw new RangeError(`tracker.${name} is a finite number, got ${value}`);
  }
  if (name === "step" && !Number.isSafeInteger(value)) {
    throw new RangeError(`tracker.step counts steps: a whole number, got ${value}`);
  }
}
