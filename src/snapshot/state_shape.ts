/**
 * What is missing in a saved state, or is of another kind than in the live one. Only for messages: a state may be
 * without a field that came later, and whether it can be taken is for its class to say.
 *
 * @module
 */
import { isTypedArray } from "../arrays.ts";
import { isShaped } from "./shaped.ts";

/** Differences that a message lists; the first ones say enough. */
const most = 4;

/**
 * The fields that `live` has and `saved` lacks, and those that are of another kind, as parts of a sentence; null
 * fits everything.
 */
export function shapeProblems(live: unknown, saved: unknown): string[] {
  const problems: string[] = [];
  compare(live, saved, "", problems);
  return problems;
}

function compare(live: unknown, saved: unknown, path: string, problems: string[]): void {
  if (problems.length >= most || live === null || saved === null) return;
  const wanted = kindOf(live), found = kindOf(saved);
  if (wanted !== found) {
    problems.push(`${path === "" ? "the whole" : `"${path}"`} is ${found} instead of ${wanted}`);
    return;
  }
  if (wanted !== "a record" && wanted !== "a list") return;
  for (const [name, value] of Object.entries(live as object)) {
    const at = path === "" ? name : `${path}.${name}`;
    if (Object.hasOwn(saved as object, name)) {
      compare(value, (saved as Record<string, unknown>)[name], at, problems);
    } else if (wanted === "a record" && problems.length < most) {
      problems.push(`there is no "${at}"`);
    }
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isTypedArray(value)) return "an array of numbers";
  if (value instanceof Date) return "a date";
  switch (typeof value) {
    case "string":
      return "a text";
    case "number":
      return "a number";
    case "bigint":
      return "a whole number of any length";
    case "boolean":
      return "true or false";
    default:
      if (isPlain(value)) return "a record";
      return isShaped(value as object) ? "an array of numbers" : "a formula";
  }
}

function isPlain(value: unknown): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
