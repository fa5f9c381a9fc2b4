/**
 * Means of particles at degrees of freedom, which stay between the particles' values.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import type { DofMap } from "../../mesh/dof_map.ts";
import { elementOf } from "../../mesh/elements/mod.ts";
import type { Geometry } from "../../mesh/geometry.ts";
import { CsrMatrix } from "../linear/csr.ts";
import {
  checkCoverage,
  countInCells,
  fillingWeight,
  type ParticleField,
  type ParticleSystem,
  tinyWeight,
} from "./particles.ts";
import { sparsityOf } from "./sparsity.ts";

/**
 * The system of `u_i = sum_p w_p phi_i(x_p) f_p / sum_p w_p phi_i(x_p)`, the weights `w_p` of a cell adding up to its
 * volume, on P0 or P1. Degrees of freedom without particles around take a mean of their neighbours. All entries
 * off the diagonal are negative or 0 and rows without particles add up to 0, so that the solution lies between the
 * least and the greatest value of the particles. Particles outside of the mesh are ignored. Collective.
 *
 * @throws {RangeError} when there is not a particle inside, or a cell of a discontinuous field has none.
 */
export function particleMeans(
  geometry: Geometry,
  map: DofMap,
  particles: ParticleField,
  comm: Comm,
): ParticleSystem {
  const { dim, cellCount } = geometry.topology, { perCell, cellDofs } = map;
  const { count, cells, barycentric, values, components } = particles;
  const inCell = countInCells(particles, cellCount);
  checkCoverage(inCell, map, geometry, comm);
  const { rowStarts, columns, positions } = sparsityOf(map), element = elementOf(dim, map.degree);
  const matrix = new Float64Array(columns.length);
  const right = Array.from({ length: components }, () => new Float64Array(map.count));
  const phi = new Float64Array(perCell);
  for (let i = 0; i < count; i++) {
    const c = cells[i];
    if (c < 0) continue;
    element.values(barycentric, i * (dim + 1), phi);
    for (let a = 0; a < perCell; a++) {
      // Within rounding of a facet a hat function may be a negative rounding error.
      const weight = (geometry.volumes[c] / inCell[c]) * Math.max(0, phi[a]);
      matrix[positions[(c * perCell + a) * perCell + a]] += weight;
      for (let k = 0; k < components; k++) {
        right[k][cellDofs[c * perCell + a]] += weight * values[i * components + k];
      }
    }
  }
  for (let c = 0; c < cellCount; c++) {
    const share = (inCell[c] === 0 ? fillingWeight : tinyWeight) * geometry.volumes[c];
    for (let a = 0; a < perCell; a++) {
      for (let b = 0; b < perCell; b++) {
        if (a === b) continue;
        matrix[positions[(c * perCell + a) * perCell + a]] += share;
        matrix[positions[(c * perCell + a) * perCell + b]] -= share;
      }
    }
  }
  return { matrix: new CsrMatrix(map.count, map.count, rowStarts, columns, matrix), right };
}
