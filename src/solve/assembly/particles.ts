/**
 * Mass matrices and loads by particles instead of quadrature points.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import { allOrNone } from "../../comm/collective_errors.ts";
import type { DofMap } from "../../mesh/dof_map.ts";
import { elementOf } from "../../mesh/elements/mod.ts";
import type { Geometry } from "../../mesh/geometry.ts";
import { CsrMatrix } from "../linear/csr.ts";
import { referenceOf } from "./reference.ts";
import { sparsityOf } from "./sparsity.ts";
import { addStiffness } from "./stiffness.ts";

/** Located particles with values: all those in this rank's cells, ghosts too. */
export interface ParticleField {
  readonly count: number;
  /** `[count]`, in the numbering of this rank; particles at -1 are ignored. */
  readonly cells: Int32Array;
  /** `[count x (dim + 1)]` */
  readonly barycentric: Float64Array;
  /** `[count x components]` */
  readonly values: Float64Array;
  readonly components: number;
  /** Factors of the mass of each particle, `[count]`. Default to 1. */
  readonly densities?: Float64Array | undefined;
}

/** Least squares over particles. */
export interface ParticleSystem {
  readonly matrix: CsrMatrix;
  /** `[components]` vectors `[count]`. */
  readonly right: readonly Float64Array[];
}

/**
 * Weights of smoothness, relative to mass. Where a cell has enough particles for its unknowns the weight is
 * tiny, and only determines what they leave open; elsewhere it fills the gap from the cells around.
 */
export const tinyWeight = 1e-12, fillingWeight = 1e-3;

/**
 * The system of `sum_p w_p (d_p u(x_p)^2 - 2 u(x_p) f_p) + sum_c s_c h_c^2 |grad u|^2 -> min`, the weights `w_p` of a
 * cell adding up to its volume; least squares where all densities `d_p` are 1. Particles outside of the mesh are ignored. Collective.
 *
 * @throws {RangeError} when there is not a particle inside, or a cell of a discontinuous field has none.
 */
export function particleSystem(
  geometry: Geometry,
  map: DofMap,
  particles: ParticleField,
  comm: Comm,
): ParticleSystem {
  const { dim, cellCount } = geometry.topology;
  const { count, cells, barycentric, values, components, densities } = particles;
  const inCell = countInCells(particles, cellCount);
  checkCoverage(inCell, map, geometry, comm);
  const sparsity = sparsityOf(map), element = elementOf(dim, map.degree);
  const matrix = new Float64Array(sparsity.columns.length);
  const right = Array.from({ length: components }, () => new Float64Array(map.count));
  const phi = new Float64Array(map.perCell);
  const { perCell, cellDofs } = map;
  for (let i = 0; i < count; i++) {
    const c = cells[i];
    if (c < 0) continue;
    element.values(barycentric, i * (dim + 1), phi);
    const weight = geometry.volumes[c] / inCell[c];
    for (let a = 0; a < perCell; a++) {
      const scaled = weight * phi[a];
      for (let k = 0; k < components; k++) {
        right[k][cellDofs[c * perCell + a]] += scaled * values[i * components + k];
      }
      const row = (c * perCell + a) * perCell;
      const mass = densities === undefined ? weight : weight * densities[i];
      for (let b = 0; b < perCell; b++) {
        matrix[sparsity.positions[row + b]] += mass * (phi[a] * phi[b]);
      }
    }
  }
  addSmoothness(matrix, geometry, map, inCell, largest(densities, comm));
  const { rowStarts, columns } = sparsity;
  return { matrix: new CsrMatrix(map.count, map.count, rowStarts, columns, matrix), right };
}

function addSmoothness(
  matrix: Float64Array,
  geometry: Geometry,
  map: DofMap,
  inCell: Int32Array,
  density: number,
): void {
  const { dim } = geometry.topology;
  const reference = referenceOf(dim, map.degree);
  const points = reference.quadrature.count;
  const weights = new Float64Array(inCell.length * points);
  for (let c = 0; c < inCell.length; c++) {
    const size = dim === 2 ? geometry.volumes[c] : Math.cbrt(geometry.volumes[c]) ** 2;
    const share = inCell[c] < map.perCell ? fillingWeight : tinyWeight;
    weights.fill(density * share * size, c * points, (c + 1) * points);
  }
  addStiffness(matrix, geometry, reference, sparsityOf(map), weights);
}

/** The largest density on any rank; 1 where there are none. */
function largest(densities: Float64Array | undefined, comm: Comm): number {
  if (densities === undefined) return 1;
  let most = -Infinity;
  for (let i = 0; i < densities.length; i++) most = Math.max(most, densities[i]);
  return comm.allreduce(most, "max");
}

/** How many particles each cell has, ghost cells too. */
export function countInCells({ count, cells }: ParticleField, cellCount: number): Int32Array {
  const inCell = new Int32Array(cellCount);
  for (let i = 0; i < count; i++) if (cells[i] >= 0) inCell[cells[i]]++;
  return inCell;
}

/**
 * Refuses particles that leave a field undetermined. Collective.
 *
 * @throws {RangeError} when there is not a particle inside, or a cell of a discontinuous field has none.
 */
export function checkCoverage(
  inCell: Int32Array,
  map: DofMap,
  { topology }: Geometry,
  comm: Comm,
): void {
  const own = inCell.subarray(0, topology.ownedCellCount);
  if (comm.allreduce(own.every((n) => n === 0) ? 0 : 1, "max") === 0) {
    throw new RangeError(
      "there is not a single particle in the mesh, so that there is nothing to project",
    );
  }
  allOrNone(comm, () => {
    const empty = map.continuous ? -1 : own.indexOf(0);
    if (empty < 0) return;
    throw new RangeError(
      `cell ${empty} has no particle, and a discontinuous field cannot take values from around it; ` +
        `project onto a continuous field, or add particles`,
    );
  });
}
