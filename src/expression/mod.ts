/**
 * Symbolic expressions: real-valued formulas that can be evaluated on arrays, differentiated, and
 * saved with the state that holds them.
 *
 * ```ts
 * import { expression } from "@timestash/timestash/expression";
 *
 * const heat = expression("kappa * sin(pi * x)");
 * console.log(heat.variables()); // ["kappa", "x"]
 * console.log(heat.compile()({ kappa: 2, x: 0.5 })); // 2
 * console.log(`${heat.derivative("x")}`); // kappa * (pi * cos(pi * x))
 * ```
 *
 * @module
 */
import { type Expression, isExpression, registerExpressionDecoder } from "./contract.ts";
import { formulaOf } from "./formula.ts";

export { combine, expressionBrand, isExpression } from "./contract.ts";
export type { Expression, ExpressionAlgebra, ExpressionEvaluator } from "./contract.ts";

/**
 * Makes an expression from a formula.
 *
 * A formula has numbers, names, the constants `pi`, `e`, `true` (1) and `false` (0), the operators `+ - * / ^` and `%` (the
 * remainder with the sign of the divisor), comparisons (exact, 1 or 0), `and`, `or`, `not`,
 * `condition ? a : b`, and the functions sin, cos, tan, asin, acos, atan, atan2, sinh, cosh, tanh,
 * asinh, acosh, atanh, exp, expm1, log (natural, or `log(x, base)`), log1p, log2, log10, sqrt, cbrt,
 * abs, sign, floor, ceil, round (halves away from zero), min, max, mod, pow, and the reciprocals sec,
 * csc, cot, sech, csch, coth. All values are real: outside the domain of a function they are NaN.
 * Which numbers the names stand for is settled where the expression is used.
 *
 * @param formula The text; a number makes a constant, and an expression is returned as it is.
 * @throws {TypeError} when `formula` is none of the three.
 * @throws {RangeError} when the text cannot be read or uses anything else; the message names it.
 *
 * @example
 * ```ts
 * import { expression } from "@timestash/timestash/expression";
 *
 * const hat = expression("x < 1 ? x : 2 - x");
 * const value = hat.compile();
 * console.log(value({ x: 0.25 }), value({ x: 1.5 })); // 0.25 0.5
 * ```
 */
export function expression(formula: string | number | Expression): Expression {
  if (isExpression(formula)) return formula;
  if (typeof formula === "number") return formulaOf(String(formula));
  if (typeof formula !== "string") {
    throw new TypeError(`expression: a formula is a string or a number, found ${typeof formula}`);
  }
  return formulaOf(formula);
}

/**
 * The expression for which `toJSON` gave `json`, with the same structure and the same constants to
 * the last bit.
 *
 * @throws {TypeError} when `json` is not a string.
 * @throws {RangeError} when `json` is not the text of an expression.
 */
export function fromJSON(json: string): Expression {
  if (typeof json !== "string") {
    throw new TypeError(`fromJSON: a string is needed, found ${typeof json}`);
  }
  return formulaOf(json);
}

registerExpressionDecoder(fromJSON);
