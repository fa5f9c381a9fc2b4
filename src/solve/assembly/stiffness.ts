/**
 * Stiffness matrices: `K_ab = integral of k grad phi_a . grad phi_b`.
 *
 * @module
 */
import type { Geometry } from "../../mesh/geometry.ts";
import { addCurvedStiffness } from "./curved.ts";
import { QuadraticIntegrals } from "./quadratic_integrals.ts";
import { momentTables } from "./quadratic_moments.ts";
import type { Reference } from "./reference.ts";
import { upperPositions } from "./reference.ts";
import type { Sparsity } from "./sparsity.ts";

/**
 * Adds the stiffness matrix to `values`. Both triangles get the same numbers in the same order, so the
 * matrix is symmetric to the bit.
 *
 * @param values `[nnz]` of `sparsity`; added to.
 * @param geometry Where the cells are.
 * @param reference The element.
 * @param sparsity Its pattern.
 * @param diffusivity One number, or `[cellCount x points]` at the quadrature points.
 */
export function addStiffness(
  values: Float64Array,
  geometry: Geometry,
  reference: Reference,
  sparsity: Sparsity,
  diffusivity: number | Float64Array,
): void {
  const { dim, perCell, quadrature } = reference;
  const metrics = new Float64Array(geometry.topology.cellCount * (dim === 2 ? 3 : 6));
  const { cornerInverses: inverse, straightVolumes: volumes } = geometry;
  if (dim === 2) planeMetrics(volumes, inverse, metrics);
  else spaceMetrics(volumes, inverse, metrics);
  const { upper, lower } = upperPositions(perCell);
  const constant = typeof diffusivity === "number";
  // Gradients of P1 are constant in a cell, so the mean of k is all that counts.
  if (constant || reference.degree === 1) {
    scaleMetrics(metrics, volumes.length, diffusivity, quadrature.weights);
    const table = reference.stiffness;
    const add = dim === 2 ? addPlane : addSpace;
    add(values, sparsity.positions, perCell * perCell, upper, lower, table, metrics);
  } else addVarying(values, sparsity.positions, reference, metrics, diffusivity);
  addCurvedStiffness(values, geometry, reference, sparsity, diffusivity);
}

/** `volume * J^-1 J^-T`, the upper triangle, `[cells x 3]`. */
function planeMetrics(volumes: Float64Array, inverse: Float64Array, out: Float64Array): void {
  for (let c = 0; c < volumes.length; c++) {
    const v = volumes[c], o = 4 * c;
    const a = inverse[o], b = inverse[o + 1], d = inverse[o + 2], e = inverse[o + 3];
    out[3 * c] = v * (a * a + b * b);
    out[3 * c + 1] = v * (a * d + b * e);
    out[3 * c + 2] = v * (d * d + e * e);
  }
}

/** The same in space, `[cells x 6]`. */
function spaceMetrics(volumes: Float64Array, inverse: Float64Array, out: Float64Array): void {
  for (let c = 0; c < volumes.length; c++) {
    let at = 6 * c;
    for (let r = 0; r < 3; r++) {
      const i = 9 * c + 3 * r;
      for (let s = r; s < 3; s++) {
        const j = 9 * c + 3 * s;
        out[at++] = volumes[c] *
          (inverse[i] * inverse[j] + inverse[i + 1] * inverse[j + 1] +
            inverse[i + 2] * inverse[j + 2]);
      }
    }
  }
}

function scaleMetrics(
  metrics: Float64Array,
  cells: number,
  k: number | Float64Array,
  weights: Float64Array,
): void {
  const points = weights.length, pairs = metrics.length / cells;
  for (let c = 0; c < cells; c++) {
    let mean = 0;
    if (typeof k === "number") mean = k;
    else for (let q = 0; q < points; q++) mean += weights[q] * k[c * points + q];
    for (let p = 0; p < pairs; p++) metrics[c * pairs + p] *= mean;
  }
}

function addPlane(
  values: Float64Array,
  positions: Int32Array,
  block: number,
  upper: Uint8Array,
  lower: Uint8Array,
  table: Float64Array,
  metrics: Float64Array,
): void {
  const n = upper.length, cells = metrics.length / 3;
  for (let c = 0; c < cells; c++) {
    const g0 = metrics[3 * c], g1 = metrics[3 * c + 1], g2 = metrics[3 * c + 2];
    const at = c * block;
    for (let t = 0; t < n; t++) {
      const value = g0 * table[t] + g1 * table[n + t] + g2 * table[2 * n + t];
      const u = upper[t], l = lower[t];
      values[positions[at + u]] += value;
      if (l !== u) values[positions[at + l]] += value;
    }
  }
}

function addSpace(
  values: Float64Array,
  positions: Int32Array,
  block: number,
  upper: Uint8Array,
  lower: Uint8Array,
  table: Float64Array,
  metrics: Float64Array,
): void {
  const n = upper.length, cells = metrics.length / 6;
  for (let c = 0; c < cells; c++) {
    const m = 6 * c, at = c * block;
    const g0 = metrics[m], g1 = metrics[m + 1], g2 = metrics[m + 2];
    const g3 = metrics[m + 3], g4 = metrics[m + 4], g5 = metrics[m + 5];
    for (let t = 0; t < n; t++) {
      const value = g0 * table[t] + g1 * table[n + t] + g2 * table[2 * n + t] +
        g3 * table[3 * n + t] + g4 * table[4 * n + t] + g5 * table[5 * n + t];
      const u = upper[t], l = lower[t];
      values[positions[at + u]] += value;
      if (l !== u) values[positions[at + l]] += value;
    }
  }
}

/** Which of the metrics stand for the upper triangle column by column. */
const byColumns = { 2: [0, 1, 2], 3: [0, 1, 3, 2, 4, 5] } as const;

/** By moments, which are fewer than products of shape functions at all points. */
function addVarying(
  values: Float64Array,
  positions: Int32Array,
  { perCell, quadrature, dim }: Reference,
  metrics: Float64Array,
  k: Float64Array,
): void {
  const { weights, count: points } = quadrature, order = byColumns[dim];
  const integrals = new QuadraticIntegrals(momentTables(quadrature), 1);
  const { columns, metric } = integrals, pairs = metric.length, block = perCell * perCell;
  const matrix = new Float64Array(block), cells = metrics.length / pairs;
  for (let c = 0; c < cells; c++) {
    for (let q = 0; q < points; q++) columns[q] = weights[q] * k[c * points + q];
    for (let p = 0; p < pairs; p++) metric[p] = metrics[c * pairs + order[p]];
    integrals.addIsotropic(matrix, 0, perCell, false, 0);
    for (let t = 0, at = c * block; t < block; t++) {
      values[positions[at + t]] += matrix[t];
      matrix[t] = 0;
    }
  }
}
