import { StateSchemaError } from "../errors.ts";
import { classNameOf, type ManagedRecord } from "./subject.ts";
import type { Snapshottable, SnapshottableState } from "./contract.ts";

/** Converts a state from one schema version to the next. */
export type StateMigration = (state: Record<string, unknown>) => Record<string, unknown>;

const registry = new Map<string, Map<number, StateMigration>>();

/**
 * Registers how states of `stateClass` saved at schema version `from` become states of version
 * `from + 1`. Restore applies these steps in order until it reaches the version of the live class.
 *
 * The model's own records take part: `"Parameters"`, `"RandomStream"`, `"StepControl"`, and `"Tracker"` where the
 * script assigns its version to `tracker.schemaVersion`.
 *
 * @param stateClass The bearer's class, or its name.
 * @param from The version that `lift` converts from; a whole number.
 * @param lift Returns the new state; its `schemaVersion` is set automatically.
 * @throws {TypeError} when `stateClass` is not a name or `lift` is not a function.
 * @throws {RangeError} when `from` is not a whole number, or is already registered.
 *
 * @example
 * ```ts
 * import { registerMigration } from "@timestash/timestash";
 *
 * registerMigration("Thermostat", 1, (old) => ({ ...old, gain: 1 }));
 * ```
 */
export function registerMigration(
  stateClass: string | { readonly name: string },
  from: number,
  lift: StateMigration,
): void {
  const name = typeof stateClass === "string" ? stateClass : stateClass?.name;
  if (typeof name !== "string" || name === "") {
    throw new TypeError("registerMigration takes a class, or the name of one, first");
  }
  if (typeof lift !== "function") {
    throw new TypeError(`registerMigration("${name}", ${from}) takes a function third`);
  }
  if (!Number.isInteger(from) || from < 0) {
    throw new RangeError(`registerMigration("${name}"): ${from} is not a schema version`);
  }
  const lifts = registry.get(name) ?? new Map<number, StateMigration>();
  if (lifts.has(from)) {
    throw new RangeError(`${name} has a migration from schema version ${from} already`);
  }
  registry.set(name, lifts.set(from, lift));
}

/** The versions of live bearers: they do not change, and reading a state may copy much. */
const versions = new WeakMap<Snapshottable, number>();

/**
 * Migrates `state` step by step to the version of the live bearer.
 *
 * @throws {StateSchemaError} when the state has no version, a newer one than the bearer, or a step
 *   between the two is missing.
 */
export function lifted<S extends SnapshottableState>(
  stateClass: string,
  state: S,
  bearer: Snapshottable,
): S {
  if (bearer.takesAnyVersion === true) return state;
  const saved: unknown = state.schemaVersion;
  if (typeof saved !== "number" || !Number.isSafeInteger(saved)) {
    throw new StateSchemaError(
      stateClass,
      `the state of '${bearer.name}' (${stateClass}) was saved without a schemaVersion (found ` +
        `${
          saved === undefined ? "nothing" : String(saved)
        }), so nothing says what its fields mean; its \`state\` needs a whole number there`,
    );
  }
  return liftedTo(stateClass, bearer.name, state, versionOf(bearer));
}

/**
 * The same for a record of the model. One without a version, as the tracker of most scripts, is taken as it is.
 *
 * @throws {StateSchemaError} when the state is newer than the record, or a step is missing.
 */
export function liftedRecord(record: ManagedRecord, state: object): object {
  const { schemaVersion } = state as { readonly schemaVersion?: unknown };
  if (typeof schemaVersion !== "number" || typeof record.schemaVersion !== "number") return state;
  return liftedTo(
    classNameOf(record),
    record.name,
    { ...state, schemaVersion },
    record.schemaVersion,
  );
}

function liftedTo<S extends SnapshottableState>(
  stateClass: string,
  name: string,
  state: S,
  target: number,
): S {
  const { schemaVersion: saved } = state;
  if (saved > target) {
    throw new StateSchemaError(
      stateClass,
      `the state of '${name}' was saved at schema version ${saved} of ${stateClass}, and the ` +
        `class is at ${target} here: load it with the newer version of that class`,
    );
  }
  return steps(stateClass, state, target);
}

function versionOf(bearer: Snapshottable): number {
  // A plain field is read at once; an accessor may build its state anew at each reading.
  const own: { readonly state?: PropertyDescriptor } = Object.getOwnPropertyDescriptors(bearer);
  if (own.state?.writable) return bearer.state.schemaVersion;
  let version = versions.get(bearer);
  if (version === undefined) versions.set(bearer, version = bearer.state.schemaVersion);
  return version;
}

function steps<S extends SnapshottableState>(stateClass: string, state: S, target: number): S {
  const lifts = registry.get(stateClass);
  let at = state;
  while (at.schemaVersion < target) {
    const version = at.schemaVersion;
    const lift = lifts?.get(version);
    if (lift === undefined) {
      throw new StateSchemaError(
        stateClass,
        `a state of ${stateClass} was saved at schema version ${state.schemaVersion}, the class is ` +
          `at ${target}, and no migration from ${version} to ${version + 1} is registered`,
      );
    }
    at = { ...lift(at as unknown as Record<string, unknown>), schemaVersion: version + 1 } as
      & S
      & SnapshottableState;
  }
  return at;
}
