/**
 * Writes trees as text that parses to the same tree again, constants to the last bit.
 *
 * @module
 */
import { operations, type Tree } from "./tree.ts";

/** The formula as text. `parseFormula(writeFormula(tree))` equals `tree` for every tree. */
export function writeFormula(tree: Tree): string {
  if (tree.kind === "number") return String(tree.value);
  if (tree.kind === "name") return tree.name;
  const { sign, strength = 0 } = operations.get(tree.operation)!;
  if (sign === undefined) return `${tree.operation}(${tree.operands.map(writeFormula).join(", ")})`;
  const [first, second, third] = tree.operands;
  if (tree.operation === "neg") return `-${writeOperand(first, strength + 1)}`;
  if (tree.operation === "not") return `not (${writeFormula(first)})`;
  if (tree.operation === "if") {
    const parts = [first, second, third].map((operand) => writeOperand(operand, strength + 1));
    return `${parts[0]} ? ${parts[1]} : ${parts[2]}`;
  }
  // Comparisons chain and powers associate to the right; both are bracketed on either side.
  const left = chains(tree.operation) ? strength + 1 : strength;
  return `${writeOperand(first, left)} ${sign} ${writeOperand(second, strength + 1)}`;
}

function chains(operation: string): boolean {
  return operation === "^" || operations.get(operation)!.strength === 4;
}

/** Brackets what binds less than `least`. */
function writeOperand(tree: Tree, least: number): string {
  const text = writeFormula(tree);
  if (tree.kind !== "operation") return text;
  const strength = operations.get(tree.operation)!.strength ?? Infinity;
  return strength < least ? `(${text})` : text;
}
