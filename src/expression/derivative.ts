/**
 * Derivatives. mathjs knows the rules of smooth functions; what it has none for (branches, absolute
 * values, minima) is set aside under a fresh name and joined by the chain rule.
 *
 * @module
 */
import { differentiateSyntax } from "../deps/mathjs.ts";
import { convertSyntax } from "./parse.ts";
import { difference, product, quotient, simplify, sum } from "./simplify.ts";
import {
  collectNames,
  nameTree,
  numberTree,
  operationTree,
  replaceNames,
  type Tree,
} from "./tree.ts";
import { writeFormula } from "./write.ts";

const zero = numberTree(0);
/** mathjs has no rule for true and false. */
const truths: ReadonlyMap<string, Tree> = new Map([["true", numberTree(1)], ["false", zero]]);

/**
 * The derivative of `tree` by `name`. Where a function has a kink or a jump (`abs`, `sign`, `floor`,
 * `min`, `c ? a : b`) it is the derivative of the branch that is taken there; conditions do not
 * contribute.
 *
 * @throws {RangeError} when there is no rule for some function.
 */
export function differentiate(tree: Tree, name: string): Tree {
  if (!dependsOn(tree, name)) return zero;
  if (tree.kind !== "operation") return numberTree(1);
  const rule = rules[tree.operation];
  if (rule) return rule(tree.operands, (operand) => differentiate(operand, name));

  const aside = new Map<string, Tree>();
  const taken = new Set<string>();
  collectNames(tree, taken);
  const smooth = setAside(tree, name, aside, taken);
  let total = smoothDerivative(smooth, name);
  for (const [placeholder, part] of aside) {
    const outer = smoothDerivative(smooth, placeholder);
    total = sum(total, product(outer, differentiate(part, name)));
  }
  return replaceNames(total, aside);
}

function dependsOn(tree: Tree, name: string): boolean {
  if (tree.kind === "name") return tree.name === name;
  return tree.kind === "operation" && tree.operands.some((operand) => dependsOn(operand, name));
}

/** Replaces the subtrees that depend on `name` and that have a rule here by placeholders. */
function setAside(tree: Tree, name: string, aside: Map<string, Tree>, taken: Set<string>): Tree {
  if (tree.kind !== "operation") return tree;
  // Also what does not depend on `name`: mathjs is not asked about functions that it does not know.
  if (tree.operation in rules) {
    let n = aside.size;
    while (taken.has(`part_${n}`)) n++;
    taken.add(`part_${n}`);
    aside.set(`part_${n}`, tree);
    return nameTree(`part_${n}`);
  }
  return operationTree(
    tree.operation,
    tree.operands.map((operand) => setAside(operand, name, aside, taken)),
  );
}

function smoothDerivative(tree: Tree, name: string): Tree {
  if (!dependsOn(tree, name)) return zero;
  const text = writeFormula(replaceNames(tree, truths));
  try {
    return simplify(convertSyntax(differentiateSyntax(text, name), text));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(`no derivative of ${text} by ${name}: ${reason}`, { cause });
  }
}

type Rule = (operands: readonly Tree[], d: (operand: Tree) => Tree) => Tree;

const squared = (u: Tree): Tree => operationTree("^", [u, numberTree(2)]);
const constantAlmostEverywhere: Rule = () => zero;

function choice(condition: Tree, a: Tree, b: Tree): Tree {
  return writeFormula(a) === writeFormula(b) ? a : operationTree("if", [condition, a, b]);
}

/** The first of the extreme operands counts, as for ties in order. */
const extreme = (operation: "min" | "max"): Rule => (operands, d) => {
  if (operands.length === 1) return d(operands[0]);
  const [first, ...rest] = operands;
  const others = rest.length === 1 ? rest[0] : operationTree(operation, rest);
  const wins = operationTree(operation === "min" ? "<=" : ">=", [first, others]);
  return choice(wins, d(first), d(others));
};

const rules: Readonly<Record<string, Rule>> = {
  if: ([condition, a, b], d) => choice(condition, d(a), d(b)),
  abs: ([u], d) => product(operationTree("sign", [u]), d(u)),
  min: extreme("min"),
  max: extreme("max"),
  mod: ([a, b], d) =>
    difference(d(a), product(operationTree("floor", [operationTree("/", [a, b])]), d(b))),
  atan2: ([y, x], d) =>
    quotient(
      difference(product(x, d(y)), product(y, d(x))),
      operationTree("+", [squared(x), squared(y)]),
    ),
  cbrt: ([u], d) => quotient(d(u), product(numberTree(3), squared(operationTree("cbrt", [u])))),
  log2: ([u], d) => quotient(d(u), product(u, operationTree("log", [numberTree(2)]))),
  log1p: ([u], d) => quotient(d(u), sum(numberTree(1), u)),
  expm1: ([u], d) => product(operationTree("exp", [u]), d(u)),
  ...Object.fromEntries(
    ["sign", "floor", "ceil", "round", "<", "<=", ">", ">=", "==", "!=", "and", "or", "not"]
      .map((operation) => [operation, constantAlmostEverywhere]),
  ),
};
