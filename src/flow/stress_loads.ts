/**
 * What a stress in the cells does to velocities: `integral of stress : grad w`.
 *
 * @module
 */
import { cellMetrics, metricRow } from "../mesh/cell_metrics.ts";
import type { DofMap } from "../mesh/dof_map.ts";
import type { Geometry } from "../mesh/geometry.ts";
import type { LocatedPoints } from "../mesh/located_points.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { cellPoints } from "../solve/assembly/cell_points.ts";
import type { Reference } from "../solve/assembly/reference.ts";
import { evaluated, type Samples } from "../solve/coefficient.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { tensorPairs } from "./flow_tensors.ts";
import { physicalSlopes } from "./viscous_block.ts";

/**
 * Adds `integral of stress : grad(phi_a e_r)` in entry `dim a + r`.
 *
 * @param out `[count x dim]`
 * @param stress Symmetric, `[cellCount x points x components]` at the quadrature points of `reference`.
 */
export function addStressLoads(
  out: Float64Array,
  geometry: Geometry,
  map: DofMap,
  { dim, perCell, quadrature, gradients }: Reference,
  stress: Float64Array,
): void {
  const { weights, count: points, barycentric } = quadrature;
  const metrics = cellMetrics(geometry, barycentric), { volumes, inverses } = metrics;
  const width = tensorPairs[dim].length;
  const slopes = new Float64Array(perCell * dim), work = new Float64Array(perCell * dim);
  for (let cell = 0; cell < geometry.topology.cellCount; cell++) {
    for (let q = 0; q < points; q++) {
      physicalSlopes(dim, perCell, gradients, q, inverses, metricRow(metrics, cell, q), slopes);
      workOf(stress, (cell * points + q) * width, dim, slopes, work);
      const scale = volumes[metricRow(metrics, cell, q)] * weights[q];
      for (let a = 0; a < perCell; a++) {
        const to = map.cellDofs[cell * perCell + a] * dim;
        for (let r = 0; r < dim; r++) out[to + r] += scale * work[a * dim + r];
      }
    }
  }
}

/**
 * `tensor : grad(phi_a e_r)` for all shape functions of a cell, `[perCell x dim]`.
 *
 * @param tensors Symmetric, its components from `at` on.
 * @param slopes The gradients of the shape functions, `[perCell x dim]`.
 */
export function workOf(
  tensors: Float64Array,
  at: number,
  dim: 2 | 3,
  slopes: Float64Array,
  out: Float64Array,
): void {
  if (dim === 2) {
    const xx = tensors[at], yy = tensors[at + 1], xy = tensors[at + 2];
    for (let k = 0; k < slopes.length; k += 2) {
      out[k] = xx * slopes[k] + xy * slopes[k + 1];
      out[k + 1] = xy * slopes[k] + yy * slopes[k + 1];
    }
    return;
  }
  const xx = tensors[at], yy = tensors[at + 1], zz = tensors[at + 2];
  const yz = tensors[at + 3], xz = tensors[at + 4], xy = tensors[at + 5];
  for (let k = 0; k < slopes.length; k += 3) {
    const x = slopes[k], y = slopes[k + 1], z = slopes[k + 2];
    out[k] = xx * x + xy * y + xz * z;
    out[k + 1] = xy * x + yy * y + yz * z;
    out[k + 2] = xz * x + yz * y + zz * z;
  }
}

/** `2 viscosity elasticRate` at points, `[count x components]`; null where there is none. */
export function elasticStresses(
  viscosity: Samples,
  elasticRate: MeshVariable | null,
  points: LocatedPoints,
): Float64Array | null {
  if (elasticRate === null) return null;
  const rates = evaluated(elasticRate, points), width = elasticRate.components;
  return rates.map((rate, i) =>
    2 * (typeof viscosity === "number" ? viscosity : viscosity[Math.floor(i / width)]) * rate
  );
}

/**
 * Loads with what elastic stresses add to them.
 *
 * @param viscosity One number, or `[cellCount x points]`.
 */
export function withElasticLoads<L extends { readonly forces: readonly Float64Array[] }>(
  loads: L,
  { geometry, map, reference, components: dim }: FieldFrame,
  viscosity: Samples,
  elasticRate: MeshVariable | null,
): L {
  const stress = elasticStresses(viscosity, elasticRate, cellPoints(geometry, reference));
  if (stress === null) return loads;
  const work = new Float64Array(map.count * dim);
  addStressLoads(work, geometry, map, reference, stress);
  return { ...loads, forces: withoutRows(loads.forces, work) };
}

/** Loads minus rows `[count x dim]`. */
export function withoutRows(
  forces: readonly Float64Array[],
  rows: Float64Array,
): readonly Float64Array[] {
  const dim = forces.length;
  return forces.map((force, a) => force.map((value, i) => value - rows[i * dim + a]));
}
