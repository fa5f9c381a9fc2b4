/**
 * Which functions formulas can call, and what each call means.
 *
 * @module
 */
import { numberTree, operations, operationTree, type Tree } from "./tree.ts";

const one = numberTree(1);
const reciprocal = (name: string) => (operands: readonly Tree[]): Tree =>
  operationTree("/", [one, operationTree(name, operands)]);

/** Functions that are short for others; mathjs's derivatives use some of them. */
const spelledOut = new Map<string, (operands: readonly Tree[]) => Tree>([
  ["pow", (operands) => operationTree("^", operands)],
  ["sec", reciprocal("cos")],
  ["csc", reciprocal("sin")],
  ["cot", reciprocal("tan")],
  ["sech", reciprocal("cosh")],
  ["csch", reciprocal("sinh")],
  ["coth", reciprocal("tanh")],
]);

/** Whether a name is that of a function. */
export function isFunctionName(name: string): boolean {
  return spelledOut.has(name) || (operations.has(name) && operations.get(name)!.sign === undefined);
}

/** The names of all functions, in alphabetical order. */
export function functionNames(): string[] {
  return [...operations.keys(), ...spelledOut.keys()].filter(isFunctionName).sort();
}

const single = { least: 1, most: 1 };
const two = { least: 2, most: 2 };

/**
 * The tree of a call.
 *
 * @param name A function; see {@link isFunctionName}.
 * @param refuse Called with the reason where the number of operands is wrong.
 */
export function callTree(
  name: string,
  operands: readonly Tree[],
  refuse: (reason: string) => never,
): Tree {
  if (name === "log" && operands.length === 2) {
    return operationTree("/", operands.map((operand) => operationTree("log", [operand])));
  }
  const { least, most } = operations.get(name) ?? (name === "pow" ? two : single);
  if (operands.length < least || operands.length > most) {
    const range = least === most ? `${least}` : `${least} or more`;
    refuse(`${name} takes ${range} operands, found ${operands.length}`);
  }
  return spelledOut.get(name)?.(operands) ?? operationTree(name, operands);
}
