/**
 * Computes one polynomial for the parts of a cell, which is the L2 projection of their polynomials.
 *
 * @module
 */
import { type Element, elementOf } from "../elements/mod.ts";
import type { FieldDegree } from "../dof_map.ts";
import { quadratureOf } from "../quadrature.ts";
import { localEdges } from "../simplex.ts";
import { type LabelRules, labelRules } from "./labels.ts";

/**
 * For each local edge and half, the matrix that maps values of the half to their contribution to
 * the values of the cell, `[perCell x perCell]`.
 */
type HalfMatrices = readonly (readonly [Float64Array, Float64Array])[];

const known = new Map<number, HalfMatrices>();

/**
 * Merges the parts of cells, two halves at a time, in the order of their forest.
 *
 * Let u be the function on both halves, phi_i the shape functions of the cell, and M_ij the
 * integral of phi_i phi_j over the reference cell. The values of the cell are M^-1 b, where b_i is
 * the integral of u phi_i: one fixed matrix for each edge and half, whatever the shape of the cell.
 * All values are relative to the first one, so that constants are preserved exactly.
 */
export class CellProjection {
  readonly perCell: number;
  readonly #components: number;
  readonly #rules: LabelRules;
  readonly #edgeOf: (label: number) => number;
  readonly #matrices: HalfMatrices;
  /** The values of the current cell at each depth, `[perCell x components]`. */
  readonly #values: Float64Array[] = [];
  readonly #first: Float64Array;
  #next = 0;

  constructor(dim: 2 | 3, degree: FieldDegree, components: number) {
    this.#rules = labelRules(dim);
    this.#edgeOf = dim === 2 ? (label) => label : (label) => (label / 18) | 0;
    this.#matrices = halfMatrices(dim, degree);
    this.perCell = elementOf(dim, degree).perCell;
    this.#components = components;
    this.#first = new Float64Array(components);
  }

  /**
   * Writes the values of one cell, whose parts begin at number `first`, into `out` from `offset`
   * on.
   *
   * @param levels the levels of the parts.
   * @param values the values of the parts, `[parts x perCell x components]`.
   */
  project(
    label: number,
    level: number,
    first: number,
    levels: Uint8Array,
    values: Float64Array,
    out: Float64Array,
    offset: number,
  ): void {
    const components = this.#components, width = this.perCell * components;
    for (let a = 0; a < components; a++) this.#first[a] = values[first * width + a];
    this.#next = first;
    this.#gather(label, level, 0, levels, values);
    const result = this.#values[0];
    for (let i = 0; i < width; i++) out[offset + i] = this.#first[i % components] + result[i];
  }

  /** Merges the next parts that make up one cell; its values are then at `depth`. */
  #gather(
    label: number,
    level: number,
    depth: number,
    levels: Uint8Array,
    values: Float64Array,
  ): void {
    const components = this.#components, width = this.perCell * components;
    const own = this.#values[depth] ??= new Float64Array(width);
    if (levels[this.#next] === level) {
      const from = width * this.#next++;
      for (let i = 0; i < width; i++) own[i] = values[from + i] - this.#first[i % components];
      return;
    }
    own.fill(0);
    for (const side of [0, 1] as const) {
      this.#gather(this.#rules.halves[2 * label + side], level + 1, depth + 1, levels, values);
      this.#add(this.#matrices[this.#edgeOf(label)][side], this.#values[depth + 1], own);
    }
  }

  #add(matrix: Float64Array, half: Float64Array, sum: Float64Array): void {
    const { perCell } = this, components = this.#components;
    for (let i = 0; i < perCell; i++) {
      for (let j = 0; j < perCell; j++) {
        const factor = matrix[i * perCell + j];
        for (let a = 0; a < components; a++) {
          sum[i * components + a] += factor * half[j * components + a];
        }
      }
    }
  }
}

function halfMatrices(dim: 2 | 3, degree: FieldDegree): HalfMatrices {
  let matrices = known.get(4 * degree + dim);
  if (matrices === undefined) {
    const element = elementOf(dim, degree), edges = localEdges(dim);
    const inverse = inverseOf(overlaps(element, -1, -1), element.perCell);
    matrices = Array.from({ length: edges.length / 2 }, (_, e) => {
      const [first, second] = edges.subarray(2 * e, 2 * e + 2);
      return [
        exact(product(inverse, overlaps(element, first, second), element.perCell)),
        exact(product(inverse, overlaps(element, second, first), element.perCell)),
      ] as const;
    });
    known.set(4 * degree + dim, matrices);
  }
  return matrices;
}
/**
 * Integrals of phi_i of the cell times phi_j of one half, over that half of a reference cell of
 * volume 1. The half keeps the vertex `kept` of an edge and has the edge's midpoint in the position
 * of `moved`. If `moved` is -1, the integrals are those of the whole cell.
 */
function overlaps(element: Element, kept: number, moved: number): Float64Array {
  const { dim, degree, perCell } = element, corners = dim + 1;
  const rule = quadratureOf(dim, 2 * degree);
  const out = new Float64Array(perCell * perCell);
  const own = new Float64Array(perCell), cell = new Float64Array(perCell);
  const place = new Float64Array(corners);
  for (let q = 0; q < rule.count; q++) {
    element.values(rule.barycentric, q * corners, own);
    place.set(rule.barycentric.subarray(q * corners, (q + 1) * corners));
    if (moved >= 0) {
      place[moved] /= 2;
      place[kept] += place[moved];
    }
    element.values(place, 0, cell);
    const weight = moved < 0 ? rule.weights[q] : rule.weights[q] / 2;
    for (let i = 0; i < perCell; i++) {
      for (let j = 0; j < perCell; j++) out[i * perCell + j] += weight * cell[i] * own[j];
    }
  }
  return out;
}

/**
 * The entries are multiples of 1/64 (of 1/4 for degree 1), so the nearest multiple is the exact
 * number.
 */
function exact(matrix: Float64Array): Float64Array {
  return matrix.map((x) => Math.round(64 * x) / 64);
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      for (let j = 0; j < n; j++) out[i * n + j] += a[i * n + k] * b[k * n + j];
    }
  }
  return out;
}

/** Inverts a small positive definite matrix by elimination. */
function inverseOf(matrix: Float64Array, n: number): Float64Array {
  const left = matrix.slice(), right = new Float64Array(n * n);
  for (let i = 0; i < n; i++) right[i * n + i] = 1;
  for (let p = 0; p < n; p++) {
    const pivot = left[p * n + p];
    for (let j = 0; j < n; j++) {
      left[p * n + j] /= pivot;
      right[p * n + j] /= pivot;
    }
    for (let i = 0; i < n; i++) {
      const factor = left[i * n + p];
      if (i === p || factor === 0) continue;
      for (let j = 0; j < n; j++) {
        left[i * n + j] -= factor * left[p * n + j];
        right[i * n + j] -= factor * right[p * n + j];
      }
    }
  }
  return right;
}
