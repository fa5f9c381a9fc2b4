/**
 * The rules of differentiation, one for every operation that formulas have.
 *
 * @module
 */
import type { Graph, Node } from "./graph.ts";

/** The derivative of an operation, given those of its operands, of which one at least is not zero. */
export type Rule = (g: Graph, node: Node, slopes: readonly Node[]) => Node;

/** `f'(u) u'`, from `f'` as a function of the operand and of the value itself. */
function chain(outer: (g: Graph, u: Node, value: Node) => Node): Rule {
  return (g, node, [slope]) => g.product(outer(g, node.operands[0], node), slope);
}

/** `u' / d`. */
function over(divisor: (g: Graph, u: Node, value: Node) => Node): Rule {
  return (g, node, [slope]) => g.quotient(slope, divisor(g, node.operands[0], node));
}

const square = (g: Graph, u: Node): Node => g.product(u, u);
const sqrt = (g: Graph, u: Node): Node => g.apply("sqrt", [u]);
/** `1 + u^2` */
const onePlusSquare = (g: Graph, u: Node): Node => g.sum(g.one, square(g, u));
/** `1 - u^2` */
const oneMinusSquare = (g: Graph, u: Node): Node => g.difference(g.one, square(g, u));

/** Constant almost everywhere. */
const flat: Rule = (g) => g.zero;

const powerRule: Rule = (g, node, [da, db]) => {
  const [a, b] = node.operands;
  const byBase = da === g.zero
    ? g.zero
    : g.product(g.product(b, g.power(a, g.difference(b, g.one))), da);
  // Where the exponent does not vary, the logarithm of a negative base must not spoil the result.
  if (db === g.zero) return byBase;
  return g.sum(byBase, g.product(g.product(node, g.apply("log", [a])), db));
};

/** The slope of the operand that is taken; the first of several equal ones. */
function extreme(wins: "<=" | ">="): Rule {
  return (g, { operation, operands }, slopes) => {
    let slope = slopes[slopes.length - 1], value = operands[operands.length - 1];
    for (let k = operands.length - 2; k >= 0; k--) {
      const isTaken = g.apply(wins, [operands[k], value]);
      slope = g.apply("if", [isTaken, slopes[k], slope]);
      value = g.apply(operation, [operands[k], value]);
    }
    return slope;
  };
}

/** By the name of the operation. */
export const rules: Readonly<Record<string, Rule>> = {
  "+": (g, _, [da, db]) => g.sum(da, db),
  "-": (g, _, [da, db]) => g.difference(da, db),
  neg: (g, _, [da]) => g.negative(da),
  "*": (g, { operands: [a, b] }, [da, db]) => g.sum(g.product(da, b), g.product(a, db)),
  "/": (g, node, [da, db]) => g.quotient(g.difference(da, g.product(node, db)), node.operands[1]),
  "^": powerRule,
  if: (g, { operands: [condition] }, [_, yes, no]) => g.apply("if", [condition, yes, no]),
  sin: chain((g, u) => g.apply("cos", [u])),
  cos: chain((g, u) => g.negative(g.apply("sin", [u]))),
  tan: chain((g, _, value) => onePlusSquare(g, value)),
  asin: over((g, u) => sqrt(g, oneMinusSquare(g, u))),
  acos: over((g, u) => g.negative(sqrt(g, oneMinusSquare(g, u)))),
  atan: over((g, u) => onePlusSquare(g, u)),
  atan2: (g, { operands: [y, x] }, [dy, dx]) =>
    g.quotient(
      g.difference(g.product(x, dy), g.product(y, dx)),
      g.sum(square(g, x), square(g, y)),
    ),
  sinh: chain((g, u) => g.apply("cosh", [u])),
  cosh: chain((g, u) => g.apply("sinh", [u])),
  tanh: chain((g, _, value) => oneMinusSquare(g, value)),
  asinh: over((g, u) => sqrt(g, onePlusSquare(g, u))),
  acosh: over((g, u) => g.product(sqrt(g, g.difference(u, g.one)), sqrt(g, g.sum(u, g.one)))),
  atanh: over((g, u) => oneMinusSquare(g, u)),
  exp: chain((_, __, value) => value),
  expm1: chain((g, u) => g.apply("exp", [u])),
  log: over((_, u) => u),
  log1p: over((g, u) => g.sum(g.one, u)),
  log2: over((g, u) => g.product(g.number(Math.LN2), u)),
  log10: over((g, u) => g.product(g.number(Math.LN10), u)),
  sqrt: over((g, _, value) => g.product(g.number(2), value)),
  cbrt: over((g, _, value) => g.product(g.number(3), square(g, value))),
  abs: chain((g, u) => g.apply("sign", [u])),
  min: extreme("<="),
  max: extreme(">="),
  mod: (g, { operands: [a, b] }, [da, db]) =>
    g.difference(da, g.product(g.apply("floor", [g.quotient(a, b)]), db)),
  sign: flat,
  floor: flat,
  ceil: flat,
  round: flat,
  "<": flat,
  "<=": flat,
  ">": flat,
  ">=": flat,
  "==": flat,
  "!=": flat,
  and: flat,
  or: flat,
  not: flat,
};
