/**
 * Points and functions of position, as users write them.
 *
 * @module
 */
import { describe } from "../options.ts";
import type { NdArray } from "../deps/ndarray.ts";
import { isTypedArray } from "../arrays.ts";

/** Points: an NdArray `[n, dim]`, a Float64Array of n * dim numbers (row-major), or rows of numbers. */
export type Points = NdArray | Float64Array | readonly (readonly number[])[];

/** A function of position and time with one value; z is 0 in 2-D. */
export type ScalarFunction = (x: number, y: number, z: number, t: number) => number;

/** A function of position and time that writes several values into `out`, `[components]`; z is 0 in 2-D. */
export type VectorFunction = (
  x: number,
  y: number,
  z: number,
  out: Float64Array,
  t: number,
) => void;

/**
 * A {@link ScalarFunction} or a {@link VectorFunction}, in one signature, so that the parameters of a
 * function written in place need no types: the fourth is `t` where there is one component, and `out`,
 * `[components]`, where there are several. As one type it is both.
 */
export type FieldFunction = (
  x: number,
  y: number,
  z: number,
  tOrOut: number & Float64Array,
  t: number,
) => number | void;

/** True for what `npm:ndarray` makes, also that of another copy of the package. */
export function isNdArray(value: unknown): value is NdArray {
  if (typeof value !== "object" || value === null || isTypedArray(value)) return false;
  const v = value as Partial<NdArray>;
  return Array.isArray(v.shape) && Array.isArray(v.stride) && typeof v.get === "function" &&
    typeof v.offset === "number";
}

/**
 * The numbers of points, `[n x dim]`, row-major: the same memory where a Float64Array was given, new
 * memory otherwise.
 *
 * @param what How messages call them, e.g. `"evaluate"`.
 * @throws {TypeError} when `points` is nothing of {@link Points}.
 * @throws {RangeError} when a shape does not fit, or a coordinate is not finite.
 */
export function readPoints(points: Points, dim: number, what: string): Float64Array {
  const flat = flatten(points, dim, what);
  for (let i = 0; i < flat.length; i++) {
    if (!Number.isFinite(flat[i])) {
      const row = Math.floor(i / dim);
      const place = flat.subarray(row * dim, (row + 1) * dim).join(", ");
      throw new RangeError(`${what}: point ${row} is (${place}); coordinates have to be finite`);
    }
  }
  return flat;
}

/** {@link readPoints} without the look for numbers that are not finite. */
export function flatten(points: Points, dim: number, what: string): Float64Array {
  if (points instanceof Float64Array) {
    if (points.length % dim !== 0) {
      throw new RangeError(
        `${what}: points in ${dim}-D come as n * ${dim} numbers, got ${points.length}`,
      );
    }
    return points;
  }
  if (isNdArray(points)) return fromNdArray(points, dim, what);
  if (Array.isArray(points)) return fromRows(points, dim, what);
  throw new TypeError(
    `${what}: points are an NdArray [n, ${dim}], a Float64Array of n * ${dim} numbers or rows [[x, y${
      dim === 3 ? ", z" : ""
    }], ...], got ${describe(points)}`,
  );
}

function fromNdArray(points: NdArray, dim: number, what: string): Float64Array {
  const { shape } = points;
  if (shape.length !== 2 || shape[1] !== dim) {
    throw new RangeError(
      `${what}: points in ${dim}-D have the shape [n, ${dim}], got [${shape.join(", ")}]`,
    );
  }
  const out = new Float64Array(shape[0] * dim);
  for (let i = 0; i < shape[0]; i++) {
    for (let d = 0; d < dim; d++) out[i * dim + d] = asNumber(points.get(i, d), what, i);
  }
  return out;
}

function fromRows(rows: readonly unknown[], dim: number, what: string): Float64Array {
  const out = new Float64Array(rows.length * dim);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!Array.isArray(row) && !isTypedArray(row)) {
      throw new TypeError(`${what}: point ${i} is a row of ${dim} numbers, got ${describe(row)}`);
    }
    if (row.length !== dim) {
      throw new RangeError(`${what}: point ${i} has ${row.length} numbers; the mesh is ${dim}-D`);
    }
    for (let d = 0; d < dim; d++) out[i * dim + d] = asNumber(row[d], what, i);
  }
  return out;
}

function asNumber(value: unknown, what: string, point: number): number {
  if (typeof value === "number") return value;
  throw new TypeError(`${what}: point ${point} holds ${describe(value)}; coordinates are numbers`);
}
