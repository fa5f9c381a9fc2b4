/**
 * The two corners of a box, and the grid lines between them.
 *
 * @module
 */
import { readList, readNumber } from "./sizes.ts";

/** Two corners that span a box. */
export interface Corners {
  readonly dim: 2 | 3;
  readonly min: readonly number[];
  readonly max: readonly number[];
}

/**
 * Checks the corners of a box.
 *
 * @throws {TypeError} when one is not a list of numbers.
 * @throws {RangeError} when they are not 2 or 3 finite numbers, or not in order.
 */
export function readCorners(lowest: unknown, highest: unknown): Corners {
  const low = readList(lowest, "boxMesh: min");
  if (low.length !== 2 && low.length !== 3) {
    throw new RangeError(`boxMesh: min has to have 2 or 3 numbers, got ${low.length}`);
  }
  const dim = low.length;
  const high = readList(highest, "boxMesh: max", dim);
  const min: number[] = [], max: number[] = [];
  for (let d = 0; d < dim; d++) {
    const a = readNumber(low[d], `boxMesh: min[${d}]`);
    const b = readNumber(high[d], `boxMesh: max[${d}]`);
    if (!(a < b)) {
      throw new RangeError(`boxMesh: min[${d}] has to be below max[${d}], got ${a} and ${b}`);
    }
    if (!Number.isFinite(b - a)) {
      throw new RangeError(`boxMesh: max[${d}] - min[${d}] is too large, got ${a} and ${b}`);
    }
    min.push(a);
    max.push(b);
  }
  return { dim, min, max };
}

/**
 * `count + 1` values from `low` to `high` at even distances, both ends exact.
 *
 * @throws {RangeError} when two of them round to the same number.
 */
export function evenly(low: number, high: number, count: number): Float64Array {
  const values = new Float64Array(count + 1);
  for (let i = 0; i <= count; i++) values[i] = low + (high - low) * (i / count);
  values[count] = high;
  for (let i = 0; i < count; i++) {
    if (!(values[i] < values[i + 1])) {
      throw new RangeError(
        `boxMesh: ${count} steps from ${low} to ${high} are too small to be told apart`,
      );
    }
  }
  return values;
}
