/**
 * Rows and blocks of linear fields, written out entry by entry.
 *
 * @module
 */
import { componentPlace, type KernelContext, valueIn } from "./kernel_context.ts";
import type { Block, Row } from "./form.ts";
import type { Node } from "./graph.ts";
import type { Term } from "./reference_frame.ts";

/**
 * Writes the contributions of linear shape functions. Their gradients are constant in a cell, so that
 * what multiplies them is summed over the points first and contracted once.
 *
 * State: none, it lives while a kernel is written.
 */
export class LinearBlocks {
  readonly #context: KernelContext;
  readonly #dim: 2 | 3;
  #sums = 0;

  /** Writes into a kernel. */
  constructor(context: KernelContext) {
    this.#context = context;
    this.#dim = context.dim;
  }

  /** The residual of one row. */
  row({ value, flux }: Row, at: number): void {
    const { base } = componentPlace(this.#context, at);
    const sources = this.#byShape(value);
    const fluxes = this.#vector(flux.map((entry) => this.#integral(entry)));
    this.#local((a) => {
      const terms = [sources(a), this.#alongShape(fluxes, a)].filter((term) => term !== null);
      if (terms.length === 0) return;
      const index = this.#context.leaves.index(base + a);
      this.#context.after.push(`residual[${index}] += ${terms.join(" + ")};`);
    });
  }

  /** One block of the Jacobian. */
  block(block: Block): void {
    const { row, column, valueByValue, valueByGradient, fluxByValue, fluxByGradient } = block;
    const isSymmetric = isSymmetricBlock(block, this.#dim);
    const mass = this.#massEntries(valueByValue);
    const drift = this.#crossEntries(valueByGradient);
    const lag = this.#crossEntries(fluxByValue);
    const stiffness = this.#stiffnessEntries(fluxByGradient, isSymmetric);
    const rows = componentPlace(this.#context, row).base,
      columns = componentPlace(this.#context, column).base;
    const { perCell } = this.#context.space.map;
    const at = this.#context.statements.declare("block", 1, () => `c * ${perCell * perCell}`);
    const add = (a: number, b: number, value: string) => {
      const place = `positions[${at} + ${(rows + a) * perCell + columns + b}]`;
      this.#context.after.push(`values[${place}] += ${value};`);
    };
    this.#local((a) =>
      this.#local((b) => {
        if (isSymmetric && b < a) return;
        const terms = [mass(a, b), drift(a, b), lag(b, a), stiffness(a, b)]
          .filter((term) => term !== null);
        if (terms.length === 0) return;
        if (!isSymmetric || a === b) return add(a, b, terms.join(" + "));
        const name = this.#constant(terms.join(" + "));
        add(a, b, name);
        add(b, a, name);
      })
    );
  }

  #vector(vector: readonly Term[]): Term[] {
    return this.#context.frame.vector(vector, "volume", this.#context.after);
  }

  #local(work: (a: number) => void): void {
    for (let a = 0; a <= this.#dim; a++) work(a);
  }

  /** A sum over the points, started before the loop. */
  #sum(atPoint: string): string {
    const name = `s${this.#sums++}`;
    this.#context.before.push(`let ${name} = 0;`);
    this.#context.inside.push(`${name} += ${atPoint};`);
    return name;
  }

  #constant(code: string): string {
    return this.#context.frame.constant(code, this.#context.after);
  }

  readonly #integrals = new Map<Node, string>();

  /** The mean of a formula over the cell; each formula once. */
  #integral(node: Node): Term {
    const value = valueIn(this.#context, node);
    if (value === null || this.#context.statements.levelOf(node) < 2) return value;
    let sum = this.#integrals.get(node);
    if (sum === undefined) this.#integrals.set(node, sum = this.#sum(`weight * ${value}`));
    return sum;
  }

  readonly #moments = new Map<Node, readonly string[]>();

  /** `[dim + 1]`: the mean of a formula times each shape function, or a rule that gives it. */
  #byShape(node: Node): (a: number) => Term {
    const value = valueIn(this.#context, node);
    if (value === null) return () => null;
    if (this.#context.statements.levelOf(node) < 2) {
      const share = this.#constant(`volume * ${value} / ${this.#dim + 1}`);
      return () => share;
    }
    const moments = this.#momentsOf(node, value);
    return (a) => `volume * ${moments[a]}`;
  }

  #momentsOf(node: Node, value: string): readonly string[] {
    let moments = this.#moments.get(node);
    if (moments === undefined) {
      const { leaves, statements } = this.#context;
      const weighted = statements.declare(`w${node.id}`, 2, () => `weight * ${value}`);
      const base = leaves.offset(1), width = this.#dim + 1;
      moments = Array.from(
        { length: width },
        (_, a) => this.#sum(`${weighted} * shapes1[${base} + ${a * width}]`),
      );
      this.#moments.set(node, moments);
    }
    return moments;
  }

  /** A flux in reference coordinates times the gradient of a shape function. */
  #alongShape(flux: readonly Term[], a: number): Term {
    if (a > 0) return flux[a - 1];
    const parts = flux.filter((entry) => entry !== null);
    return parts.length === 0 ? null : `-(${parts.join(" + ")})`;
  }

  #massEntries(node: Node): (a: number, b: number) => Term {
    const value = valueIn(this.#context, node);
    if (value === null) return () => null;
    const n = this.#dim + 1;
    if (this.#context.statements.levelOf(node) < 2) {
      // The exact integral of phi_a phi_b over a cell of volume 1.
      const beside = this.#constant(`volume * ${value} / ${n * (n + 1)}`);
      const own = this.#constant(`2 * ${beside}`);
      return (a, b) => a === b ? own : beside;
    }
    const { statements } = this.#context;
    const pairs = n * (n + 1) / 2;
    const base = statements.declare("pair", 2, () => `q * ${pairs}`);
    const sums: string[] = [];
    for (let k = 0; k < pairs; k++) sums.push(this.#sum(`${value} * massPairs[${base} + ${k}]`));
    return (a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      return `volume * ${sums[low * n - low * (low - 1) / 2 + high - low]}`;
    };
  }

  /** The integral of phi_a (vector . grad phi_b). */
  #crossEntries(vector: readonly Node[]): (a: number, b: number) => Term {
    const { statements, form } = this.#context;
    if (vector.every((node) => node === form.graph.zero)) return () => null;
    const values = vector.map((node) => valueIn(this.#context, node));
    if (vector.every((node) => statements.levelOf(node) < 2)) {
      const along = this.#vector(values);
      const share = along.map((entry) =>
        entry === null ? null : this.#constant(`${entry} / ${this.#dim + 1}`)
      );
      return (_, b) => this.#alongShape(share, b);
    }
    const moments = vector.map((node, d) =>
      values[d] === null ? null : this.#momentsOf(node, values[d])
    );
    const rows: Term[][] = [];
    this.#local((a) => rows.push(this.#vector(moments.map((sums) => sums?.[a] ?? null))));
    return (a, b) => this.#alongShape(rows[a], b);
  }

  /** The integral of grad phi_a . (matrix grad phi_b). */
  #stiffnessEntries(
    matrix: readonly Node[],
    isSymmetric: boolean,
  ): (a: number, b: number) => Term {
    const { form } = this.#context, dim = this.#dim;
    if (matrix.every((node) => node === form.graph.zero)) return () => null;
    const means = matrix.map((node) => this.#integral(node));
    const { frame, after } = this.#context;
    const d = frame.matrix(means, isSymmetric, "volume", after);
    const row = (r: number) => d.slice(r * dim, (r + 1) * dim);
    const columnSums = Array.from({ length: dim }, (_, s) => {
      const parts = Array.from({ length: dim }, (_, r) => d[r * dim + s]).filter((it) =>
        it !== null
      );
      return parts.length === 0 ? null : this.#constant(parts.join(" + "));
    });
    return (a, b) => {
      if (a > 0) return this.#alongShape(row(a - 1), b);
      const first = this.#alongShape(columnSums, b);
      return first === null ? null : b === 0 ? first.slice(1) : `-${first}`;
    };
  }
}

/** Whether a block is its own mirror image, so that half of it is enough. */
export function isSymmetricBlock(block: Block, dim: number): boolean {
  const { row, column, valueByGradient, fluxByValue, fluxByGradient } = block;
  return row === column && valueByGradient.every((node, d) => node === fluxByValue[d]) &&
    fluxByGradient.every((node, k) =>
      node === fluxByGradient[(k % dim) * dim + Math.floor(k / dim)]
    );
}
