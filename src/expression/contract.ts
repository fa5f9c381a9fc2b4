/**
 * What the floors above know of expressions, without loading the algebra library behind them. Only
 * `src/expression/mod.ts` loads it; this file stays light.
 *
 * @module
 */

/** The mark by which expressions are known, also those of another copy of the toolkit. */
export const expressionBrand: unique symbol = Symbol.for("timestash.expression") as never;

/**
 * Evaluates an expression at `count` points. `columns[j]` belongs to the j-th name the evaluator was
 * made for: an array `[count]` with one value per point, or one number for all of them. The values go to the
 * first `count` elements of `out`, `[count]`. Nothing is allocated, except on a first call with a new pattern of
 * arrays and numbers.
 */
export type ExpressionEvaluator = (
  columns: readonly (Float64Array | number)[],
  count: number,
  out: Float64Array,
) => void;

/** What can be done to expressions by whatever holds one; see {@link combine}. */
export interface ExpressionAlgebra {
  /** `coefficients[0] * expressions[0] + coefficients[1] * expressions[1] + ...`. */
  combine(coefficients: ArrayLike<number>, expressions: readonly Expression[]): Expression;
}

/** A real-valued formula, immutable. Made by `expression("kappa * sin(pi * x)")`. */
export interface Expression {
  /** The mark of {@link isExpression}. */
  readonly [expressionBrand]: ExpressionAlgebra;
  /** The free names in alphabetical order; functions and constants are not among them. */
  variables(): string[];
  /** The constants that the formula uses, in alphabetical order: of `e`, `false`, `Infinity`, `NaN`, `pi`, `true`. */
  constants(): string[];
  /**
   * The partial derivative by the variable `name`.
   *
   * @throws {RangeError} when the formula holds something that has no formula for its derivative.
   */
  derivative(name: string): Expression;
  /**
   * The formula with numbers in place of some of its variables. Names that do not occur are ignored.
   *
   * @throws {TypeError} when a value is not a number.
   * @throws {RangeError} when there is a value for a constant that the formula uses.
   */
  substitute(values: Readonly<Record<string, number>>): Expression;
  /**
   * The value for numbers by name; outside the domain of real functions, NaN. Same bits as {@link evaluator}. A
   * call throws a RangeError when a variable has no number, or a constant that the formula uses has one.
   */
  compile(): (scope: Readonly<Record<string, number>>) => number;
  /**
   * Evaluates at many points without interpretation.
   *
   * @param names The order in which columns will be given; every variable has to be among them.
   * @throws {RangeError} when a variable of the expression is not among `names`, or a constant is.
   */
  evaluator(names: readonly string[]): ExpressionEvaluator;
  /** A text from which {@link decodeExpression} makes an equal expression, with every constant to the last bit. */
  toJSON(): string;
  /** The formula as one would write it. */
  toString(): string;
}

/** True for every expression. */
export function isExpression(value: unknown): value is Expression {
  return typeof value === "object" && value !== null && expressionBrand in value;
}

/**
 * The linear combination `c[0] e[0] + c[1] e[1] + ...` as one expression.
 *
 * @throws {RangeError} when the lengths differ or there is nothing to combine.
 */
export function combine(
  coefficients: ArrayLike<number>,
  expressions: readonly Expression[],
): Expression {
  if (expressions.length === 0 || coefficients.length !== expressions.length) {
    throw new RangeError(
      `combine: ${coefficients.length} coefficients for ${expressions.length} expressions; give as many of each, at least one`,
    );
  }
  return expressions[0][expressionBrand].combine(coefficients, expressions);
}

type Decoder = (json: string) => Expression;
let decoder: Decoder | null = null;

/** Tells how {@link decodeExpression} makes expressions; called by the expression module when it loads. */
export function registerExpressionDecoder(decode: Decoder): void {
  decoder = decode;
}

/**
 * The expression that `toJSON` gave `json` for.
 *
 * @throws {TypeError} when the expression module is not loaded: `await loadExpressions()` first.
 * @throws {RangeError} when `json` is not the text of an expression.
 */
export function decodeExpression(json: string): Expression {
  if (decoder === null) {
    throw new TypeError(
      'an expression is needed but the expression module is not loaded: write import "@timestash/timestash/expression" ' +
        "without names (TypeScript leaves out an import whose names are not used), or await loadExpressions() first",
    );
  }
  return decoder(json);
}

/** Loads the expression module, for a file that holds expressions in a program that never made one. */
export async function loadExpressions(): Promise<void> {
  if (decoder === null) await import("./mod.ts");
}
