/**
 * Quantities that are known at the quadrature points of all cells, as fields.
 *
 * @module
 */
import { cellMetrics } from "../mesh/cell_metrics.ts";
import { elementOf } from "../mesh/elements/mod.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Quadrature } from "../mesh/quadrature.ts";

/**
 * The polynomial of the variable's degree that is nearest in each cell in L2; where cells share values, their mean,
 * weighted by volumes.
 *
 * @param into Which kind of field.
 * @param rule The quadrature of the samples, exact to twice the degree of the field.
 * @param samples `[cellCount x points x components]`.
 * @returns `[nDofs x components]`.
 */
export function nearestField(
  into: Pick<MeshVariable, "mesh" | "degree" | "continuous" | "components">,
  rule: Quadrature,
  samples: Float64Array,
): Float64Array {
  const geometry = geometryOf(into.mesh), { volumes, topology } = geometry;
  const map = topology.dofMap(into.degree, into.continuous), { components } = into;
  const straight = projection(topology.dim, into.degree, rule);
  const tableOf = curvedTables(geometry, into.degree, rule) ?? (() => straight);
  const out = new Float64Array(map.count * components), weights = new Float64Array(map.count);
  const points = rule.count, { perCell, cellDofs } = map;
  for (let cell = 0; cell < volumes.length; cell++) {
    const table = tableOf(cell) ?? straight;
    for (let a = 0; a < perCell; a++) {
      const dof = cellDofs[cell * perCell + a];
      weights[dof] += volumes[cell];
      for (let q = 0; q < points; q++) {
        const factor = volumes[cell] * table[a * points + q];
        const from = (cell * points + q) * components;
        for (let c = 0; c < components; c++) {
          out[dof * components + c] += factor * samples[from + c];
        }
      }
    }
  }
  for (let i = 0; i < out.length; i++) out[i] /= weights[Math.floor(i / components)];
  return out;
}

/** The tables of curved cells, whose points weigh as much as the cell is large there; null where there are none. */
function curvedTables(
  geometry: Geometry,
  degree: 0 | 1 | 2,
  rule: Quadrature,
): ((cell: number) => Float64Array | null) | null {
  const { curved, topology: { dim } } = geometry;
  if (curved === null) return null;
  const { volumes, rows } = cellMetrics(geometry, rule.barycentric);
  return (cell) => {
    if (curved.numbers[cell] < 0) return null;
    const weights = rule.weights.map((weight, q) =>
      weight * volumes[rows![cell] + q] / geometry.volumes[cell]
    );
    return projection(dim, degree, { ...rule, weights });
  };
}

/** `M^-1 Phi^T W`: from values at the points to those at the nodes of a cell, `[perCell x points]`. */
function projection(dim: 2 | 3, degree: 0 | 1 | 2, rule: Quadrature): Float64Array {
  const element = elementOf(dim, degree), n = element.perCell, { count, weights } = rule;
  const shapes = new Float64Array(count * n);
  for (let q = 0; q < count; q++) {
    element.values(rule.barycentric, q * (dim + 1), shapes.subarray(q * n));
  }
  const width = n + count, rows = new Float64Array(n * width);
  for (let a = 0; a < n; a++) {
    for (let q = 0; q < count; q++) {
      const weighted = weights[q] * shapes[q * n + a];
      rows[a * width + n + q] = weighted;
      for (let b = 0; b < n; b++) rows[a * width + b] += weighted * shapes[q * n + b];
    }
  }
  // Gauss-Jordan; mass matrices are positive definite and need no pivoting.
  for (let c = 0; c < n; c++) {
    const inverse = 1 / rows[c * width + c];
    for (let k = c; k < width; k++) rows[c * width + k] *= inverse;
    for (let a = 0; a < n; a++) {
      const factor = a === c ? 0 : rows[a * width + c];
      if (factor === 0) continue;
      for (let k = c; k < width; k++) rows[a * width + k] -= factor * rows[c * width + k];
    }
  }
  const out = new Float64Array(n * count);
  for (let a = 0; a < n; a++) {
    out.set(rows.subarray(a * width + n, (a + 1) * width), a * count);
  }
  return out;
}
