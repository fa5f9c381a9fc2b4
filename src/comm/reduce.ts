/**
 * Combines numbers of several ranks, always in rank order, ((x0 + x1) + x2) + ..., so that the bits are the
 * same every time, on every rank and with every kind of communicator.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";
import type { CommReduction } from "./comm.ts";

const reductions: readonly CommReduction[] = ["sum", "min", "max"];

/**
 * The reduction as a small integer.
 *
 * @throws {TypeError} when there is no reduction of this name.
 */
export function reductionCode(op: CommReduction): number {
  const code = reductions.indexOf(op);
  if (code < 0) {
    throw new TypeError(`allreduce: "${String(op)}" is not "sum", "min" or "max"`);
  }
  return code;
}

/** The reduction's name, for errors. */
export function reductionName(code: number): string {
  return reductions[code] ?? "?";
}

/** Combines `a`, then `b`; the minimum or maximum with a NaN is NaN, and -0 is less than 0. */
export function reducePair(a: number, b: number, code: number): number {
  return code === 0 ? a + b : code === 1 ? Math.min(a, b) : Math.max(a, b);
}

/** `into[i] = combine(into[i], values[i])`, in the arithmetic of the element type. */
export function reduceInto(into: TypedArray, values: TypedArray, code: number): void {
  if (into instanceof Float64Array && code === 0) addFloat64(into, values as Float64Array);
  else if (into instanceof BigInt64Array || into instanceof BigUint64Array) {
    combineBigInts(into, values as BigInt64Array, code);
  } else combineNumbers(into as Float64Array, values as Float64Array, code);
}

function addFloat64(into: Float64Array, values: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i] += values[i];
}

/** Rounding a float64 sum of two float32 (or float16) to their type is the correctly rounded sum. */
function combineNumbers(into: Float64Array, values: Float64Array, code: number): void {
  const n = into.length;
  if (code === 0) { for (let i = 0; i < n; i++) into[i] += values[i]; }
  else if (code === 1) { for (let i = 0; i < n; i++) into[i] = Math.min(into[i], values[i]); }
  else for (let i = 0; i < n; i++) into[i] = Math.max(into[i], values[i]);
}

/** Sums wrap around, as integers do. */
function combineBigInts(
  into: BigInt64Array | BigUint64Array,
  values: BigInt64Array | BigUint64Array,
  code: number,
): void {
  for (let i = 0; i < into.length; i++) {
    const a = into[i], b = values[i];
    into[i] = code === 0 ? a + b : (code === 1) === (a < b) ? a : b;
  }
}
