/**
 * What a weak form or an energy amounts to: fluxes, sources and their derivatives by the unknowns.
 *
 * @module
 */
import type { Derivatives } from "./derivative.ts";
import { type Graph, type LeafKind, leavesOf, type Node, replaceLeaves } from "./graph.ts";
import { Reader } from "./reader.ts";
import { type ParsedText, readFormula, refusePiece, type Syntax } from "./syntax.ts";
import { shapeText, type Tensor } from "./tensor.ts";
import type { FieldShape, Vocabulary } from "./vocabulary.ts";

/** One scalar equation: `integral of value v + flux . grad v` for the test function v of one component. */
export interface Row {
  readonly field: number;
  readonly component: number;
  readonly value: Node;
  /** `[dim]` */
  readonly flux: readonly Node[];
}

/** How one row depends on one component of an unknown. Zeros are the graph's zero. */
export interface Block {
  /** Which rows: of the equation, and of the unknown. */
  readonly row: number;
  readonly column: number;
  /** d value / d u */
  readonly valueByValue: Node;
  /** d value / d (grad u), `[dim]` */
  readonly valueByGradient: readonly Node[];
  /** d flux / d u, `[dim]` */
  readonly fluxByValue: readonly Node[];
  /** d flux / d (grad u), `[dim x dim]`, rows by the flux. */
  readonly fluxByGradient: readonly Node[];
}

/** An equation, read. */
export interface Form {
  readonly graph: Graph;
  readonly derivatives: Derivatives;
  readonly dim: 2 | 3;
  readonly unknowns: readonly FieldShape[];
  /** One for each component of each unknown. */
  readonly rows: readonly Row[];
  /** Those that are not zero, by rows, then columns. */
  readonly blocks: readonly Block[];
  /** What each name was taken for; see {@link Reader.uses}. */
  readonly uses: ReadonlyMap<string, string>;
  /** Whether it is the derivative of an energy, so that blocks mirror each other. */
  readonly isEnergy: boolean;
}

/** The text of an equation, and which of both it is. */
export interface FormText {
  readonly kind: "weak" | "energy";
  readonly text: string;
}

/**
 * Reads a weak form that is linear in its test functions, or an energy.
 *
 * @param isEarly Whether names that are not known yet may become parameters.
 * @throws {RangeError} when it cannot be read, or is not linear in the test functions.
 */
export function readForm(
  { kind, text }: FormText,
  vocabulary: Vocabulary,
  who: string,
  isEarly = false,
): Form {
  const what = `${who}: the ${kind === "weak" ? "weak form" : "energy"}`;
  const formula = readFormula(text, what);
  const reader = new Reader(vocabulary, { isEarly });
  const whole = scalarEntry(reader.read(text, what), formula);
  const { graph, derivatives, dim } = reader;
  const { unknowns } = vocabulary;
  const names = kind === "weak" ? vocabulary.tests : unknowns.map(({ name }) => name);
  const leafKind = kind === "weak" ? "test" : "unknown";
  const rows: Row[] = [];
  unknowns.forEach(({ components }, field) => {
    for (let component = 0; component < components; component++) {
      const by = (axis: number) =>
        derivatives.by(whole, graph.leaf(leafKind, names[field], component, axis));
      rows.push({ field, component, value: by(-1), flux: axes(dim).map(by) });
    }
  });
  if (kind === "weak") requireLinear(whole, rows, formula, reader);
  else requireEnergy(whole, formula);
  requireRows(rows, names, unknowns, graph.zero, formula);
  const blocks = blocksOf(rows, unknowns, reader);
  rows.forEach(({ field, component }, column) => {
    if (blocks.some((block) => block.column === column)) return;
    const name = `${unknowns[field].name}${unknowns[field].components > 1 ? `[${component}]` : ""}`;
    refusePiece(formula, formula.tree, `the unknown ${name} does not occur, so nothing decides it`);
  });
  const isEnergy = kind === "energy";
  return { graph, derivatives, dim, unknowns, rows, blocks, uses: reader.uses, isEnergy };
}

function axes(dim: number): number[] {
  return Array.from({ length: dim }, (_, d) => d);
}

function scalarEntry(tensor: Tensor, formula: ParsedText): Node {
  if (tensor.shape.length === 0) return tensor.entries[0];
  return refusePiece(
    formula,
    formula.tree,
    `it is integrated, so it has to be a scalar; its shape is ${shapeText(tensor)}`,
  );
}

function requireLinear(
  whole: Node,
  rows: readonly Row[],
  formula: ParsedText,
  reader: Reader,
): void {
  const parts = summands(formula.tree);
  const find = (isWrong: (node: Node) => boolean) =>
    parts.find((part) => isWrong(nodeOf(part, reader, formula))) ?? formula.tree;
  if (contains(rows.flatMap(({ value, flux }) => [value, ...flux]), "test")) {
    const piece = find((node) => !isLinearPart(node, reader));
    refusePiece(formula, piece, "a weak form is linear in its test functions; this is not");
  }
  const { zero } = reader.graph;
  if (withoutTests(reader.graph, whole) === zero) return;
  const piece = find((node) => withoutTests(reader.graph, node) !== zero);
  refusePiece(formula, piece, "this has no test function; every part of a weak form has one");
}

/** The formula for test functions that vanish. */
function withoutTests(graph: Graph, root: Node): Node {
  return replaceLeaves(graph, root, (node) => node.leaf!.kind === "test" ? graph.zero : node);
}

function isLinearPart(node: Node, { graph, derivatives }: Reader): boolean {
  const tests = leavesOf([node]).filter(({ leaf }) => leaf!.kind === "test");
  return tests.every((test) => {
    const slope = derivatives.by(node, test);
    return slope === graph.zero || !contains([slope], "test");
  });
}

/** A part of the formula, read again: by its text, which the reader's graph knows already. */
function nodeOf({ start, end }: Syntax, reader: Reader, { text, what }: ParsedText): Node {
  return reader.read(text.slice(start, end), what).entries[0];
}

/** The terms of a sum. */
function summands(tree: Syntax): Syntax[] {
  if (tree.kind !== "operation") return [tree];
  if (tree.name === "+" || tree.name === "-") return tree.operands.flatMap(summands);
  return tree.name === "neg" ? summands(tree.operands[0]) : [tree];
}

function contains(nodes: readonly Node[], kind: LeafKind): boolean {
  return leavesOf(nodes).some(({ leaf }) => leaf!.kind === kind);
}

function requireRows(
  rows: readonly Row[],
  names: readonly string[],
  unknowns: readonly FieldShape[],
  zero: Node,
  formula: ParsedText,
): void {
  for (const { field, component, value, flux } of rows) {
    if ([value, ...flux].some((node) => node !== zero)) continue;
    const name = `${names[field]}${unknowns[field].components > 1 ? `[${component}]` : ""}`;
    refusePiece(formula, formula.tree, `${name} does not occur, so there is no equation for it`);
  }
}

function requireEnergy(whole: Node, formula: ParsedText): void {
  if (contains([whole], "rate") || contains([whole], "past")) {
    refusePiece(
      formula,
      formula.tree,
      "an energy has no dt; write the weak form for what has rates",
    );
  }
  if (!contains([whole], "unknown")) {
    refusePiece(formula, formula.tree, "an energy depends on the unknowns; this does not");
  }
}

function blocksOf(rows: readonly Row[], unknowns: readonly FieldShape[], reader: Reader): Block[] {
  const { graph, derivatives, dim } = reader;
  const blocks: Block[] = [];
  rows.forEach(({ value, flux }, row) => {
    rows.forEach(({ field, component }, column) => {
      const by = (axis: number) => graph.leaf("unknown", unknowns[field].name, component, axis);
      const slopes = axes(dim).map(by);
      const block: Block = {
        row,
        column,
        valueByValue: derivatives.by(value, by(-1)),
        valueByGradient: slopes.map((leaf) => derivatives.by(value, leaf)),
        fluxByValue: flux.map((entry) => derivatives.by(entry, by(-1))),
        fluxByGradient: flux.flatMap((entry) => slopes.map((leaf) => derivatives.by(entry, leaf))),
      };
      if (nodesOfBlock(block).some((node) => node !== graph.zero)) blocks.push(block);
    });
  });
  return blocks;
}

/** All formulas of a block. */
export function nodesOfBlock(block: Block): Node[] {
  const { valueByValue, valueByGradient, fluxByValue, fluxByGradient } = block;
  return [valueByValue, ...valueByGradient, ...fluxByValue, ...fluxByGradient];
}
