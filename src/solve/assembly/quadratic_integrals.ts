/**
 * Integrals of quadratic shape functions over a cell, from formulas at its quadrature points.
 *
 * Formulas come in columns, one value per point, weights included. Moments of the columns are sums against a table of
 * functions; entries of the cell's matrix or vector are made of them.
 *
 * @module
 */
import { type Contractions, contractionsOf } from "./quadratic_contractions.ts";
import type { MomentTables, PointTable } from "./quadratic_moments.ts";

/**
 * The integrals of one kernel.
 *
 * State: none, what it keeps is scratch that every cell writes before it reads.
 */
export class QuadraticIntegrals {
  readonly #tables: MomentTables;
  readonly #contractions: Contractions;
  readonly #sums: Float64Array;
  /** `[columns x points]`, written by the kernel. */
  readonly columns: Float64Array;
  /** Of a cell, the upper triangle column by column, written by the kernel. */
  readonly metric: Float64Array;

  /**
   * @param tables Of the rule.
   * @param columns How many there are.
   */
  constructor(tables: MomentTables, columns: number) {
    const { dim, points, pairs, mixed, products } = tables;
    this.#tables = tables;
    this.#contractions = contractionsOf(dim);
    this.columns = new Float64Array(columns * points);
    this.metric = new Float64Array(dim * (dim + 1) / 2);
    this.#sums = new Float64Array(
      Math.max(dim * dim * pairs.width, dim * mixed.width, products.width),
    );
  }

  /** Adds the integral of f phi_a to `vector[base + a]`; f is one column. */
  addSource(vector: Float64Array, base: number, perCell: number, column: number): void {
    this.#integrate(column, 1, this.#tables.shapes);
    for (let a = 0; a < perCell; a++) vector[base + a] += this.#sums[a];
  }

  /** Adds the integral of F_r d_r phi_a to `vector[base + a]`; F is `[dim]` columns. */
  addFlux(vector: Float64Array, base: number, column: number): void {
    this.#integrate(column, this.#tables.dim, this.#tables.linear);
    this.#contractions.flux(vector, base, 0, this.#sums);
  }

  /**
   * Adds the integral of f phi_a phi_b; f is one column.
   *
   * @param matrix Of the cell; rows of a block begin at `start + a * width`.
   * @param isHalf Whether the upper triangle is enough, because it is mirrored later; so for all that follow.
   */
  addMass(
    matrix: Float64Array,
    start: number,
    width: number,
    isHalf: boolean,
    column: number,
  ): void {
    const { mass, massHalf } = this.#contractions;
    this.#integrate(column, 1, this.#tables.products);
    (isHalf ? massHalf : mass)(matrix, start, width, this.#sums);
  }

  /** Adds the integral of k g_rs d_r phi_a d_s phi_b; k is one column, g the metric. */
  addIsotropic(
    matrix: Float64Array,
    start: number,
    width: number,
    isHalf: boolean,
    column: number,
  ): void {
    const { pairs } = this.#tables, sums = this.#sums, metric = this.metric;
    this.#integrate(column, 1, pairs);
    for (let p = metric.length - 1; p >= 0; p--) {
      const g = metric[p], at = p * pairs.width;
      for (let k = 0; k < pairs.width; k++) sums[at + k] = g * sums[k];
    }
    const { symmetric, symmetricHalf } = this.#contractions;
    (isHalf ? symmetricHalf : symmetric)(matrix, start, width, sums);
  }

  /** Adds the integral of D_rs d_r phi_a d_s phi_b; D is symmetric, its upper triangle in columns. */
  addSymmetric(
    matrix: Float64Array,
    start: number,
    width: number,
    isHalf: boolean,
    column: number,
  ): void {
    const { symmetric, symmetricHalf } = this.#contractions;
    this.#integrate(column, this.metric.length, this.#tables.pairs);
    (isHalf ? symmetricHalf : symmetric)(matrix, start, width, this.#sums);
  }

  /** The same for any D, `[dim x dim]` columns. */
  addGeneral(matrix: Float64Array, start: number, width: number, column: number): void {
    const { dim, pairs } = this.#tables;
    this.#integrate(column, dim * dim, pairs);
    this.#contractions.general(matrix, start, width, this.#sums);
  }

  /** Adds the integral of F_r d_r phi_a phi_b; F is `[dim]` columns. */
  addSlopeOfRow(matrix: Float64Array, start: number, width: number, column: number): void {
    this.#integrate(column, this.#tables.dim, this.#tables.mixed);
    this.#contractions.slopeOfRow(matrix, start, width, this.#sums);
  }

  /** Adds the integral of F_r phi_a d_r phi_b; F is `[dim]` columns. */
  addSlopeOfColumn(matrix: Float64Array, start: number, width: number, column: number): void {
    this.#integrate(column, this.#tables.dim, this.#tables.mixed);
    this.#contractions.slopeOfColumn(matrix, start, width, this.#sums);
  }

  /** Sums of some columns against a table, `[count x width]`. */
  #integrate(column: number, count: number, table: PointTable): void {
    const { points } = this.#tables, { width, values } = table, { columns } = this;
    const integrate = sumsFor(table);
    for (let k = 0; k < count; k++) {
      integrate(columns, (column + k) * points, points, width, values, this.#sums, k * width);
    }
  }
}

/** `sums[at + k]` becomes the sum over the points of `columns[from + q] * values[q * width + k]`. */
type StripSums = (
  columns: Float64Array,
  from: number,
  points: number,
  width: number,
  values: Float64Array,
  sums: Float64Array,
  at: number,
) => void;

const strips = new Map<number, StripSums>();

/** Takes as many sums at once as stay in registers. */
function sumsFor({ width }: PointTable): StripSums {
  const strip = [10, 6, 5, 3].find((size) => width % size === 0)!;
  let sums = strips.get(strip);
  if (sums === undefined) strips.set(strip, sums = compileStrip(strip));
  return sums;
}

function compileStrip(strip: number): StripSums {
  const each = (code: (k: number) => string) =>
    Array.from({ length: strip }, (_, k) => code(k)).join("\n");
  return new Function(
    "columns",
    "from",
    "points",
    "width",
    "values",
    "sums",
    "at",
    `"use strict";
    for (let k = 0; k < width; k += ${strip}) {
      ${each((k) => `let s${k} = 0;`)}
      for (let q = 0, o = k; q < points; q++, o += width) {
        const factor = columns[from + q];
        ${each((k) => `s${k} += factor * values[o + ${k}];`)}
      }
      ${each((k) => `sums[at + k + ${k}] = s${k};`)}
    }`,
  ) as StripSums;
}
