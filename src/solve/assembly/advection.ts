/**
 * Advection matrices: `N_ab = integral of phi_a (v . grad phi_b)`; not symmetric.
 *
 * The solvers in this folder do not need it, since histories carry advection along and matrices stay
 * symmetric; it is there for implicit advection, and for tests of the solvers for unsymmetric matrices.
 *
 * @module
 */
import type { Geometry } from "../../mesh/geometry.ts";
import type { Reference } from "./reference.ts";
import type { Sparsity } from "./sparsity.ts";

/**
 * Adds the advection matrix to `values`.
 *
 * @param values `[nnz]` of `sparsity`; added to.
 * @param geometry Where the cells are.
 * @param reference The element.
 * @param sparsity Its pattern.
 * @param velocity `[cellCount x points x dim]` at the quadrature points.
 */
export function addAdvection(
  values: Float64Array,
  geometry: Geometry,
  reference: Reference,
  sparsity: Sparsity,
  velocity: Float64Array,
): void {
  const { dim, perCell, quadrature, values: phi, gradients } = reference;
  const { volumes, inverseJacobians: inverse } = geometry;
  const { weights, count: points } = quadrature;
  const { positions } = sparsity;
  const block = perCell * perCell;
  const local = new Float64Array(block), slopes = new Float64Array(perCell);
  for (let c = 0; c < volumes.length; c++) {
    local.fill(0);
    for (let q = 0; q < points; q++) {
      slopesAlong(velocity, (c * points + q) * dim, inverse, c, gradients, q, perCell, dim, slopes);
      const weight = weights[q] * volumes[c];
      for (let a = 0; a < perCell; a++) {
        const factor = weight * phi[q * perCell + a];
        for (let b = 0; b < perCell; b++) local[a * perCell + b] += factor * slopes[b];
      }
    }
    for (let k = 0; k < block; k++) values[positions[c * block + k]] += local[k];
  }
}

/** `v . grad phi_b` of all shape functions of one cell at one quadrature point. */
function slopesAlong(
  velocity: Float64Array,
  at: number,
  inverse: Float64Array,
  cell: number,
  gradients: Float64Array,
  q: number,
  perCell: number,
  dim: number,
  out: Float64Array,
): void {
  out.fill(0);
  for (let r = 0; r < dim; r++) {
    let along = 0;
    for (let d = 0; d < dim; d++) along += velocity[at + d] * inverse[(cell * dim + r) * dim + d];
    for (let b = 0; b < perCell; b++) out[b] += along * gradients[(q * perCell + b) * dim + r];
  }
}
