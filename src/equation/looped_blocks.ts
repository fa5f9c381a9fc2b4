/**
 * Rows and blocks with quadratic fields, as loops over shape functions.
 *
 * @module
 */
import { componentPlace, type KernelContext, valueIn } from "./kernel_context.ts";
import { type Block, nodesOfBlock, type Row } from "./form.ts";
import type { Node } from "./graph.ts";
import { isSymmetricBlock } from "./linear_blocks.ts";
import { QuadraticBlocks } from "./quadratic_blocks.ts";
import type { Term } from "./reference_frame.ts";
import { combination } from "./statements.ts";

/**
 * Writes contributions through a local matrix and a local vector, which are added to the whole at the
 * end of each cell.
 *
 * State: none, it lives while a kernel is written.
 */
export class LoopedBlocks {
  readonly #context: KernelContext;
  readonly #dim: 2 | 3;
  readonly #rows = new Set<number>();
  readonly #blocks: Block[] = [];
  readonly #quadratic: QuadraticBlocks;

  /** Writes into a kernel. */
  constructor(context: KernelContext) {
    this.#context = context;
    this.#dim = context.dim;
    this.#quadratic = new QuadraticBlocks(context);
  }

  /** The residual of one row: what does not change within a cell by a table, the rest at the points. */
  row(row: Row, at: number): void {
    this.#rows.add(at);
    const { zero } = this.#context.form.graph;
    const constant = (nodes: readonly Node[]) =>
      this.#isConstant(nodes) ? nodes : nodes.map(() => zero);
    const varying = (nodes: readonly Node[]) =>
      this.#isConstant(nodes) ? nodes.map(() => zero) : nodes;
    for (const kept of [constant, varying]) {
      const part = { ...row, value: kept([row.value])[0], flux: kept(row.flux) };
      if ([part.value, ...part.flux].every((node) => node === zero)) continue;
      const isQuadratic = componentPlace(this.#context, at).degree === 2;
      if (kept === varying && isQuadratic) this.#quadratic.row(part, at);
      else this.#rowLoop(part, at, kept === constant);
    }
  }

  #rowLoop({ value, flux }: Row, at: number, isConstant: boolean): void {
    const { base, degree, perCell } = componentPlace(this.#context, at);
    const values = [value, ...flux].map((node) => valueIn(this.#context, node));
    const lines = isConstant ? this.#context.after : this.#context.inside;
    const scale = isConstant ? "volume" : "weight * volume";
    const [source, ...along] = this.#shapeWeights(values, scale, lines);
    const table = isConstant ? `integrals${degree}` : `shapes${degree}`;
    const start = isConstant ? "0" : this.#context.leaves.offset(degree);
    lines.push(
      this.#loop("a", perCell, "a", [
        `const k = ${start} + a * ${this.#dim + 1};`,
        `cellVector[${base} + a] += ${
          combination([source, ...along].map((factor, slot) => [factor, `${table}[k + ${slot}]`]))
        };`,
      ]),
    );
  }

  /**
   * One block of the Jacobian: what does not change within a cell by one pass over a table, the rest at the
   * points.
   */
  block(block: Block): void {
    this.#blocks.push(block);
    // Of the whole block: where only one part is symmetric, nothing is mirrored at the end.
    const isSymmetric = isSymmetricBlock(block, this.#dim);
    const isConstant = (nodes: readonly Node[]) => this.#isConstant(nodes);
    const constant = this.#part(block, isConstant);
    if (constant !== null) this.#tableBlock(constant, isSymmetric);
    const varying = this.#part(block, (nodes) => !isConstant(nodes));
    if (varying === null) return;
    const isQuadratic = [block.row, block.column].every((row) =>
      componentPlace(this.#context, row).degree === 2
    );
    if (isQuadratic) this.#quadratic.block(varying, isSymmetric);
    else this.#pointBlock(varying, isSymmetric);
  }

  /** Whether formulas are constant in a cell, and its Jacobian too, so that tables of integrals serve. */
  #isConstant(nodes: readonly Node[]): boolean {
    const { isCurved, statements } = this.#context;
    return !isCurved && nodes.every((node) => statements.levelOf(node) < 2);
  }

  /** The block with zeros for other groups of formulas; null where nothing is left. */
  #part(block: Block, isWanted: (nodes: readonly Node[]) => boolean): Block | null {
    const { zero } = this.#context.form.graph;
    const kept = (nodes: readonly Node[]) => isWanted(nodes) ? nodes : nodes.map(() => zero);
    const part: Block = {
      ...block,
      valueByValue: kept([block.valueByValue])[0],
      valueByGradient: kept(block.valueByGradient),
      fluxByValue: kept(block.fluxByValue),
      fluxByGradient: kept(block.fluxByGradient),
    };
    return nodesOfBlock(part).every((node) => node === zero) ? null : part;
  }

  /** Adds the local matrix and vector to the whole, and leaves zeros in them; after all rows and blocks. */
  finish(): void {
    const { after, space: { map: { perCell } } } = this.#context;
    for (const row of this.#rows) {
      const { base, perCell } = componentPlace(this.#context, row);
      after.push(
        this.#loop("a", perCell, "a", [
          `residual[dofs[cell + ${base} + a]] += cellVector[${base} + a];`,
          `cellVector[${base} + a] = 0;`,
        ]),
      );
    }
    if (this.#blocks.length === 0) return;
    this.#context.statements.declare("block", 1, () => `c * ${perCell * perCell}`);
    for (const block of this.#blocks) {
      if (isSymmetricBlock(block, this.#dim)) this.#mirror(block, perCell);
    }
    const isWhole = this.#blocks.length === this.#context.form.rows.length ** 2;
    if (isWhole) after.push(this.#loop("k", perCell * perCell, "k", this.#addEntry("k")));
    else for (const block of this.#blocks) this.#addBlock(block, perCell);
  }

  #addEntry(k: string): string[] {
    return [`values[positions[block + ${k}]] += cellMatrix[${k}];`, `cellMatrix[${k}] = 0;`];
  }

  #mirror(block: Block, width: number): void {
    const { base, perCell } = componentPlace(this.#context, block.row);
    this.#context.after.push(this.#loop("a", perCell, "a", [
      this.#loop("b", "a", "b", [
        `cellMatrix[(${base} + a) * ${width} + ${base} + b] = ` +
        `cellMatrix[(${base} + b) * ${width} + ${base} + a];`,
      ]),
    ]));
  }

  #addBlock(block: Block, width: number): void {
    const rows = componentPlace(this.#context, block.row),
      columns = componentPlace(this.#context, block.column);
    this.#context.after.push(this.#loop("a", rows.perCell, "a", [
      `const k = (${rows.base} + a) * ${width} + ${columns.base};`,
      this.#loop("b", columns.perCell, "b", this.#addEntry("k + b")),
    ]));
  }

  /** What is constant in the cell: one pass over the integrals of products of shape functions. */
  #tableBlock(block: Block, isSymmetric: boolean): void {
    const rows = componentPlace(this.#context, block.row),
      columns = componentPlace(this.#context, block.column);
    const { after, space: { map: { perCell: width } } } = this.#context;
    const size = rows.perCell * columns.perCell;
    const names = this.#toReference(block, "volume", after);
    const table = `products${rows.degree}${columns.degree}`;
    const slots = names.map((name, slot) => [name, `${table}[${slot * size} + k]`] as const);
    after.push(this.#loop("a", rows.perCell, "a", [
      this.#loop("b", columns.perCell, isSymmetric ? "a" : "0", [
        `const k = a * ${columns.perCell} + b;`,
        `cellMatrix[(${rows.base} + a) * ${width} + ${columns.base} + b] += ${combination(slots)};`,
      ], isSymmetric),
    ]));
  }

  /** At each point: the row's side once per shape function, then along the columns. */
  #pointBlock(block: Block, isSymmetric: boolean): void {
    const rows = componentPlace(this.#context, block.row),
      columns = componentPlace(this.#context, block.column);
    const { inside, leaves, space: { map: { perCell: width } } } = this.#context;
    const dim = this.#dim, stride = dim + 1;
    const names = this.#toReference(block, "weight * volume", inside);
    const at = (r: number, s: number) => names[r * stride + s];
    const rowStart = leaves.offset(rows.degree), columnStart = leaves.offset(columns.degree);
    const lines = [`const k = ${rowStart} + a * ${stride};`];
    const factors = Array.from({ length: stride }, (_, s) => {
      const sum = combination(
        Array.from({ length: stride }, (_, r) => [at(r, s), `shapes${rows.degree}[k + ${r}]`]),
      );
      if (sum === null) return null;
      lines.push(`const t${s} = ${sum};`);
      return `t${s}`;
    });
    lines.push(
      `const o = (${rows.base} + a) * ${width} + ${columns.base};`,
      this.#loop("b", columns.perCell, isSymmetric ? "a" : "0", [
        `const l = ${columnStart} + b * ${stride};`,
        `cellMatrix[o + b] += ${
          combination(factors.map((factor, s) => [factor, `shapes${columns.degree}[l + ${s}]`]))
        };`,
      ], isSymmetric),
    );
    inside.push(this.#loop("a", rows.perCell, "a", lines));
  }

  #loop(
    index: string,
    end: number | string,
    start: string,
    lines: readonly string[],
    hasStart = false,
  ): string {
    return [
      `for (let ${index} = ${hasStart ? start : "0"}; ${index} < ${end}; ${index}++) {`,
      ...lines,
      "}",
    ].join("\n");
  }

  /** A source and a flux, scaled, the flux in reference coordinates: `[dim + 1]`. */
  #shapeWeights([source, ...flux]: readonly Term[], scale: string, lines: string[]): Term[] {
    const { frame } = this.#context;
    const first = source === null ? null : frame.constant(`${scale} * ${source}`, lines);
    return [first, ...frame.vector(flux, scale, lines)];
  }

  /**
   * The derivatives of (value, flux) by (value, gradient), scaled and in reference coordinates,
   * `[(dim + 1) x (dim + 1)]`.
   */
  #toReference(block: Block, scale: string, lines: string[]): Term[] {
    const { frame } = this.#context, dim = this.#dim;
    const written = (nodes: readonly Node[]) => nodes.map((node) => valueIn(this.#context, node));
    const first = this.#shapeWeights(
      written([block.valueByValue, ...block.valueByGradient]),
      scale,
      lines,
    );
    const lag = frame.vector(written(block.fluxByValue), scale, lines);
    const isSymmetric = isSymmetricBlock(block, dim);
    const matrix = frame.matrix(written(block.fluxByGradient), isSymmetric, scale, lines);
    return [
      ...first,
      ...lag.flatMap((entry, r) => [entry, ...matrix.slice(r * dim, (r + 1) * dim)]),
    ];
  }
}
