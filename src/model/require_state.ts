import { StateSchemaError } from "../errors.ts";

/**
 * One line of a check that a restore makes before it writes anything.
 *
 * @throws {StateSchemaError} when `holds` is false; it says what was asked and what was found.
 */
export function requireState(holds: boolean, name: string, asked: string, found: unknown): void {
  if (holds) return;
  throw new StateSchemaError(name, `${name}: ${asked}; the snapshot has ${Deno.inspect(found)}`);
}

/** True for a whole number from 0 up. */
export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
