/**
 * From the text of a formula to tensors of scalar formulas.
 *
 * @module
 */
import { callTree } from "../expression/calls.ts";
import { constants, numberWords } from "../expression/constants.ts";
import { operations, type Tree } from "../expression/tree.ts";
import { withinStack } from "../expression/within_stack.ts";
import { type Calculus, divergence, gradientTensor, rate } from "./calculus.ts";
import { Derivatives } from "./derivative.ts";
import { frozen, Graph, type Node } from "./graph.ts";
import { type ParsedText, readFormula, refusePiece, type Syntax } from "./syntax.ts";
import * as tensor from "./tensor.ts";
import { scalar, ShapeError, type Tensor } from "./tensor.ts";
import {
  languageMeaning,
  meaningsOf,
  requireUnambiguous,
  tensorFunctions,
  type Vocabulary,
} from "./vocabulary.ts";

/** How a text is to be understood. */
export interface ReaderOptions {
  /** Whether the outward normal `n` can be used. */
  readonly isBoundary?: boolean;
  /** Whether unknown names may become parameters later, instead of being refused. */
  readonly isEarly?: boolean;
}

/**
 * Reads formulas with one vocabulary into one graph.
 *
 * State: none, it lives as long as the formulas that it read.
 */
export class Reader implements Calculus {
  readonly graph: Graph = new Graph();
  readonly derivatives: Derivatives = new Derivatives(this.graph);
  readonly dim: 2 | 3;
  /** What the names that were used mean, e.g. `"k" -> "field P1 1"`: read again when one means something else. */
  readonly uses: Map<string, string> = new Map();
  readonly #vocabulary: Vocabulary;
  readonly #options: ReaderOptions;
  readonly #definitions = new Map<string, Tensor>();
  readonly #open = new Set<string>();
  /** The text that is being read. */
  #formula: ParsedText | null = null;

  constructor(vocabulary: Vocabulary, options: ReaderOptions = {}) {
    this.#vocabulary = vocabulary;
    this.#options = options;
    this.dim = vocabulary.dim;
  }

  /**
   * Reads a text.
   *
   * @param what Named in errors, e.g. `Equation_0: the weak form`.
   * @throws {RangeError} when it cannot be read; the message has the piece that is wrong.
   */
  read(text: string, what: string): Tensor {
    return withinStack(what, () => this.#within(readFormula(text, what)));
  }

  #within(formula: ParsedText): Tensor {
    const outer = this.#formula;
    this.#formula = formula;
    try {
      return this.tensor(formula.tree);
    } finally {
      this.#formula = outer;
    }
  }

  /** Reads a piece of the text that is being read. */
  tensor(syntax: Syntax): Tensor {
    try {
      return this.#tensor(syntax);
    } catch (error) {
      // Shapes are compared where no text is known.
      if (error instanceof ShapeError) this.#refuse(syntax, error.message);
      throw error;
    }
  }

  #tensor(syntax: Syntax): Tensor {
    switch (syntax.kind) {
      case "number":
        return scalar(this.graph.number(syntax.value));
      case "name":
        return this.#name(syntax.name, syntax);
      case "text":
        return this.#refuse(syntax, 'a quoted name belongs into region("...")');
      case "list":
        return tensor.stackedTensors(syntax.items.map((item) => this.tensor(item)));
      case "index":
        return tensor.indexedTensor(
          this.tensor(syntax.of),
          syntax.indices.map((i) => this.#index(i)),
        );
      case "operation":
        return this.#operation(syntax.name, syntax.operands.map((it) => this.tensor(it)));
      case "call":
        return this.#call(syntax.name, syntax.operands, syntax);
    }
  }

  #index(syntax: Syntax): number {
    const node = tensor.scalarOf(this.tensor(syntax), "an index");
    if (node.operation !== "number") this.#refuse(syntax, "an index is a number, not a formula");
    return node.value;
  }

  #operation(name: string, operands: readonly Tensor[]): Tensor {
    const { graph: g } = this;
    const [a, b, c] = operands;
    switch (name) {
      case "+":
        return tensor.entrywise(a, b, "+", (x, y) => g.sum(x, y));
      case "-":
        return tensor.entrywise(a, b, "-", (x, y) => g.difference(x, y));
      case "neg":
        return tensor.negated(g, a);
      case "*":
        return tensor.times(g, a, b);
      case "/":
        return tensor.divided(g, a, b);
      case "if": {
        const condition = tensor.scalarOf(a, "a condition");
        return tensor.entrywise(b, c, ":", (yes, no) => g.apply("if", [condition, yes, no]));
      }
      default:
        return scalar(g.apply(name, operands.map((it) => tensor.scalarOf(it, name))));
    }
  }

  #call(name: string, operands: readonly Syntax[], syntax: Syntax): Tensor {
    if (name === "region") return this.#region(operands, syntax);
    if (tensorFunctions.includes(name)) {
      const count = name === "dot" || name === "inner" ? 2 : 1;
      if (operands.length !== count) {
        this.#refuse(syntax, `${name} takes ${count} operand${count > 1 ? "s" : ""}`);
      }
      return this.#tensorCall(name, operands.map((it) => this.tensor(it)));
    }
    const isFunction = languageMeaning(name) === "a function";
    if (!isFunction) {
      const isKnown = meaningsOf(name, this.#vocabulary).length > 0;
      this.#refuse(
        syntax,
        isKnown
          ? `${name} is not a function; a product is written with *`
          : `there is no function ${name}`,
      );
    }
    return this.#scalarCall(name, operands, syntax);
  }

  #tensorCall(name: string, [a, b]: readonly Tensor[]): Tensor {
    const { graph: g } = this;
    switch (name) {
      case "grad":
        return gradientTensor(this, a);
      case "div":
        return divergence(this, a);
      case "dt":
        return rate(g, a);
      case "dot":
        return tensor.contracted(g, a, b, "dot");
      case "inner":
        return tensor.inner(g, a, b);
      case "sym":
        return tensor.symmetricPart(g, a);
      case "transpose":
        return tensor.transposed(a);
      case "trace":
        return tensor.trace(g, a);
      case "det":
        return tensor.determinant(g, a);
      case frozen:
        return { shape: a.shape, entries: a.entries.map((entry) => g.apply(frozen, [entry])) };
      default:
        throw new TypeError(`there is no function ${name}`);
    }
  }

  /** A function of numbers, by the table that expressions have. */
  #scalarCall(name: string, operands: readonly Syntax[], syntax: Syntax): Tensor {
    const values = operands.map((it) => {
      const value = this.tensor(it);
      if (value.shape.length > 0) {
        this.#refuse(it, `${name} takes scalars, found ${tensor.shapeText(value)}`);
      }
      return value.entries[0];
    });
    // Placeholders that no formula can have as names; see callTree for what it refuses.
    const places = values.map((_, k): Tree => ({ kind: "name", name: `#${k}` }));
    const tree = callTree(name, places, (reason) => this.#refuse(syntax, reason));
    return scalar(this.#fromTree(tree, values));
  }

  #fromTree(tree: Tree, values: readonly Node[]): Node {
    if (tree.kind === "number") return this.graph.number(tree.value);
    if (tree.kind === "name") return values[Number(tree.name.slice(1))];
    return this.graph.apply(tree.operation, tree.operands.map((it) => this.#fromTree(it, values)));
  }

  #region(operands: readonly Syntax[], syntax: Syntax): Tensor {
    const [name] = operands;
    if (operands.length !== 1 || name.kind !== "text") {
      return this.#refuse(syntax, 'region takes the name of a region in quotes: region("core")');
    }
    if (!this.#vocabulary.isRegion(name.value)) {
      this.#refuse(syntax, `the mesh has no region ${JSON.stringify(name.value)}`);
    }
    this.uses.set(`region ${name.value}`, "region");
    return scalar(this.graph.leaf("region", name.value));
  }

  #name(name: string, syntax: Syntax): Tensor {
    const vocabulary = this.#vocabulary;
    const meanings = meaningsOf(name, vocabulary);
    requireUnambiguous(name, meanings, this.#formula!.what);
    if (vocabulary.definitions.has(name)) return this.#definition(name, syntax);
    const field = vocabulary.unknowns.find((u) => u.name === name);
    if (field !== undefined) return this.#field("unknown", name, field.components);
    const test = vocabulary.tests.indexOf(name);
    if (test >= 0) return this.#field("test", name, vocabulary.unknowns[test].components);
    const own = languageMeaning(name);
    if (own !== undefined) return this.#languageName(name, own, syntax);
    const other = vocabulary.field(name);
    if (other !== null) {
      const { degree, continuous, components } = other;
      this.uses.set(name, `field P${degree} ${continuous} ${components}`);
      return this.#field("field", name, components);
    }
    if (!vocabulary.isParameter(name) && !this.#options.isEarly) {
      this.#refuse(syntax, `the name is not known; there are ${vocabulary.known()}`);
    }
    this.uses.set(name, "parameter");
    return scalar(this.graph.leaf("parameter", name));
  }

  #field(kind: "unknown" | "test" | "field", name: string, components: number): Tensor {
    const entries = Array.from({ length: components }, (_, c) => this.graph.leaf(kind, name, c));
    return { shape: components === 1 ? [] : [components], entries };
  }

  #languageName(name: string, meaning: string, syntax: Syntax): Tensor {
    const { graph: g, dim } = this;
    const constant = constants.get(name) ?? numberWords.get(name);
    if (constant !== undefined) return scalar(g.number(constant));
    const axis = "xyz".indexOf(name);
    if (axis >= 0) return scalar(axis < dim ? g.leaf("coordinate", "x", axis) : g.zero);
    switch (name) {
      case "t":
        return scalar(g.leaf("time", "t"));
      case "I":
        return tensor.identity(g, dim);
      case "n": {
        if (!this.#options.isBoundary) {
          this.#refuse(syntax, "the outward normal n is there on boundaries only");
        }
        const entries = Array.from({ length: dim }, (_, d) => g.leaf("normal", "n", d));
        return { shape: [dim], entries };
      }
    }
    return this.#refuse(
      syntax,
      `this is the name of ${meaning}${
        operations.has(name) || tensorFunctions.includes(name) ? ", which takes operands" : ""
      }`,
    );
  }

  #definition(name: string, syntax: Syntax): Tensor {
    const known = this.#definitions.get(name);
    if (known !== undefined) return known;
    if (this.#open.has(name)) {
      this.#refuse(syntax, `${name} is defined by itself (${[...this.#open].join(" -> ")})`);
    }
    this.#open.add(name);
    const owner = this.#formula!.what.split(":")[0];
    const text = this.#vocabulary.definitions.get(name)!;
    const value = this.#within(readFormula(text, `${owner}: the definition of ${name}`));
    this.#open.delete(name);
    this.#definitions.set(name, value);
    return value;
  }

  #refuse(syntax: Syntax, reason: string): never {
    refusePiece(this.#formula!, syntax, reason);
  }
}
