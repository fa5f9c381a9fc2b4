/**
 * Remembers which values are NaN because their point is outside of a mesh, so that a field that is set to them
 * can say where. NaN for any other reason is a legal value.
 *
 * @module
 */
import type { Mesh } from "./mesh.ts";
import { isNdArray } from "./points.ts";

/** A point at which a field has no value. */
export interface OutsidePoint {
  /** The number of the point among those asked for. */
  readonly row: number;
  /** Which point it is and which mesh it misses, for messages. */
  readonly says: string;
}

/** The first point outside, by the memory in which its values are NaN. */
const known = new WeakMap<object, OutsidePoint>();
/** The first one since {@link insideValues} began. */
let latest: OutsidePoint | null = null;

/**
 * Notes the first of `points`, `[n x dim]`, that is outside: its cell is -1.
 *
 * @param values Where its values are NaN.
 */
export function noteOutside(
  mesh: Mesh,
  points: Float64Array,
  cells: Int32Array,
  values: Float64Array,
): void {
  const row = cells.indexOf(-1);
  if (row < 0) return;
  const place = points.subarray(row * mesh.dim, (row + 1) * mesh.dim).join(", ");
  const point = { row, says: `(${place}), which is outside of mesh '${mesh.name}'` };
  latest ??= point;
  known.set(values, point);
}

/**
 * Makes values from what a user gave, and refuses those that are NaN because a point was outside of a mesh.
 *
 * @param what What the values are for; the message begins with it.
 * @param value What the user gave: an array that `evaluate` gave out, or a function that may call it.
 * @throws {RangeError} when one is; the message says where.
 */
export function insideValues<T extends ArrayLike<number | bigint>>(
  what: string,
  value: unknown,
  make: () => T,
): T {
  const before = latest;
  latest = null;
  try {
    const values = make();
    const memory = isNdArray(value) ? value.data : value;
    const marked = typeof memory === "object" && memory !== null ? known.get(memory) : undefined;
    const point = marked ?? latest as OutsidePoint | null;
    if (point === null || !hasNaN(values)) return values;
    throw new RangeError(
      `${what}: a value is NaN, since it was evaluated at point ${point.row}, ${point.says}. Move the point into ` +
        "the mesh, or replace its value; NaN that is meant is written into data",
    );
  } finally {
    latest = before;
  }
}

function hasNaN(values: ArrayLike<number | bigint>): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] !== values[i]) return true;
  return false;
}
