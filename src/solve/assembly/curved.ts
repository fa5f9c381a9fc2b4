/**
 * Mass and stiffness matrices and loads of the curved cells of a mesh, point by point. Kernels for straight cells
 * take those first, with a volume of 0 for the curved ones.
 *
 * @module
 */
import { cellMetrics } from "../../mesh/cell_metrics.ts";
import type { DofMap } from "../../mesh/dof_map.ts";
import type { Geometry } from "../../mesh/geometry.ts";
import { type Reference, upperPositions } from "./reference.ts";
import type { Sparsity } from "./sparsity.ts";

/** Calls back at every point of every curved cell: the number of both, the weight there, and its row of metrics. */
function forEachPoint(
  geometry: Geometry,
  { quadrature: { barycentric, weights } }: Reference,
  visit: (cell: number, q: number, weight: number, inverses: Float64Array, row: number) => void,
): void {
  const { curved } = geometry;
  if (curved === null) return;
  const { volumes, inverses, rows } = cellMetrics(geometry, barycentric);
  for (const cell of curved.cells) {
    for (let q = 0; q < weights.length; q++) {
      const row = rows![cell] + q;
      visit(cell, q, weights[q] * volumes[row], inverses, row);
    }
  }
}

/** Adds `integral of c phi_a phi_b` over the curved cells; symmetric to the bit. */
export function addCurvedMass(
  values: Float64Array,
  geometry: Geometry,
  reference: Reference,
  { positions }: Sparsity,
  density: number | Float64Array,
): void {
  const { perCell, values: phi, quadrature: { count } } = reference;
  const block = perCell * perCell;
  forEachPoint(geometry, reference, (cell, q, weight) => {
    const scale = weight * (typeof density === "number" ? density : density[cell * count + q]);
    for (let a = 0; a < perCell; a++) {
      for (let b = 0; b < perCell; b++) {
        values[positions[cell * block + a * perCell + b]] += scale *
          (phi[q * perCell + a] * phi[q * perCell + b]);
      }
    }
  });
}

/** Adds `integral of k grad phi_a . grad phi_b` over the curved cells; symmetric to the bit. */
export function addCurvedStiffness(
  values: Float64Array,
  geometry: Geometry,
  reference: Reference,
  { positions }: Sparsity,
  diffusivity: number | Float64Array,
): void {
  const { dim, perCell, gradients, quadrature: { count } } = reference;
  const { upper, lower } = upperPositions(perCell), block = perCell * perCell;
  const slopes = new Float64Array(perCell * dim);
  forEachPoint(geometry, reference, (cell, q, weight, inverses, row) => {
    const k = typeof diffusivity === "number" ? diffusivity : diffusivity[cell * count + q];
    for (let a = 0; a < perCell; a++) {
      for (let d = 0; d < dim; d++) {
        let sum = 0;
        for (let r = 0; r < dim; r++) {
          sum += gradients[(q * perCell + a) * dim + r] * inverses[(row * dim + r) * dim + d];
        }
        slopes[a * dim + d] = sum;
      }
    }
    for (let t = 0; t < upper.length; t++) {
      const a = Math.floor(upper[t] / perCell), b = upper[t] % perCell;
      let dot = 0;
      for (let d = 0; d < dim; d++) dot += slopes[a * dim + d] * slopes[b * dim + d];
      const value = weight * k * dot;
      values[positions[cell * block + upper[t]]] += value;
      if (upper[t] !== lower[t]) values[positions[cell * block + lower[t]]] += value;
    }
  });
}

/** Adds `integral of f phi_a` over the curved cells. */
export function addCurvedLoad(
  out: Float64Array,
  geometry: Geometry,
  reference: Reference,
  { cellDofs }: DofMap,
  source: number | Float64Array,
): void {
  const { perCell, values: phi, quadrature: { count } } = reference;
  forEachPoint(geometry, reference, (cell, q, weight) => {
    const scale = weight * (typeof source === "number" ? source : source[cell * count + q]);
    for (let a = 0; a < perCell; a++) {
      out[cellDofs[cell * perCell + a]] += scale * phi[q * perCell + a];
    }
  });
}
