/**
 * The divergence: `B = -integral of q div v`, one row per pressure, and the stabilisation of equal orders.
 *
 * @module
 */
import type { DofMap } from "../mesh/dof_map.ts";
import { elementOf } from "../mesh/elements/mod.ts";
import { cellMetrics, metricRow } from "../mesh/cell_metrics.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { quadratureOf } from "../mesh/quadrature.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { cellPoints } from "../solve/assembly/cell_points.ts";
import { addLoad } from "../solve/assembly/load.ts";
import { addMass } from "../solve/assembly/mass.ts";
import { referenceOf } from "../solve/assembly/reference.ts";
import { sparsityOf } from "../solve/assembly/sparsity.ts";
import { type Coefficient, sampleOne, type Samples } from "../solve/coefficient.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { sorted } from "../solve/linear/sparse_product.ts";
import { physicalSlopes } from "./viscous_block.ts";

/** `-integral of psi_k div(phi_b e_c)` in row k, column `dim b + c`; Cartesian components. */
export function divergenceBlock(geometry: Geometry, velocity: DofMap, pressure: DofMap): CsrMatrix {
  return pressureRows(geometry, velocity, pressure, localDivergence(geometry, velocity, pressure));
}

/**
 * The matrix with one row per pressure and one column per velocity, Cartesian components.
 *
 * @param local What each cell adds, `[cellCount x pressures x velocities x dim]`.
 */
export function pressureRows(
  geometry: Geometry,
  velocity: DofMap,
  pressure: DofMap,
  local: Float64Array,
): CsrMatrix {
  const { dim, cellCount } = geometry.topology;
  const rows = pressure.count, cols = velocity.count * dim;
  const { perCell: np } = pressure, { perCell: nv } = velocity;
  const uses = new Int32Array(rows + 1);
  for (let k = 0; k < pressure.cellDofs.length; k++) uses[pressure.cellDofs[k] + 1]++;
  for (let i = 0; i < rows; i++) uses[i + 1] += uses[i];
  const next = uses.slice(), cellsOf = new Int32Array(pressure.cellDofs.length);
  for (let k = 0; k < cellCount * np; k++) cellsOf[next[pressure.cellDofs[k]]++] = k;
  const starts = new Int32Array(rows + 1), marker = new Int32Array(velocity.count).fill(-1);
  const columns = new Int32Array(cellsOf.length * nv * dim);
  const values = new Float64Array(columns.length);
  let nnz = 0;
  for (let i = 0; i < rows; i++) {
    const first = nnz;
    for (let u = uses[i]; u < uses[i + 1]; u++) {
      const cell = Math.floor(cellsOf[u] / np);
      for (let b = 0; b < nv; b++) {
        const node = velocity.cellDofs[cell * nv + b], from = (cellsOf[u] * nv + b) * dim;
        if (marker[node] < first) {
          marker[node] = nnz;
          for (let c = 0; c < dim; c++) columns[nnz + c] = node * dim + c;
          nnz += dim;
        }
        for (let c = 0; c < dim; c++) values[marker[node] + c] += local[from + c];
      }
    }
    starts[i + 1] = nnz;
  }
  return sorted({ rows, cols, starts, columns, values });
}

/** `[cellCount x pressures x velocities x dim]` */
function localDivergence(geometry: Geometry, velocity: DofMap, pressure: DofMap): Float64Array {
  const { dim, cellCount } = geometry.topology;
  const { perCell: np } = pressure, { perCell: nv } = velocity;
  // Exact: on curved cells the cofactors of the Jacobian, of degree dim - 1, are part of the integrand.
  const bent = geometry.curved === null ? 0 : dim - 1;
  const rule = quadratureOf(dim, velocity.degree - 1 + pressure.degree + bent);
  const metrics = cellMetrics(geometry, rule.barycentric), { volumes, inverses } = metrics;
  const shapes = elementOf(dim, pressure.degree), element = elementOf(dim, velocity.degree);
  const psi = new Float64Array(rule.count * np),
    gradients = new Float64Array(rule.count * nv * dim);
  for (let q = 0; q < rule.count; q++) {
    shapes.values(rule.barycentric, q * (dim + 1), psi.subarray(q * np));
    element.gradients(rule.barycentric, q * (dim + 1), gradients.subarray(q * nv * dim));
  }
  const out = new Float64Array(cellCount * np * nv * dim), slopes = new Float64Array(nv * dim);
  for (let cell = 0; cell < cellCount; cell++) {
    for (let q = 0; q < rule.count; q++) {
      const row = metricRow(metrics, cell, q);
      physicalSlopes(dim, nv, gradients, q, inverses, row, slopes);
      for (let k = 0; k < np; k++) {
        const scale = -volumes[row] * rule.weights[q] * psi[q * np + k];
        const to = (cell * np + k) * nv * dim;
        for (let b = 0; b < nv * dim; b++) out[to + b] += scale * slopes[b];
      }
    }
  }
  return out;
}

/**
 * The pressure's mass matrix, weighted by the means of 1 / viscosity.
 *
 * @param fluidity One number, or `[cellCount]`.
 */
export function weightedMass(geometry: Geometry, map: DofMap, fluidity: Samples): CsrMatrix {
  const reference = referenceOf(geometry.topology.dim, map.degree), sparsity = sparsityOf(map);
  const values = new Float64Array(sparsity.columns.length);
  const { count } = reference.quadrature;
  const density = typeof fluidity === "number"
    ? fluidity
    : new Float64Array(fluidity.length * count).map((_, i) => fluidity[Math.floor(i / count)]);
  addMass(values, geometry, reference, sparsity, density);
  return new CsrMatrix(map.count, map.count, sparsity.rowStarts, sparsity.columns, values);
}

/**
 * What makes P1-P1 stable: `integral of (p - mean p)(q - mean q) / viscosity`, means over cells.
 *
 * Source: C. R. Dohrmann, P. B. Bochev, Int. J. Numer. Methods Fluids 46 (2004) 183-201, DOI 10.1002/fld.752.
 *
 * @param fluidity One number, or `[cellCount]`.
 */
export function stabilisation(geometry: Geometry, map: DofMap, fluidity: Samples): CsrMatrix {
  const mass = weightedMass(geometry, map, fluidity);
  const { positions } = sparsityOf(map), { perCell } = map, { volumes } = geometry;
  for (let cell = 0; cell < volumes.length; cell++) {
    const scale = volumes[cell] * (typeof fluidity === "number" ? fluidity : fluidity[cell]);
    for (let k = 0; k < perCell * perCell; k++) {
      mass.values[positions[cell * perCell * perCell + k]] -= scale / (perCell * perCell);
    }
  }
  return mass;
}

/** `integral of divergence psi_k` of every pressure, `[count]`. Collective. */
export function volumeSources(
  frame: FieldFrame,
  p: MeshVariable,
  divergence: Coefficient,
): Float64Array {
  const { geometry } = frame, { topology } = geometry;
  const map = topology.dofMap(p.degree, p.continuous),
    reference = referenceOf(topology.dim, p.degree);
  return frame.agreed(() => {
    const points = () => cellPoints(geometry, reference);
    const out = new Float64Array(map.count);
    addLoad(
      out,
      geometry,
      reference,
      map,
      sampleOne(divergence, points, frame.sample("divergence")),
    );
    return out;
  });
}
