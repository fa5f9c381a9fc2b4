/**
 * Formulas as text again, as one would write them.
 *
 * @module
 */
import { nameTree, numberTree, operationTree, type Tree } from "../expression/tree.ts";
import { writeFormula } from "../expression/write.ts";
import { frozen, isNumber, type Leaf, type Node, reachable } from "./graph.ts";

/** Longer formulas are counted instead of written; first by operations, since shared parts are written out. */
const mostOperations = 60, mostCharacters = 160;

/**
 * The text of a formula; for long ones how many operations it takes.
 *
 * @param components Of a field by name, so that indices are written where there are several.
 */
export function formulaText(root: Node, components: (name: string) => number): string {
  const nodes = reachable([root]).filter(({ operands }) => operands.length > 0);
  const counted = `... (${nodes.length} operations)`;
  if (nodes.length > mostOperations) return counted;
  const text = writeFormula(treeOf(root, components));
  return text.length > mostCharacters ? counted : text;
}

function treeOf(node: Node, components: (name: string) => number): Tree {
  if (node.operation === "number") return numberTree(node.value);
  if (node.leaf !== null) return nameTree(leafText(node.leaf, components(node.leaf.name)));
  const rate = rateText(node, components);
  if (rate !== null) return nameTree(rate);
  if (node.operation === "*") return productTree(node, components);
  const operands = node.operands.map((operand) => treeOf(operand, components));
  if (node.operation === frozen) return nameTree(`frozen(${writeFormula(operands[0])})`);
  return operationTree(node.operation, operands);
}

/** Numbers first, and equal factors as a power. */
function productTree(node: Node, components: (name: string) => number): Tree {
  const counts = new Map<Node, number>();
  const collect = (factor: Node): void => {
    if (factor.operation === "*") factor.operands.forEach(collect);
    else counts.set(factor, (counts.get(factor) ?? 0) + 1);
  };
  collect(node);
  return [...counts]
    .sort(([a], [b]) => Number(isNumber(b)) - Number(isNumber(a)))
    .map(([factor, count]) => {
      const tree = treeOf(factor, components);
      return count === 1 ? tree : operationTree("^", [tree, numberTree(count)]);
    })
    .reduce((product, factor) => operationTree("*", [product, factor]));
}

/** `dt(u)` is read as `factor u + past`; null for other sums. */
function rateText(
  { operation, operands }: Node,
  components: (name: string) => number,
): string | null {
  if (operation !== "+") return null;
  const past = operands.find(({ leaf }) => leaf?.kind === "past")?.leaf;
  const product = operands.find((operand) => operand.operation === "*");
  const unknown = product?.operands.find(({ leaf }) => leaf?.kind === "unknown")?.leaf;
  const isRate = past && unknown && product!.operands.some(({ leaf }) => leaf?.kind === "rate") &&
    past.name === unknown.name && past.component === unknown.component &&
    past.axis === unknown.axis;
  return isRate ? `dt(${leafText(unknown, components(unknown.name))})` : null;
}

function leafText({ kind, name, component, axis }: Leaf, components: number): string {
  switch (kind) {
    case "coordinate":
      return "xyz"[component];
    case "normal":
      return `n[${component}]`;
    case "region":
      return `region("${name}")`;
    case "past":
      return axis < 0 ? `past(${name})` : `past(grad(${name})[${axis}])`;
    case "unknown":
    case "test":
    case "field": {
      if (axis < 0) return components > 1 ? `${name}[${component}]` : name;
      return `grad(${name})[${components > 1 ? `${component}, ` : ""}${axis}]`;
    }
    default:
      return name;
  }
}
