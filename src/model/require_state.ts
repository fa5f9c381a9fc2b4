import { StateSchemaError } from "../errors.ts";

/**
 * One condition that a restore checks before it writes anything.
 *
 * @throws {StateSchemaError} when `holds` is false; it says what was expected and what was found.
 */
export function requireState(holds: boolean, name: string, asked: string, found: unknown): void {
  if (holds) return;
  throw new StateSchemaError(name, `${name}: ${asked}; the snapshot has ${Deno.inspect(found)}`);
}

/** Whether a value is a whole number of at least 0. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether a value is a plain record; fields of any name may be in it, `constructor` too. */
export function isPlainRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
