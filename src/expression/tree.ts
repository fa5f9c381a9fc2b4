/**
 * Formulas as trees: numbers that are not negative, names, and operations from one closed table. The
 * table is the whole vocabulary; nothing outside of it is ever evaluated.
 *
 * @module
 */
import { constants, numberWords } from "./constants.ts";

/** A formula. Immutable; subtrees are shared freely. */
export type Tree = NumberTree | NameTree | OperationTree;

/** A constant, zero or greater or NaN; a negative one is the `neg` of its magnitude. */
export interface NumberTree {
  readonly kind: "number";
  readonly value: number;
}

/** A variable, or one of the constants. */
export interface NameTree {
  readonly kind: "name";
  readonly name: string;
}

/** An operation of the table applied to its operands. */
export interface OperationTree {
  readonly kind: "operation";
  readonly operation: string;
  readonly operands: readonly Tree[];
}

/** How an operation is computed and how it is written. */
export interface Operation {
  /** The least number of operands. */
  readonly least: number;
  /** The greatest number of operands. */
  readonly most: number;
  /** JavaScript for the value; names of {@link kernels} and {@link Math} functions are in scope. */
  readonly code: (operands: readonly string[]) => string;
  /** The infix or prefix sign; absent for `name(operands)`. */
  readonly sign?: string;
  /** How tightly the sign binds; greater is tighter. */
  readonly strength?: number;
}

/** Functions that generated code may call, besides those of `Math`. */
export const kernels = {
  /** Real power. Exponents 2 and 1/2 are spelled out because optimizing compilers treat them apart. */
  power(base: number, exponent: number): number {
    if (exponent === 2) return base * base;
    if (exponent === 0.5) return Math.sqrt(base);
    return Math.pow(base, exponent);
  },
  square: (u: number): number => u * u,
  cube: (u: number): number => u * u * u,
  /** The remainder with the sign of the divisor: `a - b floor(a / b)`; `a` where `b` is 0. */
  modulo: (a: number, b: number): number => b === 0 ? a : a - b * Math.floor(a / b),
  /** To the nearest integer, halves away from zero. */
  nearest(u: number): number {
    const whole = Math.trunc(u);
    return Math.abs(u - whole) >= 0.5 ? whole + Math.sign(u) : whole;
  },
} as const;

function infix(sign: string, strength: number): Operation {
  return { least: 2, most: 2, sign, strength, code: ([a, b]) => `(${a} ${sign} ${b})` };
}

function comparison(sign: string, script = sign): Operation {
  return {
    least: 2,
    most: 2,
    sign,
    strength: 4,
    code: ([a, b]) => `(${a} ${script} ${b} ? 1 : 0)`,
  };
}

function call(name: string, least = 1, most = least): Operation {
  return { least, most, code: (operands) => `${name}(${operands.join(", ")})` };
}

function powerCode([base, exponent]: readonly string[]): string {
  if (exponent === "2") return `square(${base})`;
  if (exponent === "3") return `cube(${base})`;
  return `power(${base}, ${exponent})`;
}

const unaryFunctions = [
  ..."sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp expm1 log log1p log2 log10"
    .split(
      " ",
    ),
  ..."sqrt cbrt abs sign floor ceil".split(" "),
];

/** Every operation there is, by name. */
export const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["if", {
    least: 3,
    most: 3,
    sign: "?",
    strength: 1,
    code: ([c, a, b]) => `(${c} ? ${a} : ${b})`,
  }],
  ["or", { ...infix("or", 2), code: ([a, b]) => `(${a} || ${b} ? 1 : 0)` }],
  ["and", { ...infix("and", 3), code: ([a, b]) => `(${a} && ${b} ? 1 : 0)` }],
  ["not", { least: 1, most: 1, sign: "not", strength: 7, code: ([a]) => `(${a} ? 0 : 1)` }],
  ["<", comparison("<")],
  ["<=", comparison("<=")],
  [">", comparison(">")],
  [">=", comparison(">=")],
  ["==", comparison("==", "===")],
  ["!=", comparison("!=", "!==")],
  ["+", infix("+", 5)],
  ["-", infix("-", 5)],
  ["*", infix("*", 6)],
  ["/", infix("/", 6)],
  ["neg", { least: 1, most: 1, sign: "-", strength: 7, code: ([a]) => `(-${a})` }],
  ["^", { ...infix("^", 8), code: powerCode }],
  ...unaryFunctions.map((name): [string, Operation] => [name, call(name)]),
  ["round", { ...call("nearest"), least: 1 }],
  ["atan2", call("atan2", 2)],
  ["mod", call("modulo", 2)],
  ["min", call("min", 1, 255)],
  ["max", call("max", 1, 255)],
]);

/** A constant; negative ones, -0 among them, become the negative of a magnitude. */
export function numberTree(value: number): Tree {
  if (value < 0 || Object.is(value, -0)) {
    return operationTree("neg", [{ kind: "number", value: -value }]);
  }
  return { kind: "number", value };
}

/** A variable or named constant. */
export function nameTree(name: string): NameTree {
  return { kind: "name", name };
}

/** An operation as it stands, with nothing simplified. */
export function operationTree(operation: string, operands: readonly Tree[]): OperationTree {
  return { kind: "operation", operation, operands };
}

/** Adds the free names of `tree` to `names`. */
export function collectNames(tree: Tree, names: Set<string>): void {
  if (tree.kind === "name") {
    if (!constants.has(tree.name)) names.add(tree.name);
  } else if (tree.kind === "operation") {
    for (const operand of tree.operands) collectNames(operand, names);
  }
}

/** Adds the constants that `tree` uses, by name, to `names`. */
export function collectConstants(tree: Tree, names: Set<string>): void {
  if (tree.kind === "name") {
    if (constants.has(tree.name)) names.add(tree.name);
  } else if (tree.kind === "number") {
    for (const [word, value] of numberWords) if (Object.is(value, tree.value)) names.add(word);
  } else for (const operand of tree.operands) collectConstants(operand, names);
}

/** The tree with some names replaced; untouched subtrees stay the same objects. */
export function replaceNames(tree: Tree, values: ReadonlyMap<string, Tree>): Tree {
  if (tree.kind === "name") return values.get(tree.name) ?? tree;
  if (tree.kind === "number") return tree;
  const operands = tree.operands.map((operand) => replaceNames(operand, values));
  return operands.every((operand, i) => operand === tree.operands[i])
    ? tree
    : operationTree(tree.operation, operands);
}
