/**
 * What a viscosity that depends on the flow adds to the matrices of Newton's method.
 *
 * @module
 */
import { cellMetrics, metricRow } from "../mesh/cell_metrics.ts";
import type { DofMap } from "../mesh/dof_map.ts";
import { elementOf } from "../mesh/elements/mod.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { sparsityOf } from "../solve/assembly/sparsity.ts";
import type { Reference } from "../solve/assembly/reference.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { pressureRows } from "./divergence.ts";
import { tensorPairs } from "./flow_tensors.ts";
import { workOf } from "./stress_loads.ts";
import { physicalSlopes } from "./viscous_block.ts";

/**
 * The viscous block plus `integral of factor (rate : strainRate(v)) (rate : strainRate(w))`: symmetric.
 *
 * @param a The viscous block; not changed.
 * @param rates `[cellCount x points x components]`
 * @param factors The derivative of the viscosity by the invariant over the invariant, `[cellCount x points]`.
 */
export function withRateTangent(
  a: CsrMatrix,
  geometry: Geometry,
  map: DofMap,
  { dim, perCell, quadrature, gradients }: Reference,
  rates: Float64Array,
  factors: Float64Array,
): CsrMatrix {
  const { rowStarts, positions } = sparsityOf(map), values = a.values.slice();
  const { weights, count: points, barycentric } = quadrature;
  const metrics = cellMetrics(geometry, barycentric), { volumes, inverses } = metrics;
  const width = tensorPairs[dim].length, n = perCell * dim;
  const slopes = new Float64Array(n), work = new Float64Array(n), local = new Float64Array(n * n);
  for (let cell = 0; cell < geometry.topology.cellCount; cell++) {
    local.fill(0);
    for (let q = 0; q < points; q++) {
      const at = cell * points + q,
        scale = volumes[metricRow(metrics, cell, q)] * weights[q] * factors[at];
      if (scale === 0) continue;
      physicalSlopes(dim, perCell, gradients, q, inverses, metricRow(metrics, cell, q), slopes);
      workOf(rates, at * width, dim, slopes, work);
      for (let i = 0; i < n; i++) {
        const factor = scale * work[i];
        for (let j = 0; j < n; j++) local[i * n + j] += factor * work[j];
      }
    }
    for (let a = 0; a < perCell; a++) {
      const i = map.cellDofs[cell * perCell + a];
      const length = dim * (rowStarts[i + 1] - rowStarts[i]);
      for (let b = 0; b < perCell; b++) {
        const position = positions[(cell * perCell + a) * perCell + b];
        const start = dim * dim * rowStarts[i] + dim * (position - rowStarts[i]);
        const from = a * dim * n + b * dim;
        for (let r = 0; r < dim; r++) {
          for (let c = 0; c < dim; c++) {
            values[start + r * length + c] += local[from + r * n + c];
          }
        }
      }
    }
  }
  return new CsrMatrix(a.rows, a.cols, a.rowStarts, a.columns, values);
}

/**
 * `integral of factor q (rate : strainRate(w))`, one row per pressure q: what the pressure does to velocities through
 * the viscosity.
 *
 * @param factors Twice the derivative of the viscosity by the pressure, `[cellCount x points]`.
 */
export function pressureTangent(
  geometry: Geometry,
  velocity: DofMap,
  pressure: DofMap,
  { dim, perCell, quadrature, gradients }: Reference,
  rates: Float64Array,
  factors: Float64Array,
): CsrMatrix {
  const { weights, count: points, barycentric } = quadrature;
  const metrics = cellMetrics(geometry, barycentric), { volumes, inverses } = metrics;
  const width = tensorPairs[dim].length,
    n = perCell * dim,
    shapes = elementOf(dim, pressure.degree);
  const psi = new Float64Array(points * shapes.perCell);
  for (let q = 0; q < points; q++) {
    shapes.values(quadrature.barycentric, q * (dim + 1), psi.subarray(q * shapes.perCell));
  }
  const slopes = new Float64Array(n), work = new Float64Array(n);
  const local = new Float64Array(geometry.topology.cellCount * shapes.perCell * n);
  for (let cell = 0; cell < geometry.topology.cellCount; cell++) {
    for (let q = 0; q < points; q++) {
      const at = cell * points + q,
        scale = volumes[metricRow(metrics, cell, q)] * weights[q] * factors[at];
      if (scale === 0) continue;
      physicalSlopes(dim, perCell, gradients, q, inverses, metricRow(metrics, cell, q), slopes);
      workOf(rates, at * width, dim, slopes, work);
      for (let k = 0; k < shapes.perCell; k++) {
        const factor = scale * psi[q * shapes.perCell + k];
        const to = (cell * shapes.perCell + k) * n;
        for (let i = 0; i < n; i++) local[to + i] += factor * work[i];
      }
    }
  }
  return pressureRows(geometry, velocity, pressure, local);
}
