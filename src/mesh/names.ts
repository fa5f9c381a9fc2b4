/**
 * Lists of names, compared and in messages.
 *
 * @module
 */

/** True when both lists have the same names, in any order. */
export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  const known = new Set(a);
  return a.length === b.length && b.every((name) => known.has(name));
}

/** A number of cells for a message. */
export function sayCells(count: number, corners: number): string {
  return `${count} ${corners === 3 ? "triangles" : "tetrahedra"}`;
}

/** Names for a message. */
export function sayNames(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.map((name) => `'${name}'`).join(", ");
}
