/**
 * Scalar formulas as a graph in which equal formulas are one node, so that common parts are computed
 * and differentiated once.
 *
 * @module
 */
import { kernels, operations } from "../expression/tree.ts";

/** What a leaf stands for. */
export type LeafKind =
  /** An unknown of the equation, at the new time. */
  | "unknown"
  /** A test function. */
  | "test"
  /** What earlier values of an unknown add to its rate: `dt(u) = rate u + past`. */
  | "past"
  /** Another field on the mesh. */
  | "field"
  /** A coordinate of the point; `component` says which. */
  | "coordinate"
  /** A component of the outward normal; `component` says which. */
  | "normal"
  /** The time. */
  | "time"
  /** The leading coefficient of the time derivative. */
  | "rate"
  /** A parameter of the model. */
  | "parameter"
  /** 1 in the cells of a region, 0 elsewhere. */
  | "region";

/** A quantity that comes from outside. */
export interface Leaf {
  readonly kind: LeafKind;
  readonly name: string;
  readonly component: number;
  /** The direction of a derivative, or -1 for the value itself. */
  readonly axis: number;
}

/** The value of its operand, for which derivatives are zero: `frozen(k(u)) * grad(u)` is linear in grad(u) alone. */
export const frozen = "frozen";

/** A number, a leaf or an operation. Operands come before the nodes that use them: ids ascend. */
export interface Node {
  readonly id: number;
  /** `"number"`, `"leaf"`, or an operation of the table that expressions use. */
  readonly operation: string;
  readonly operands: readonly Node[];
  /** The number. */
  readonly value: number;
  readonly leaf: Leaf | null;
}

/** Exponents up to this size are spelled out as products, which is several times faster. */
const largestSpelledPower = 16;

/**
 * Makes nodes, each only once. What holds for all finite operands is simplified; operands of sums and
 * products are put in order, which changes no bit of a result.
 *
 * State: none, it lives as long as the formulas that are read with it.
 */
export class Graph {
  readonly #nodes = new Map<string, Node>();
  readonly zero: Node = this.number(0);
  readonly one: Node = this.number(1);

  /** How many nodes there are. */
  get size(): number {
    return this.#nodes.size;
  }

  /** A constant. */
  number(value: number): Node {
    return this.#node("number", [], Object.is(value, -0) ? 0 : value, null);
  }

  /** A leaf; the value itself where no axis is given. */
  leaf(kind: LeafKind, name: string, component = 0, axis = -1): Node {
    return this.#node("leaf", [], 0, { kind, name, component, axis });
  }

  /** `-a`. */
  negative(a: Node): Node {
    if (isNumber(a)) return this.number(-a.value);
    if (a.operation === "neg") return a.operands[0];
    if (a.operation === "-") return this.difference(a.operands[1], a.operands[0]);
    return this.#node("neg", [a], 0, null);
  }

  /** `a + b`. */
  sum(a: Node, b: Node): Node {
    if (isNumber(a) && isNumber(b)) return this.number(a.value + b.value);
    if (a === this.zero) return b;
    if (b === this.zero) return a;
    if (b.operation === "neg") return this.difference(a, b.operands[0]);
    if (a.operation === "neg") return this.difference(b, a.operands[0]);
    if (a === b) return this.product(this.number(2), a);
    return this.#node("+", inOrder(a, b), 0, null);
  }

  /** `a - b`. */
  difference(a: Node, b: Node): Node {
    if (isNumber(a) && isNumber(b)) return this.number(a.value - b.value);
    if (a === b) return this.zero;
    if (b === this.zero) return a;
    if (a === this.zero) return this.negative(b);
    if (b.operation === "neg") return this.sum(a, b.operands[0]);
    if (a.operation === "neg") return this.negative(this.sum(a.operands[0], b));
    return this.#node("-", [a, b], 0, null);
  }

  /** `a b`. */
  product(a: Node, b: Node): Node {
    if (isNumber(a) && isNumber(b)) return this.number(a.value * b.value);
    if (a === this.zero || b === this.zero) return this.zero;
    if (a === this.one) return b;
    if (b === this.one) return a;
    if (isNumber(a) && a.value < 0) return this.negative(this.product(this.number(-a.value), b));
    if (isNumber(b) && b.value < 0) return this.negative(this.product(a, this.number(-b.value)));
    if (a.operation === "neg") return this.negative(this.product(a.operands[0], b));
    if (b.operation === "neg") return this.negative(this.product(a, b.operands[0]));
    return this.#scaled(a, b) ?? this.#scaled(b, a) ?? this.#node("*", inOrder(a, b), 0, null);
  }

  /** `a (k x)` as `(a k) x` for numbers of which one is a power of two: that changes no bit. */
  #scaled(a: Node, b: Node): Node | null {
    if (!isNumber(a) || b.operation !== "*") return null;
    const [k, x] = isNumber(b.operands[0]) ? b.operands : [b.operands[1], b.operands[0]];
    if (!isNumber(k) || !(isPowerOfTwo(a.value) || isPowerOfTwo(k.value))) return null;
    return this.product(this.number(a.value * k.value), x);
  }

  /** `a / b`. */
  quotient(a: Node, b: Node): Node {
    if (b === this.one) return a;
    if (isNumber(b) && b.value === -1) return this.negative(a);
    if (isNumber(a) && isNumber(b) && b.value !== 0) return this.number(a.value / b.value);
    if (a === this.zero && b !== this.zero) return this.zero;
    if (a.operation === "neg") return this.negative(this.quotient(a.operands[0], b));
    if (b.operation === "neg") return this.negative(this.quotient(a, b.operands[0]));
    return this.#node("/", [a, b], 0, null);
  }

  /** `a ^ b`. */
  power(a: Node, b: Node): Node {
    if (isNumber(b)) {
      if (isNumber(a)) return this.number(kernels.power(a.value, b.value));
      if (b.value === 0) return this.one;
      if (b.value === 0.5) return this.apply("sqrt", [a]);
      if (Number.isInteger(b.value) && Math.abs(b.value) <= largestSpelledPower) {
        const positive = this.#wholePower(a, Math.abs(b.value));
        return b.value > 0 ? positive : this.quotient(this.one, positive);
      }
    }
    return this.#node("^", [a, b], 0, null);
  }

  /** An operation of the table. */
  apply(operation: string, operands: readonly Node[]): Node {
    const [a, b] = operands;
    switch (operation) {
      case "neg":
        return this.negative(a);
      case "+":
        return this.sum(a, b);
      case "-":
        return this.difference(a, b);
      case "*":
        return this.product(a, b);
      case "/":
        return this.quotient(a, b);
      case "^":
        return this.power(a, b);
      case "if":
        return this.#choice(a, b, operands[2]);
      default:
        return this.#node(operation, operands, 0, null);
    }
  }

  #choice(condition: Node, yes: Node, no: Node): Node {
    if (yes === no) return yes;
    if (isNumber(condition)) return condition.value !== 0 ? yes : no;
    return this.#node("if", [condition, yes, no], 0, null);
  }

  /** By repeated squaring. */
  #wholePower(a: Node, exponent: number): Node {
    if (exponent === 1) return a;
    const half = this.#wholePower(a, exponent >> 1);
    const square = this.product(half, half);
    return exponent % 2 === 0 ? square : this.product(square, a);
  }

  #node(operation: string, operands: readonly Node[], value: number, leaf: Leaf | null): Node {
    const key = leaf !== null
      ? `${leaf.kind} ${leaf.component} ${leaf.axis} ${leaf.name}`
      : operation === "number"
      ? String(value)
      : `${operation} ${operands.map(({ id }) => id)}`;
    let node = this.#nodes.get(key);
    if (node === undefined) {
      if (!operations.has(operation) && !["number", "leaf", frozen].includes(operation)) {
        throw new TypeError(`there is no operation ${operation}`);
      }
      node = { id: this.#nodes.size, operation, operands, value, leaf };
      this.#nodes.set(key, node);
    }
    return node;
  }
}

const nothing: ReadonlySet<Node> = new Set();

function isPowerOfTwo(value: number): boolean {
  const size = Math.abs(value);
  // Far from where products overflow or lose digits.
  return size >= 2 ** -40 && size <= 2 ** 40 && Number.isInteger(Math.log2(size));
}

/** Whether a node is a constant. */
export function isNumber(node: Node): boolean {
  return node.operation === "number";
}

function inOrder(a: Node, b: Node): readonly Node[] {
  return a.id <= b.id ? [a, b] : [b, a];
}

/**
 * All nodes below some nodes, themselves included, operands first.
 *
 * @param known Nodes that are left out, with those that are below them alone.
 */
export function reachable(roots: Iterable<Node>, known: ReadonlySet<Node> = nothing): Node[] {
  const found = new Set<Node>();
  const waiting = [...roots];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (found.has(node) || known.has(node)) continue;
    found.add(node);
    waiting.push(...node.operands);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

/** The leaves below some nodes, each once. */
export function leavesOf(roots: Iterable<Node>): Node[] {
  return reachable(roots).filter(({ leaf }) => leaf !== null);
}

/** A formula with others in place of its leaves. */
export function replaceLeaves(graph: Graph, root: Node, replace: (leaf: Node) => Node): Node {
  const known = new Map<Node, Node>();
  for (const node of reachable([root])) {
    const { leaf, operation, operands } = node;
    const replaced = leaf !== null
      ? replace(node)
      : operands.length === 0
      ? node
      : graph.apply(operation, operands.map((operand) => known.get(operand)!));
    known.set(node, replaced);
  }
  return known.get(root)!;
}

/** JavaScript for the value of an operation. */
export function operationCode(operation: string, operands: readonly string[]): string {
  return operation === frozen ? operands[0] : operations.get(operation)!.code(operands);
}
