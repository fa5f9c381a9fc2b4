/**
 * Takes fluxes and their derivatives from space to the reference coordinates of a cell.
 *
 * @module
 */
import type { LeafSources } from "./leaf_sources.ts";
import { combination, type Statements } from "./statements.ts";

/** JavaScript for a number, or null for zero. */
export type Term = string | null;

/**
 * Writes the change of coordinates with the inverse Jacobian of the cell.
 *
 * State: none, it lives while a kernel is written.
 */
export class ReferenceFrame {
  readonly #dim: 2 | 3;
  readonly #leaves: LeafSources;
  readonly #statements: Statements;
  #names = 0;

  /** Writes for one kernel. */
  constructor(dim: 2 | 3, leaves: LeafSources, statements: Statements) {
    this.#dim = dim;
    this.#leaves = leaves;
    this.#statements = statements;
  }

  /** Declares a constant among some lines; returns its name. */
  constant(code: string, lines: string[]): string {
    const name = `e${this.#names++}`;
    lines.push(`const ${name} = ${code};`);
    return name;
  }

  /** `scale J^-1 vector`, by reference direction. */
  vector(vector: readonly Term[], scale: string, lines: string[]): Term[] {
    return this.#axes.map((r) => {
      const sum = combination(vector.map((entry, d) => this.#times(r, d, entry)));
      return sum === null ? null : this.constant(`${scale} * (${sum})`, lines);
    });
  }

  /**
   * `scale J^-1 matrix J^-T`, `[dim x dim]`.
   *
   * @param isSymmetric Whether the matrix is, so that half of it is enough.
   */
  matrix(matrix: readonly Term[], isSymmetric: boolean, scale: string, lines: string[]): Term[] {
    const dim = this.#dim, axes = this.#axes;
    if (matrix.every((entry) => entry === null)) return matrix.slice();
    const isMultiple = isIsotropic(matrix, dim);
    const left = isMultiple ? [] : axes.map((r) => this.#row(r, matrix, lines));
    const factor = isMultiple ? this.constant(`${scale} * ${matrix[0]}`, lines) : "";
    const out: Term[] = new Array(dim * dim).fill(null);
    for (const r of axes) {
      for (const s of axes) {
        if ((isSymmetric || isMultiple) && s < r) {
          out[r * dim + s] = out[s * dim + r];
          continue;
        }
        if (isMultiple) {
          out[r * dim + s] = this.constant(`${factor} * ${this.metric(r, s)}`, lines);
          continue;
        }
        const sum = combination(left[r].map((entry, e) => this.#times(s, e, entry)));
        out[r * dim + s] = sum === null ? null : this.constant(`${scale} * (${sum})`, lines);
      }
    }
    return out;
  }

  get #axes(): number[] {
    return Array.from({ length: this.#dim }, (_, d) => d);
  }

  #times(r: number, d: number, entry: Term): readonly [Term, Term] {
    return entry === null ? [null, null] : [this.#leaves.inverse(r, d), entry];
  }

  /** Row r of `J^-1 matrix`. */
  #row(r: number, matrix: readonly Term[], lines: string[]): Term[] {
    return this.#axes.map((e) => {
      const column = this.#axes.map((d) => this.#times(r, d, matrix[d * this.#dim + e]));
      const sum = combination(column);
      return sum === null ? null : this.constant(sum, lines);
    });
  }

  /** An entry of `J^-1 J^-T`, once per straight cell. */
  metric(r: number, s: number): string {
    const parts = this.#axes.map((d) =>
      [this.#leaves.inverse(r, d), this.#leaves.inverse(s, d)] as const
    );
    return this.#statements.declare(`g${r}${s}`, this.#leaves.atCell, () => combination(parts)!);
  }
}

/** Whether a matrix, `[dim x dim]`, is a multiple of the identity. */
export function isIsotropic(matrix: readonly Term[], dim: number): boolean {
  return matrix.every((entry, k) => entry === (k % (dim + 1) === 0 ? matrix[0] : null));
}
