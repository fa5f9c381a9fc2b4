/**
 * Builds sums, products and powers without the ones and zeros that differentiation leaves behind.
 * Only what holds for all finite operands is simplified, and nothing is reordered.
 *
 * @module
 */
import { kernels, numberTree, operationTree, type Tree } from "./tree.ts";

/** The value of a constant, or null for everything else. */
export function constantOf(tree: Tree): number | null {
  if (tree.kind === "number") return tree.value;
  if (tree.kind === "operation" && tree.operation === "neg") {
    const inner = tree.operands[0];
    return inner.kind === "number" ? -inner.value : null;
  }
  return null;
}

/** `-a`. */
export function negative(a: Tree): Tree {
  const value = constantOf(a);
  if (value !== null) return numberTree(value === 0 ? 0 : -value);
  return a.kind === "operation" && a.operation === "neg"
    ? a.operands[0]
    : operationTree("neg", [a]);
}

/** `a + b`. */
export function sum(a: Tree, b: Tree): Tree {
  const u = constantOf(a), v = constantOf(b);
  if (u !== null && v !== null) return numberTree(u + v);
  if (u === 0) return b;
  if (v === 0) return a;
  if (b.kind === "operation" && b.operation === "neg") {
    return operationTree("-", [a, b.operands[0]]);
  }
  return operationTree("+", [a, b]);
}

/** `a - b`. */
export function difference(a: Tree, b: Tree): Tree {
  const u = constantOf(a), v = constantOf(b);
  if (u !== null && v !== null) return numberTree(u - v);
  if (u === 0) return negative(b);
  if (v === 0) return a;
  if (b.kind === "operation" && b.operation === "neg") {
    return operationTree("+", [a, b.operands[0]]);
  }
  return operationTree("-", [a, b]);
}

/** `a b`. */
export function product(a: Tree, b: Tree): Tree {
  const u = constantOf(a), v = constantOf(b);
  if (u !== null && v !== null) return numberTree(u * v);
  if (u === 0 || v === 0) return numberTree(0);
  if (u === 1) return b;
  if (v === 1) return a;
  if (u === -1) return negative(b);
  if (v === -1) return negative(a);
  return operationTree("*", [a, b]);
}

/** `a / b`. */
export function quotient(a: Tree, b: Tree): Tree {
  const u = constantOf(a), v = constantOf(b);
  if (v === 1) return a;
  if (v === -1) return negative(a);
  if (u !== null && v !== null && v !== 0) return numberTree(u / v);
  if (u === 0 && v !== 0) return numberTree(0);
  return operationTree("/", [a, b]);
}

/** `a ^ b`. */
export function power(a: Tree, b: Tree): Tree {
  const u = constantOf(a), v = constantOf(b);
  if (v === 0) return numberTree(1);
  if (v === 1) return a;
  if (u !== null && v !== null) return numberTree(kernels.power(u, v));
  return operationTree("^", [a, b]);
}

const builders: Readonly<Record<string, (a: Tree, b: Tree) => Tree>> = {
  "+": sum,
  "-": difference,
  "*": product,
  "/": quotient,
  "^": power,
};

/** The tree built anew through the rules above. */
export function simplify(tree: Tree): Tree {
  if (tree.kind !== "operation") return tree;
  const operands = tree.operands.map(simplify);
  if (tree.operation === "neg") return negative(operands[0]);
  const build = builders[tree.operation];
  return build ? build(operands[0], operands[1]) : operationTree(tree.operation, operands);
}
