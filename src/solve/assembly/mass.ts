/**
 * Mass matrices: `M_ab = integral of c phi_a phi_b`.
 *
 * @module
 */
import type { Geometry } from "../../mesh/geometry.ts";
import { addCurvedMass } from "./curved.ts";
import { type Reference, upperPositions } from "./reference.ts";
import type { Sparsity } from "./sparsity.ts";

/**
 * Adds the mass matrix to `values`; symmetric to the bit.
 *
 * @param values `[nnz]` of `sparsity`; added to.
 * @param geometry Where the cells are.
 * @param reference The element.
 * @param sparsity Its pattern.
 * @param density One number, or `[cellCount x points]` at the quadrature points.
 */
export function addMass(
  values: Float64Array,
  geometry: Geometry,
  reference: Reference,
  sparsity: Sparsity,
  density: number | Float64Array,
): void {
  const { upper, lower } = upperPositions(reference.perCell);
  const block = reference.perCell * reference.perCell;
  const volumes = geometry.straightVolumes;
  if (typeof density === "number") {
    addUniform(values, sparsity.positions, block, upper, lower, reference.mass, volumes, density);
  } else {
    addVarying(
      values,
      sparsity.positions,
      block,
      upper,
      lower,
      reference.massAt,
      volumes,
      density,
    );
  }
  addCurvedMass(values, geometry, reference, sparsity, density);
}

function addUniform(
  values: Float64Array,
  positions: Int32Array,
  block: number,
  upper: Uint8Array,
  lower: Uint8Array,
  table: Float64Array,
  volumes: Float64Array,
  density: number,
): void {
  const n = upper.length;
  for (let c = 0; c < volumes.length; c++) {
    const scale = density * volumes[c], at = c * block;
    for (let t = 0; t < n; t++) {
      const value = scale * table[t];
      const u = upper[t], l = lower[t];
      values[positions[at + u]] += value;
      if (l !== u) values[positions[at + l]] += value;
    }
  }
}

function addVarying(
  values: Float64Array,
  positions: Int32Array,
  block: number,
  upper: Uint8Array,
  lower: Uint8Array,
  table: Float64Array,
  volumes: Float64Array,
  density: Float64Array,
): void {
  const n = upper.length, points = table.length / n;
  for (let c = 0; c < volumes.length; c++) {
    const at = c * block;
    for (let t = 0; t < n; t++) {
      let value = 0;
      for (let q = 0; q < points; q++) value += density[c * points + q] * table[q * n + t];
      value *= volumes[c];
      const u = upper[t], l = lower[t];
      values[positions[at + u]] += value;
      if (l !== u) values[positions[at + l]] += value;
    }
  }
}
