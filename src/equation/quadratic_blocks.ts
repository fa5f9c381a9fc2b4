/**
 * Rows and blocks between quadratic fields whose formulas change within a cell.
 *
 * @module
 */
import type { Block, Row } from "./form.ts";
import type { Node } from "./graph.ts";
import { componentPlace, type KernelContext, valueIn } from "./kernel_context.ts";
import { upperTriangle } from "../solve/assembly/quadratic_moments.ts";
import { isIsotropic, type Term } from "./reference_frame.ts";

/**
 * Writes formulas at the points into columns, from which `QuadraticIntegrals` makes the cell's matrix and
 * vector after the last point.
 *
 * State: none, it lives while a kernel is written.
 */
export class QuadraticBlocks {
  readonly #context: KernelContext;
  readonly #dim: 2 | 3;
  /** Formulas that are kept already, so that a term of the residual and its derivative share them. */
  readonly #columns = new Map<string, number>();

  /** Writes into a kernel. */
  constructor(context: KernelContext) {
    this.#context = context;
    this.#dim = context.dim;
  }

  /** The residual of one row. */
  row({ value, flux }: Row, at: number): void {
    const { base, perCell } = componentPlace(this.#context, at), { inside } = this.#context;
    const [source] = this.#written([value]);
    if (source !== null) {
      this.#call("addSource", [`weight * volume * ${source}`], `cellVector, ${base}, ${perCell}`);
    }
    if (flux.every((node) => this.#isZero(node))) return;
    const along = this.#context.frame.vector(this.#written(flux), "weight * volume", inside);
    this.#call("addFlux", along, `cellVector, ${base}`);
  }

  /**
   * One block of the Jacobian.
   *
   * @param isHalf Whether its upper triangle is enough, because it is mirrored at the end.
   */
  block(block: Block, isHalf: boolean): void {
    const { frame, inside, space: { map: { perCell: width } } } = this.#context;
    const { valueByValue, valueByGradient, fluxByValue } = block;
    const rows = componentPlace(this.#context, block.row),
      columns = componentPlace(this.#context, block.column);
    const place = `cellMatrix, ${rows.base * width + columns.base}, ${width}`;
    const [mass] = this.#written([valueByValue]);
    if (mass !== null) this.#call("addMass", [`weight * volume * ${mass}`], `${place}, ${isHalf}`);
    const cross = (name: string, vector: readonly Node[]) => {
      if (vector.every((node) => this.#isZero(node))) return;
      this.#call(name, frame.vector(this.#written(vector), "weight * volume", inside), place);
    };
    cross("addSlopeOfRow", fluxByValue);
    cross("addSlopeOfColumn", valueByGradient);
    this.#stiffness(block, place, isHalf);
  }

  #stiffness({ fluxByGradient }: Block, place: string, isHalf: boolean): void {
    const { frame, before, inside, isCurved } = this.#context, dim = this.#dim;
    if (fluxByGradient.every((node) => this.#isZero(node))) return;
    const matrix = this.#written(fluxByGradient);
    const upper = upperTriangle(dim);
    if (isIsotropic(matrix, dim) && !isCurved) {
      upper.forEach(([r, s], p) => {
        const line = `metric[${p}] = volume * ${frame.metric(r, s)};`;
        if (!before.includes(line)) before.push(line);
      });
      return this.#call("addIsotropic", [`weight * ${matrix[0]}`], `${place}, ${isHalf}`);
    }
    const isSymmetric = isIsotropic(matrix, dim) ||
      fluxByGradient.every((node, k) =>
        node === fluxByGradient[(k % dim) * dim + Math.floor(k / dim)]
      );
    const all = frame.matrix(matrix, isSymmetric, "weight * volume", inside);
    if (isSymmetric) {
      this.#call("addSymmetric", upper.map(([r, s]) => all[r * dim + s]), `${place}, ${isHalf}`);
    } else this.#call("addGeneral", all, place);
  }

  /** Keeps terms in columns, and has them integrated after the last point. */
  #call(name: string, terms: readonly Term[], place: string): void {
    const { inside, after, columns } = this.#context;
    const kept = terms.length === 1 ? terms[0] : null;
    const known = kept === null ? undefined : this.#columns.get(kept);
    after.push(`quadratic.${name}(${place}, ${known ?? columns.count});`);
    if (known !== undefined) return;
    if (kept !== null) this.#columns.set(kept, columns.count);
    for (const term of terms) {
      inside.push(`columns[q + ${columns.count++} * points] = ${term ?? 0};`);
    }
  }

  #written(nodes: readonly Node[]): Term[] {
    return nodes.map((node) => valueIn(this.#context, node));
  }

  #isZero(node: Node): boolean {
    return node === this.#context.form.graph.zero;
  }
}
