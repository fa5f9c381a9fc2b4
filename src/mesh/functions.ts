/**
 * Values at many points from what users give: numbers, functions of position, expressions.
 *
 * @module
 */
import { type Expression, isExpression } from "../expression/contract.ts";
import type { ScalarFunction, VectorFunction } from "./points.ts";
import { describe } from "../options.ts";

/** Columns for the names in expressions: one number for all points, or an array with one value each. */
export type ColumnOf = (name: string) => Float64Array | number;

/** `out[i * stride + offset] = f(point i, t)`; a result that is not a number is a TypeError. */
export function sampleScalar(
  f: ScalarFunction,
  points: Float64Array,
  dim: 2 | 3,
  t: number,
  out: Float64Array,
): void {
  const count = points.length / dim;
  for (let i = 0; i < count; i++) {
    const x = points[i * dim], y = points[i * dim + 1], z = dim === 3 ? points[i * dim + 2] : 0;
    const value = f(x, y, z, t);
    if (typeof value !== "number") {
      throw new TypeError(
        `the function returned ${
          describe(value)
        } at (${x}, ${y}, ${z}), t = ${t}; it has to return a number`,
      );
    }
    out[i] = value;
  }
}

/** Row i of `out`, `[n x components]`, is what `f` writes for point i; components it leaves alone are 0. */
export function sampleVector(
  f: VectorFunction,
  points: Float64Array,
  dim: 2 | 3,
  t: number,
  components: number,
  out: Float64Array,
): void {
  const count = points.length / dim;
  const row = new Float64Array(components);
  for (let i = 0; i < count; i++) {
    row.fill(0);
    const x = points[i * dim], y = points[i * dim + 1], z = dim === 3 ? points[i * dim + 2] : 0;
    const result: unknown = f(x, y, z, row, t);
    if (result !== undefined && f.length < 4) {
      throw new TypeError(
        `a function for ${components} components is (x, y, z, out, t) => void and writes into out; this one takes ${f.length} arguments and returned ${
          describe(result)
        }`,
      );
    }
    out.set(row, i * components);
  }
}

/**
 * Evaluates an expression at `count` points; `column` resolves its names, late, and sees its constants too,
 * whose values it cannot change.
 */
export function sampleExpression(
  expression: Expression,
  column: ColumnOf,
  count: number,
  out: Float64Array,
): void {
  expression.constants().forEach(column);
  const names = expression.variables();
  expression.evaluator(names)(names.map(column), count, out);
}

/** The value of an expression without variables; see {@link sampleExpression}. */
export function constantValue(expression: Expression, column: ColumnOf): number {
  expression.constants().forEach(column);
  return expression.compile()({});
}

/** What can stand for one component. */
export type ComponentValue = number | Expression;

/** True for a list of numbers and expressions. */
export function isComponentList(value: unknown): value is readonly ComponentValue[] {
  return Array.isArray(value) && value.every((v) => typeof v === "number" || isExpression(v));
}
