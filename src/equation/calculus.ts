/**
 * Derivatives in space and time of formulas, by the chain rule.
 *
 * @module
 */
import type { Derivatives } from "./derivative.ts";
import { frozen, type Graph, leavesOf, type Node, reachable } from "./graph.ts";
import { ShapeError, shapeText, type Tensor } from "./tensor.ts";

/** What is needed to differentiate. */
export interface Calculus {
  readonly graph: Graph;
  readonly derivatives: Derivatives;
  readonly dim: 2 | 3;
}

/** `[dim]` of a scalar, `[m, dim]` of a vector: row i is the gradient of entry i. */
export function gradientTensor(calculus: Calculus, a: Tensor): Tensor {
  if (a.shape.length > 1) {
    throw new ShapeError(`grad takes a scalar or a vector, found ${shapeText(a)}`);
  }
  const { dim } = calculus;
  const entries = a.entries.flatMap((entry) => slopesOf(calculus, entry));
  return { shape: [...a.shape, dim], entries };
}

/** The sum of `d a_i / d x_i`; of a matrix, row by row. */
export function divergence(calculus: Calculus, a: Tensor): Tensor {
  const { dim, graph } = calculus;
  const isFit = a.shape.length > 0 && a.shape[a.shape.length - 1] === dim;
  if (!isFit) {
    throw new ShapeError(
      `div takes a vector [${dim}] or a matrix with rows of ${dim}, found ${shapeText(a)}`,
    );
  }
  const sums: Node[] = [];
  for (let row = 0; row < a.entries.length; row += dim) {
    let sum = graph.zero;
    for (let d = 0; d < dim; d++) {
      sum = graph.sum(sum, slopesOf(calculus, a.entries[row + d])[d]);
    }
    sums.push(sum);
  }
  return { shape: a.shape.slice(0, -1), entries: sums };
}

function slopesOf({ graph, derivatives, dim }: Calculus, node: Node): Node[] {
  if (reachable([node]).some(({ operation }) => operation === frozen)) {
    throw new ShapeError(
      "this takes the gradient of something frozen; put frozen(...) around grad",
    );
  }
  const slopes = Array.from({ length: dim }, () => graph.zero);
  for (const leaf of leavesOf([node])) {
    const by = derivatives.by(node, leaf);
    if (by === graph.zero) continue;
    for (let d = 0; d < dim; d++) {
      slopes[d] = graph.sum(slopes[d], graph.product(by, leafSlope(graph, leaf, d)));
    }
  }
  return slopes;
}

function leafSlope(graph: Graph, { leaf }: Node, d: number): Node {
  const { kind, name, component, axis } = leaf!;
  switch (kind) {
    case "unknown":
    case "test":
    case "past":
    case "field":
      if (axis < 0) return graph.leaf(kind, name, component, d);
      throw new ShapeError(
        `this is a second derivative of ${name}; a weak form has first derivatives only: integrate ` +
          `by parts, or make the gradient an unknown of its own`,
      );
    case "coordinate":
      return component === d ? graph.one : graph.zero;
    case "normal":
      throw new ShapeError("the normal n has no gradient");
    default:
      return graph.zero;
  }
}

/** The rate of an unknown, of its gradient, or of a sum of these with constant factors. */
export function rate(graph: Graph, a: Tensor): Tensor {
  return { shape: a.shape, entries: a.entries.map((entry) => rateOf(graph, entry)) };
}

function rateOf(graph: Graph, node: Node): Node {
  const { operation, operands: [a, b], leaf } = node;
  if (leaf?.kind === "unknown") {
    const past = graph.leaf("past", leaf.name, leaf.component, leaf.axis);
    return graph.sum(graph.product(graph.leaf("rate", "dt"), node), past);
  }
  switch (operation) {
    case "number":
      return graph.zero;
    case "+":
    case "-":
      return graph.apply(operation, [rateOf(graph, a), rateOf(graph, b)]);
    case "neg":
      return graph.negative(rateOf(graph, a));
    case "*":
      if (a.operation === "number") return graph.product(a, rateOf(graph, b));
      if (b.operation === "number") return graph.product(rateOf(graph, a), b);
      break;
    case "/":
      if (b.operation === "number") return graph.quotient(rateOf(graph, a), b);
  }
  throw new ShapeError(
    "dt takes an unknown, its gradient or components, and sums of these with constant factors; write " +
      "other rates by the product rule, as in 2 * u * dt(u)",
  );
}
