/**
 * The numbers that a user's value stands for, one row per particle. What a whole-number type cannot
 * hold is an error, not another number.
 *
 * @module
 */
import { allocate, type ArrayKind, isTypedArray, kindOf, type TypedArray } from "../arrays.ts";
import type { NdArray } from "../deps/ndarray.ts";
import { type Expression, isExpression } from "../expression/contract.ts";
import type { ColumnOf } from "../mesh/functions.ts";
import {
  type FieldFunction,
  isNdArray,
  type ScalarFunction,
  type VectorFunction,
} from "../mesh/points.ts";
import { describe } from "../options.ts";
import { componentValues } from "./expression_columns.ts";

/** What {@link SwarmVariable.set} takes; arrays are `[count x components]`, or one row of `[components]`. */
export type ParticleValue =
  | number
  | bigint
  | Expression
  | FieldFunction
  | TypedArray
  | NdArray
  | readonly (number | bigint | Expression)[];

/** What the values are for. */
export interface ParticleTarget {
  readonly name: string;
  readonly kind: ArrayKind;
  readonly components: number;
  readonly count: number;
  readonly dim: 2 | 3;
  /** `[count x dim]`. */
  readonly points: Float64Array;
  readonly time: number;
  /** What names in expressions stand for. */
  readonly column: ColumnOf;
}

/**
 * New memory, `[count x components]`, or the array that was given where it has the right type.
 *
 * @throws {TypeError} when the value is of no kind that `set` takes.
 * @throws {RangeError} when a shape does not fit, or the type cannot hold a number.
 */
export function particleValues(target: ParticleTarget, value: unknown): TypedArray {
  const { name, components, count, kind } = target;
  const length = count * components;
  if (typeof value === "number" || typeof value === "bigint") {
    return repeated(target, [value]);
  }
  if (typeof value === "function") return sampled(target, value as ScalarFunction);
  if (isTypedArray(value)) {
    if (value.length !== length) throw wrongLength(target, value.length);
    return kindOf(value) === kind ? value : converted(target, value);
  }
  if (isNdArray(value)) return converted(target, shaped(target, value));
  if (isExpression(value)) return fromComponents(target, [value]);
  if (Array.isArray(value)) {
    if (value.some(isExpression)) return fromComponents(target, value);
    if (value.length === components) return repeated(target, value);
    if (value.length === length) return converted(target, value);
    throw wrongLength(target, value.length);
  }
  throw new TypeError(
    `variable '${name}' is set to a number or expression, one per component, a function, or ${length} numbers, got ${
      describe(value)
    }`,
  );
}

function fromComponents(
  target: ParticleTarget,
  values: readonly (number | bigint | Expression)[],
): TypedArray {
  const { name, components, count, column } = target;
  if (values.length !== components) {
    throw new RangeError(
      `variable '${name}' has ${components} components, got ${values.length} expressions or numbers; give one for each: [a, b]`,
    );
  }
  return converted(target, componentValues(values, column, count));
}

function wrongLength({ name, count, components }: ParticleTarget, length: number): RangeError {
  return new RangeError(
    `variable '${name}' has ${count} x ${components} values, got ${length}; the swarm's population may have changed`,
  );
}

/** One row for all particles. */
function repeated(target: ParticleTarget, row: readonly unknown[]): TypedArray {
  const { kind, components, count } = target;
  const values = Array.from({ length: components }, (_, k) => row[row.length === 1 ? 0 : k]);
  const one = converted(target, values);
  const out = allocate(kind, count * components);
  for (let i = 0; i < count; i++) (out as Float64Array).set(one as Float64Array, i * components);
  return out;
}

function sampled(target: ParticleTarget, f: ScalarFunction | VectorFunction): TypedArray {
  const { components, count, dim, points, time } = target;
  if (components === 1) return converted(target, sampledOne(target, f as ScalarFunction));
  const out = new Float64Array(count * components);
  const row = new Float64Array(components);
  for (let i = 0; i < count; i++) {
    row.fill(0);
    const z = dim === 3 ? points[i * dim + 2] : 0;
    const result: unknown = (f as VectorFunction)(
      points[i * dim],
      points[i * dim + 1],
      z,
      row,
      time,
    );
    if (result !== undefined && f.length < 4) {
      throw new TypeError(
        `a function for the ${components} components of '${target.name}' is (x, y, z, out, t) => void and writes into out; this one returned ${
          describe(result)
        }`,
      );
    }
    out.set(row, i * components);
  }
  return target.kind === "float64" ? out : converted(target, out);
}

function sampledOne(target: ParticleTarget, f: ScalarFunction): (number | bigint)[] {
  const { count, dim, points, time } = target;
  const out: (number | bigint)[] = [];
  for (let i = 0; i < count; i++) {
    const z = dim === 3 ? points[i * dim + 2] : 0;
    out.push(f(points[i * dim], points[i * dim + 1], z, time));
  }
  return out;
}

function shaped(target: ParticleTarget, value: NdArray): unknown[] {
  const { components, count, name } = target;
  const { shape } = value;
  const fits = shape[0] === count &&
    (shape.length === 2 ? shape[1] === components : shape.length === 1 && components === 1);
  if (!fits) {
    throw new RangeError(
      `variable '${name}' has the shape [${count}, ${components}], got [${shape.join(", ")}]`,
    );
  }
  const out: unknown[] = [];
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < components; k++) {
      out.push(shape.length === 1 ? value.get(i) : value.get(i, k));
    }
  }
  return out;
}

/** Numbers in the type of the target. Floats round; whole numbers have to fit. */
function converted(target: ParticleTarget, values: ArrayLike<unknown>): TypedArray {
  const { kind, name } = target;
  const out = allocate(kind, values.length);
  if (out instanceof BigInt64Array || out instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) out[i] = asBigInt(target, values[i]);
  } else {
    for (let i = 0; i < values.length; i++) out[i] = asNumber(target, values[i]);
  }
  if (kind.startsWith("float") || kind === "uint8clamped") return out;
  for (let i = 0; i < values.length; i++) {
    // Loose on purpose: a bigint equals the number of its value.
    if (out[i] == values[i]) continue;
    throw new RangeError(`variable '${name}' is of ${kind}, which cannot hold ${values[i]}`);
  }
  return out;
}

function asNumber({ name }: ParticleTarget, value: unknown): number {
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  throw new TypeError(`variable '${name}' holds numbers, got ${describe(value)}`);
}

function asBigInt({ name, kind }: ParticleTarget, value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value !== "number") {
    throw new TypeError(`variable '${name}' holds numbers, got ${describe(value)}`);
  }
  if (Number.isInteger(value)) return BigInt(value);
  throw new RangeError(`variable '${name}' is of ${kind}, which cannot hold ${value}`);
}
