import { StateSchemaError } from "../errors.ts";
import type { SnapshottableState } from "./contract.ts";

/** Converts a state from one schema version to the next. */
export type StateMigration = (state: Record<string, unknown>) => Record<string, unknown>;

const registry = new Map<string, Map<number, StateMigration>>();

/**
 * Registers how states of `stateClass` saved at schema version `from` become states of version
 * `from + 1`. Restore applies these steps in order until it reaches the version of the live class.
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

/**
 * Migrates `state` step by step to the version of the live class.
 *
 * @param current Returns the version of the live bearer; called only if migrations are registered.
 * @throws {StateSchemaError} when a step between the two versions is missing.
 */
export function lifted<S extends SnapshottableState>(
  stateClass: string,
  state: S,
  current: () => number,
): S {
  const lifts = registry.get(stateClass);
  if (lifts === undefined) return state;
  const target = current();
  let at = state;
  while (at.schemaVersion < target) {
    const version = at.schemaVersion;
    const lift = lifts.get(version);
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
