/**
 * The class behind expressions.
 *
 * @module
 */
import { printAs } from "../display.ts";
import { compileColumns, compileScalar } from "./codegen.ts";
import { constants } from "./constants.ts";
import {
  type Expression,
  type ExpressionAlgebra,
  expressionBrand,
  type ExpressionEvaluator,
} from "./contract.ts";
import { differentiate } from "./derivative.ts";
import { parseFormula } from "./parse.ts";
import { negative, product, sum } from "./simplify.ts";
import { collectConstants, collectNames, numberTree, replaceNames, type Tree } from "./tree.ts";
import { writeFormula } from "./write.ts";

/** A formula with everything that follows from it, worked out when first asked for. */
class Formula implements Expression {
  readonly #tree: Tree;
  #text: string | null = null;
  #variables: readonly string[] | null = null;
  #constants: readonly string[] | null = null;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  get [expressionBrand](): ExpressionAlgebra {
    return algebra;
  }

  variables(): string[] {
    if (this.#variables === null) {
      const names = new Set<string>();
      collectNames(this.#tree, names);
      this.#variables = [...names].sort();
    }
    return [...this.#variables];
  }

  constants(): string[] {
    if (this.#constants === null) {
      const names = new Set<string>();
      collectConstants(this.#tree, names);
      this.#constants = [...names].sort();
    }
    return [...this.#constants];
  }

  derivative(name: string): Expression {
    if (typeof name !== "string") throw new TypeError(`derivative: a name is needed, not ${name}`);
    if (constants.has(name)) {
      throw new RangeError(`derivative: ${name} is a constant, not a variable`);
    }
    return new Formula(differentiate(this.#tree, name));
  }

  substitute(values: Readonly<Record<string, number>>): Expression {
    this.#requireNoConstant("substitute", (name) => Object.hasOwn(values, name));
    const trees = new Map<string, Tree>();
    for (const name of this.variables()) {
      if (!Object.hasOwn(values, name)) continue;
      const value = values[name];
      if (typeof value !== "number") throw new TypeError(`substitute: ${name} is not a number`);
      trees.set(name, numberTree(value));
    }
    return trees.size === 0 ? this : new Formula(replaceNames(this.#tree, trees));
  }

  compile(): (scope: Readonly<Record<string, number>>) => number {
    const names = this.variables();
    const compute = compileScalar(this.#tree, names);
    const hasConstants = this.constants().length > 0;
    return (scope) => {
      if (hasConstants) this.#requireNoConstant("compile", (name) => Object.hasOwn(scope, name));
      const values = names.map((name) => {
        const value = Object.hasOwn(scope, name) ? scope[name] : undefined;
        if (typeof value !== "number") {
          throw new RangeError(`${this}: ${name} needs a number, found ${value}`);
        }
        return value;
      });
      return compute(...values);
    };
  }

  evaluator(names: readonly string[]): ExpressionEvaluator {
    const missing = this.variables().filter((name) => !names.includes(name));
    if (missing.length > 0) {
      throw new RangeError(
        `${this}: nothing is known of ${missing.join(", ")}; known here: ${names.join(", ")}`,
      );
    }
    this.#requireNoConstant("evaluator", (name) => names.includes(name));
    return compileColumns(this.#tree, names);
  }

  toJSON(): string {
    if (this.#text === null) {
      this.#text = writeFormula(this.#tree);
      remember(this.#text, this);
    }
    return this.#text;
  }

  toString(): string {
    return this.toJSON();
  }

  static {
    printAs(this, function () {
      return `Expression(${this})`;
    });
  }

  /** The linear combination with {@link combine}'s arguments, already checked. */
  static combine(coefficients: ArrayLike<number>, expressions: readonly Expression[]): Expression {
    let total: Tree | null = null;
    for (let k = 0; k < expressions.length; k++) {
      const coefficient = coefficients[k];
      if (typeof coefficient !== "number") {
        throw new TypeError(`combine: coefficient ${k} is ${coefficient}, a number is needed`);
      }
      const tree = treeOf(expressions[k]);
      const term = coefficient < 0
        ? negative(product(numberTree(-coefficient), tree))
        : product(numberTree(coefficient), tree);
      total = total === null ? term : sum(total, term);
    }
    return new Formula(total!);
  }

  /** A value for a constant would be ignored in silence. */
  #requireNoConstant(what: string, given: (name: string) => boolean): void {
    const hidden = this.constants().find(given);
    if (hidden === undefined) return;
    throw new RangeError(
      `${what}: ${hidden} is a constant in ${this}, and a value was given for it; use another name`,
    );
  }

  static treeOf(formula: Formula): Tree {
    return formula.#tree;
  }
}

const algebra: ExpressionAlgebra = { combine: Formula.combine };

/** Expressions of another copy of the toolkit are read from their text. */
function treeOf(expression: Expression): Tree {
  return expression instanceof Formula
    ? Formula.treeOf(expression)
    : parseFormula(expression.toJSON());
}

// Expressions are immutable, so equal texts may share one. Putting state back then parses nothing.
const recent = new Map<string, Formula>();
const recentLimit = 256;

function remember(text: string, formula: Formula): void {
  recent.delete(text);
  recent.set(text, formula);
  if (recent.size > recentLimit) recent.delete(recent.keys().next().value!);
}

/** The formula of a text; parsed, or the one that was written as this text before. */
export function formulaOf(text: string): Expression {
  const known = recent.get(text);
  if (known !== undefined) return known;
  return new Formula(parseFormula(text));
}
