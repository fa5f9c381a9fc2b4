/**
 * The gate: text becomes a tree through mathjs's parser, and whatever is not in the table of
 * operations is refused here, by name.
 *
 * @module
 */
import { parseSyntax, type SyntaxNode } from "../deps/mathjs.ts";
import { callTree, functionNames, isFunctionName } from "./calls.ts";
import { constants } from "./constants.ts";
import { nameTree, numberTree, operations, operationTree, type Tree } from "./tree.ts";
import { withinStack } from "./within_stack.ts";

/**
 * The tree of a formula.
 *
 * @throws {RangeError} when the text is not a formula, or uses something that formulas do not have.
 */
export function parseFormula(text: string): Tree {
  return withinStack(
    `expression ${quote(text)}`,
    () => convertSyntax(readSyntax(text), text),
  );
}

function readSyntax(text: string): SyntaxNode {
  try {
    return parseSyntax(text);
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(`expression ${quote(text)} cannot be read: ${reason}`, { cause });
  }
}

/** The tree of a node of mathjs; `text` is for messages only. */
export function convertSyntax(node: SyntaxNode, text: string): Tree {
  const convert = (child: SyntaxNode): Tree => convertSyntax(child, text);
  switch (node.type) {
    case "ParenthesisNode":
      return convert(node.content!);
    case "ConstantNode":
      return convertConstant(node.value, text);
    case "SymbolNode":
      return convertName(node.name!, text);
    case "OperatorNode":
      return convertOperator(node, node.args!.map(convert), text);
    case "FunctionNode":
      return convertCall(node, node.args!.map(convert), text);
    case "ConditionalNode":
      return operationTree("if", [node.condition!, node.trueExpr!, node.falseExpr!].map(convert));
    case "RelationalNode":
      return convertChain(node.conditionals!, node.params!.map(convert), text);
    default:
      return refuse(text, refusedNodes[node.type] ?? node.type);
  }
}

const refusedNodes: Readonly<Record<string, string>> = {
  AccessorNode: "an index or a property",
  IndexNode: "an index or a property",
  ArrayNode: "a matrix",
  AssignmentNode: "an assignment",
  BlockNode: "several statements",
  FunctionAssignmentNode: "the definition of a function",
  ObjectNode: "an object",
  RangeNode: "a range",
};

function convertConstant(value: unknown, text: string): Tree {
  if (typeof value === "number") return numberTree(value);
  if (typeof value === "boolean") return nameTree(String(value));
  if (value === undefined) return refuse(text, "no formula at all");
  return refuse(text, value === null ? "null" : `the ${typeof value} ${JSON.stringify(value)}`);
}

function convertName(name: string, text: string): Tree {
  if (name === "i") return refuse(text, "the imaginary unit i (values are real; use another name)");
  if (isFunctionName(name)) {
    return refuse(text, `the function ${name} without brackets around its operand`);
  }
  return nameTree(name);
}

function convertOperator(node: SyntaxNode, operands: Tree[], text: string): Tree {
  if (node.isPercentage) return refuse(text, "a percentage (write the fraction)");
  if (node.fn === "unaryMinus") return operationTree("neg", operands);
  if (node.fn === "unaryPlus") return operands[0];
  if (node.fn === "mod") return operationTree("mod", operands);
  const known = operations.get(node.op!);
  if (known?.sign === undefined) return refuse(text, `the operator ${node.op}`);
  // mathjs's derivative joins more than two summands or factors in one node.
  if (operands.length < known.least) return refuse(text, `the operator ${node.op} here`);
  if (known.least === 1) return operationTree(node.op!, operands);
  return operands.reduce((left, right) => operationTree(node.op!, [left, right]));
}

const relations: Readonly<Record<string, string>> = {
  smaller: "<",
  smallerEq: "<=",
  larger: ">",
  largerEq: ">=",
  equal: "==",
  unequal: "!=",
};

/** `a < b < c` means `a < b and b < c`. */
function convertChain(
  conditionals: readonly string[],
  params: readonly Tree[],
  text: string,
): Tree {
  const links = conditionals.map((relation, k) =>
    Object.hasOwn(relations, relation)
      ? operationTree(relations[relation], [params[k], params[k + 1]])
      : refuse(text, `the relation ${relation}`)
  );
  return links.reduce((left, right) => operationTree("and", [left, right]));
}

function convertCall(node: SyntaxNode, operands: Tree[], text: string): Tree {
  const fn = node.fn!;
  const name = typeof fn === "string" ? fn : fn.type === "SymbolNode" ? fn.name! : null;
  if (name === null) return refuse(text, "an index or a property");
  if (!isFunctionName(name)) {
    const hint = constants.has(name) || !/^[a-zA-Z]\w+$/.test(name)
      ? ""
      : `; functions are ${functionNames().join(", ")}`;
    return refuse(text, `the function ${name} (for a product write ${name} * (...)${hint})`);
  }
  return callTree(name, operands, (reason) => {
    throw new RangeError(`expression ${quote(text)}: ${reason}`);
  });
}

function refuse(text: string, what: string): never {
  throw new RangeError(
    `expression ${
      quote(text)
    } holds ${what}; a formula has real numbers, names, + - * / ^, comparisons, and, or, not, c ? a : b, and functions such as sin(x)`,
  );
}

function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
