/**
 * Load vectors: `F_a = integral of f phi_a`.
 *
 * @module
 */
import type { DofMap } from "../../mesh/dof_map.ts";
import type { Geometry } from "../../mesh/geometry.ts";
import { addCurvedLoad } from "./curved.ts";
import type { Reference } from "./reference.ts";

/**
 * Adds the load vector of one component to `out`.
 *
 * @param out `[count]`; added to.
 * @param geometry Where the cells are.
 * @param reference The element.
 * @param map Its numbering.
 * @param source One number, or `[cellCount x points]` at the quadrature points.
 */
export function addLoad(
  out: Float64Array,
  geometry: Geometry,
  reference: Reference,
  map: DofMap,
  source: number | Float64Array,
): void {
  const volumes = geometry.straightVolumes;
  if (typeof source === "number") {
    if (source !== 0) addUniform(out, volumes, map.cellDofs, reference.load, source);
  } else {
    const { values, quadrature } = reference;
    addVarying(out, volumes, map.cellDofs, values, quadrature.weights, source);
  }
  addCurvedLoad(out, geometry, reference, map, source);
}

function addUniform(
  out: Float64Array,
  volumes: Float64Array,
  cellDofs: Int32Array,
  table: Float64Array,
  source: number,
): void {
  const perCell = table.length;
  for (let c = 0; c < volumes.length; c++) {
    const scale = source * volumes[c];
    for (let a = 0; a < perCell; a++) out[cellDofs[c * perCell + a]] += scale * table[a];
  }
}

function addVarying(
  out: Float64Array,
  volumes: Float64Array,
  cellDofs: Int32Array,
  values: Float64Array,
  weights: Float64Array,
  source: Float64Array,
): void {
  const points = weights.length, perCell = values.length / points;
  for (let c = 0; c < volumes.length; c++) {
    for (let a = 0; a < perCell; a++) {
      let sum = 0;
      for (let q = 0; q < points; q++) {
        sum += weights[q] * source[c * points + q] * values[q * perCell + a];
      }
      out[cellDofs[c * perCell + a]] += volumes[c] * sum;
    }
  }
}
