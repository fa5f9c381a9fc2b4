import { isTypedArray, sameBytes } from "../arrays.ts";
import { isExpression } from "../expression/contract.ts";
import { isShaped, packed } from "./shaped.ts";

/**
 * Returns true if two states are identical in every byte. NaN equals NaN, and -0 differs from 0.
 * Arrays compare by element type and bytes, expressions by text, and records regardless of field
 * order.
 *
 * @example
 * ```ts
 * import { statesEqual } from "@timestash/timestash";
 *
 * console.log(statesEqual({ dt: NaN, u: [1, -0] }, { u: [1, -0], dt: NaN })); // true
 * console.log(statesEqual({ u: [0] }, { u: [-0] })); // false
 * ```
 */
export function statesEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (isTypedArray(a)) return isTypedArray(b) && sameBytes(a, b);
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((v, i) => statesEqual(v, b[i]));
  }
  if (a instanceof Date) return b instanceof Date && Object.is(a.getTime(), b.getTime());
  if (isExpression(a)) return isExpression(b) && a.toJSON() === b.toJSON();
  if (isShaped(a)) return isShaped(b) && sameShaped(a, b);
  if (isTypedArray(b) || Array.isArray(b) || b instanceof Date || isExpression(b) || isShaped(b)) {
    return false;
  }
  return sameRecord(a as Record<string, unknown>, b as Record<string, unknown>);
}

function sameShaped(a: Parameters<typeof packed>[0], b: Parameters<typeof packed>[0]): boolean {
  if (a.shape.length !== b.shape.length || a.shape.some((n, i) => n !== b.shape[i])) return false;
  const [p, q] = [packed(a), packed(b)];
  return p !== null && q !== null && sameBytes(p, q);
}

function sameRecord(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && statesEqual(a[name], b[name]));
}
