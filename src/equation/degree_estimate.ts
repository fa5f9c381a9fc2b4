/**
 * Which quadrature a formula needs.
 *
 * @module
 */
import { frozen, type Node } from "./graph.ts";

/** The polynomial degree of a leaf in a cell. */
export type LeafDegree = (leaf: Node) => number;

/**
 * The degree of a formula as a polynomial in a cell: sums over products, multiples for whole powers; a
 * quotient, or a function of something that varies, counts as 2 more than its operands.
 *
 * Source: A. Logg, K.-A. Mardal, G. N. Wells (eds.), Automated solution of differential equations by
 * the finite element method, Springer 2012, section 7.3, DOI 10.1007/978-3-642-23099-8.
 */
export function degreeOf(root: Node, leafDegree: LeafDegree): number {
  const known = new Map<Node, number>();
  const at = (node: Node): number => {
    let degree = known.get(node);
    if (degree === undefined) known.set(node, degree = compute(node));
    return degree;
  };
  const compute = (node: Node): number => {
    if (node.leaf !== null) return leafDegree(node);
    if (node.operands.length === 0) return 0;
    const degrees = node.operands.map(at);
    const largest = Math.max(...degrees);
    switch (node.operation) {
      case "+":
      case "-":
      case "neg":
      case frozen:
        return largest;
      case "*":
        return degrees[0] + degrees[1];
      case "/":
        return degrees[0] + degrees[1] + (degrees[1] > 0 ? functionDegree : 0);
      case "if":
        return Math.max(degrees[1], degrees[2]);
      default:
        return largest + (largest > 0 ? functionDegree : 0);
    }
  };
  return at(root);
}

/** What a function that is not a polynomial adds. */
const functionDegree = 2;

/** The degree of a formula of fields, whose degrees are known by their names. */
export function formulaDegree(node: Node, degree: (name: string) => number): number {
  return degreeOf(node, ({ leaf }) => {
    const { kind, name, axis } = leaf!;
    if (kind === "coordinate") return 1;
    if (kind !== "unknown" && kind !== "past" && kind !== "field") return 0;
    return Math.max(0, degree(name) - (axis >= 0 ? 1 : 0));
  });
}

/** At least twice the degree of the unknowns, so that mass matrices are exact, and not much more. */
export function boundedDegree(unknowns: number, estimates: readonly number[]): number {
  return Math.max(2 * unknowns, Math.min(Math.max(0, ...estimates), 2 * unknowns + 4));
}
