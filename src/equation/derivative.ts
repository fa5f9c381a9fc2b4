/**
 * Derivatives of formulas by their leaves.
 *
 * @module
 */
import { frozen, type Graph, type Node } from "./graph.ts";
import { rules } from "./rules.ts";

/**
 * Differentiates, each node once per leaf.
 *
 * State: none, what it remembers follows from the graph.
 */
export class Derivatives {
  readonly #graph: Graph;
  readonly #known = new Map<Node, Map<Node, Node>>();

  /** Derivatives of the nodes of a graph. */
  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** `d node / d leaf`. At kinks and jumps it is the derivative of the branch that is taken there. */
  by(node: Node, leaf: Node): Node {
    let known = this.#known.get(leaf);
    if (known === undefined) this.#known.set(leaf, known = new Map());
    return this.#by(node, leaf, known);
  }

  #by(node: Node, leaf: Node, known: Map<Node, Node>): Node {
    if (node === leaf) return this.#graph.one;
    if (node.operands.length === 0 || node.operation === frozen) return this.#graph.zero;
    let derivative = known.get(node);
    if (derivative === undefined) {
      const slopes = node.operands.map((operand) => this.#by(operand, leaf, known));
      derivative = slopes.every((slope) => slope === this.#graph.zero)
        ? this.#graph.zero
        : rules[node.operation](this.#graph, node, slopes);
      known.set(node, derivative);
    }
    return derivative;
  }
}
