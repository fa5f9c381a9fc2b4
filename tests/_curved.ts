/** What tests of curved cells share. @module */
import { cellMetrics } from "../src/mesh/cell_metrics.ts";
import { evaluateInto } from "../src/mesh/interpolate.ts";
import { placePoints } from "../src/mesh/located_points.ts";
import { geometryOf } from "../src/mesh/mesh.ts";
import { fieldOf, type MeshVariable } from "../src/mesh/mesh_variable.ts";
import { quadratureOf } from "../src/mesh/quadrature.ts";

/** The L2 norm of the difference to an exact solution, `[components]` -> a number; curved cells point by point. */
export function errorOf(
  u: MeshVariable,
  exact: (x: readonly number[]) => number | readonly number[],
): number {
  const geometry = geometryOf(u.mesh), { dim, cellCount } = geometry.topology;
  const rule = quadratureOf(dim, 8), n = rule.count, { components } = u;
  const { volumes, rows, steps } = cellMetrics(geometry, rule.barycentric);
  const cells = new Int32Array(n), values = new Float64Array(n * components);
  let sum = 0;
  for (let c = 0; c < cellCount; c++) {
    const { coordinates } = placePoints(geometry, cells.fill(c), rule.barycentric);
    evaluateInto(fieldOf(u), cells, rule.barycentric, n, values);
    for (let q = 0; q < n; q++) {
      const weight = rule.weights[q] * volumes[rows === null ? c : rows[c] + q * steps![c]];
      const wanted = [exact([...coordinates.subarray(q * dim, (q + 1) * dim)])].flat();
      for (let a = 0; a < components; a++) {
        sum += weight * (values[q * components + a] - wanted[a]) ** 2;
      }
    }
  }
  return Math.sqrt(sum);
}

/** The order over several sizes: the slope of the line through first and last. */
export function orderOf(sizes: readonly number[], errors: readonly number[]): number {
  const last = sizes.length - 1;
  return Math.log(errors[0] / errors[last]) / Math.log(sizes[0] / sizes[last]);
}

/** How large cells are: the root of their mean area, or the cube root of their mean volume. */
export function sizeOf(u: MeshVariable): number {
  const { topology: { dim, cellCount }, volumes } = geometryOf(u.mesh);
  return (volumes.reduce((a, b) => a + b, 0) / cellCount) ** (1 / dim);
}
