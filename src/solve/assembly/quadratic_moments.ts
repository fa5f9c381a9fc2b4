/**
 * Integrals of quadratic shape functions in terms of moments.
 *
 * Gradients of quadratic shape functions are linear in a cell: `d_r phi_a = sum over i of G[a, r, i] lambda_i`, with
 * whole numbers G. What multiplies gradients is therefore integrated against products of barycentric coordinates, of
 * which there are fewer than products of shape functions, and put together once per cell.
 *
 * @module
 */
import { elementOf } from "../../mesh/elements/mod.ts";
import type { Quadrature } from "../../mesh/quadrature.ts";

/** A sum of moments, each with a whole number. */
export type Combination = readonly (readonly [moment: number, factor: number])[];

/** How entries are made of moments. */
export interface Moments {
  readonly perCell: number;
  /** Rows and columns of the upper triangle; column by column, as products of shape functions are in their table. */
  readonly triangle: readonly (readonly [row: number, column: number])[];
  /** `[perCell]`: F_r d_r phi_a, of F_r lambda_i. */
  readonly slopes: readonly Combination[];
  /** Upper triangle: D_rs d_r phi_a d_s phi_b, of D_rs lambda_i lambda_j with r <= s, i <= j. */
  readonly symmetric: () => Combination[];
  /** `[perCell x perCell]`: the same of all D_rs. */
  readonly general: () => Combination[];
  /** `[perCell x perCell]`: F_r d_r phi_a phi_b, of F_r lambda_i phi_b. */
  readonly cross: () => Combination[];
}

/** Functions at the points of a rule, `[points x width]`; the width is filled up with zeros to whole strips. */
export interface PointTable {
  readonly width: number;
  readonly values: Float64Array;
}

/** The functions whose moments are taken, at the points of a rule. */
export interface MomentTables {
  readonly dim: 2 | 3;
  readonly points: number;
  /** phi_a. */
  readonly shapes: PointTable;
  /** phi_a phi_b of the upper triangle. */
  readonly products: PointTable;
  /** lambda_i. */
  readonly linear: PointTable;
  /** lambda_i lambda_j for i <= j. */
  readonly pairs: PointTable;
  /** lambda_i phi_b, i by i. */
  readonly mixed: PointTable;
}

/** How many sums over the points are taken at once; moments of each component begin at a multiple of it. */
const stripWidth = { 2: 3, 3: 5 } as const;

function widthOf(count: number, dim: 2 | 3): number {
  return Math.ceil(count / stripWidth[dim]) * stripWidth[dim];
}

const tablesOf = new WeakMap<Quadrature, MomentTables>();

/** The tables for a rule; computed once. */
export function momentTables(quadrature: Quadrature): MomentTables {
  let tables = tablesOf.get(quadrature);
  if (tables === undefined) tablesOf.set(quadrature, tables = makeTables(quadrature));
  return tables;
}

function makeTables({ count, barycentric }: Quadrature): MomentTables {
  const corners = barycentric.length / count, dim = corners - 1 as 2 | 3;
  const element = elementOf(dim, 2), { perCell } = element;
  const table = new Float64Array(count * perCell);
  for (let q = 0; q < count; q++) {
    element.values(barycentric, q * corners, table.subarray(q * perCell));
  }
  const lambda = (i: number) => (q: number) => barycentric[q * corners + i];
  const phi = (a: number) => (q: number) => table[q * perCell + a];
  const times = (f: (q: number) => number, g: (q: number) => number) => (q: number) => f(q) * g(q);
  const at = (functions: readonly ((q: number) => number)[]): PointTable => {
    const width = widthOf(functions.length, dim), values = new Float64Array(count * width);
    for (let q = 0; q < count; q++) functions.forEach((f, k) => values[q * width + k] = f(q));
    return { width, values };
  };
  const nodes = upTo(perCell), vertices = upTo(corners);
  return {
    dim,
    points: count,
    shapes: at(nodes.map(phi)),
    products: at(upperTriangle(perCell).map(([a, b]) => times(phi(a), phi(b)))),
    linear: at(vertices.map(lambda)),
    pairs: at(upperTriangle(corners).map(([i, j]) => times(lambda(i), lambda(j)))),
    mixed: at(vertices.flatMap((i) => nodes.map((b) => times(lambda(i), phi(b))))),
  };
}

/** Derivatives of the quadratic shape functions at the vertices: `[perCell][dim][dim + 1]`, whole numbers. */
export function vertexSlopes(dim: 2 | 3): number[][][] {
  const element = elementOf(dim, 2), { perCell } = element;
  const gradients = new Float64Array(perCell * dim);
  const out = upTo(perCell).map(() => upTo(dim).map(() => new Array<number>(dim + 1).fill(0)));
  for (let i = 0; i <= dim; i++) {
    element.gradients(Float64Array.from(upTo(dim + 1), (j) => i === j ? 1 : 0), 0, gradients);
    out.forEach((own, a) => own.forEach((values, r) => values[i] = gradients[a * dim + r]));
  }
  return out;
}

/** How entries are made of moments in a dimension. */
export function momentsOf(dim: 2 | 3): Moments {
  const slopes = vertexSlopes(dim), perCell = slopes.length, corners = dim + 1;
  const triangle = upperTriangle(perCell);
  const linear = widthOf(corners, dim), mixed = widthOf(corners * perCell, dim);
  const pairs = upperTriangle(corners), width = widthOf(pairs.length, dim);
  const pairOf = (i: number, j: number) => indexOf(pairs, Math.min(i, j), Math.max(i, j));
  const directions = upperTriangle(dim);
  const parts = slopes.map((own) =>
    own.flatMap((values, r) => values.flatMap((g, i) => g === 0 ? [] : [{ r, i, g }]))
  );
  const product = (a: number, b: number, slot: (r: number, s: number) => number): Combination =>
    collect(
      parts[a].flatMap(({ r, i, g }) =>
        parts[b].map(({ r: s, i: j, g: h }): [number, number] => [
          slot(r, s) * width + pairOf(i, j),
          g * h,
        ])
      ),
    );
  const along = (a: number, place: (r: number, i: number) => number): Combination =>
    parts[a].map(({ r, i, g }): [number, number] => [place(r, i), g]);
  const nodes = upTo(perCell);
  return {
    perCell,
    triangle,
    slopes: nodes.map((a) => along(a, (r, i) => r * linear + i)),
    symmetric: () =>
      triangle.map(([a, b]) =>
        product(a, b, (r, s) => indexOf(directions, Math.min(r, s), Math.max(r, s)))
      ),
    general: () => nodes.flatMap((a) => nodes.map((b) => product(a, b, (r, s) => r * dim + s))),
    cross: () =>
      nodes.flatMap((a) => nodes.map((b) => along(a, (r, i) => r * mixed + i * perCell + b))),
  };
}

/** Equal moments once, those with the factor 0 not at all. */
function collect(terms: readonly (readonly [number, number])[]): Combination {
  const factors = new Map<number, number>();
  for (const [moment, factor] of terms) factors.set(moment, (factors.get(moment) ?? 0) + factor);
  return [...factors].filter(([, factor]) => factor !== 0);
}

/** (0,0) (0,1) (1,1) (0,2) ..: the upper triangle, column by column. */
export function upperTriangle(n: number): [number, number][] {
  return upTo(n).flatMap((b) => upTo(b + 1).map((a): [number, number] => [a, b]));
}

function indexOf(pairs: readonly (readonly [number, number])[], a: number, b: number): number {
  return pairs.findIndex(([i, j]) => i === a && j === b);
}

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, k) => k);
}
