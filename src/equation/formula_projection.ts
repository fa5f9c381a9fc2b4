/**
 * The L2 projection of values at quadrature points onto a field.
 *
 * @module
 */
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Quadrature } from "../mesh/quadrature.ts";
import { elementOf } from "../mesh/elements/mod.ts";
import { addLoad } from "../solve/assembly/load.ts";
import { addMass } from "../solve/assembly/mass.ts";
import { referenceOf } from "../solve/assembly/reference.ts";
import { sparsityOf } from "../solve/assembly/sparsity.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { Jacobi } from "../solve/linear/jacobi.ts";
import { conjugateGradients } from "../solve/linear/krylov/cg.ts";
import { Reductions } from "../solve/linear/reductions.ts";
import { firstRows, RankSpace } from "../solve/ranks/rank_space.ts";

/** How far mass matrices are solved, which takes a few dozen iterations: they are well conditioned. */
const rtol = 1e-12;

/** The mass matrix of one component of a variable. */
export interface MassRows {
  /** The rows of this rank, `[owned x dofCount]`. */
  readonly rows: CsrMatrix;
  /** Who has the other rows; null where there is one rank. */
  readonly ranks: RankSpace | null;
}

/** The mass matrix of one component of a variable. Collective. */
export function massRows({ mesh, degree, continuous }: MeshVariable): MassRows {
  const geometry = geometryOf(mesh), map = geometry.topology.dofMap(degree, continuous);
  const sparsity = sparsityOf(map), { rows, rowStarts, columns } = sparsity;
  const entries = new Float64Array(columns.length);
  addMass(entries, geometry, referenceOf(mesh.dim, degree), sparsity, 1);
  const whole = new CsrMatrix(rows, rows, rowStarts, columns, entries);
  const ranks = RankSpace.of(mesh, map);
  return { rows: ranks === null ? whole : firstRows(whole, ranks.owned), ranks };
}

/**
 * Solves with the mass matrix of a variable; the result does not depend on what the field held before. Collective.
 *
 * @param load Writes the right-hand side of one component into zeros, `[dofCount]`.
 * @returns `[dofCount x components]`; ghosts are not up to date.
 */
export function solveMass(
  variable: MeshVariable,
  load: (component: number, b: Float64Array) => void,
  what: string,
): Float64Array {
  const { rows: mass, ranks } = massRows(variable), { components } = variable;
  const jacobi = new Jacobi(mass), reductions = new Reductions(mass.rows, ranks?.comm ?? null);
  const count = variable.dofCount, out = new Float64Array(count * components);
  for (let k = 0; k < components; k++) {
    const b = new Float64Array(count), x = new Float64Array(count);
    load(k, b);
    const operator = ranks?.operator(mass) ?? mass;
    conjugateGradients(operator, b, x, jacobi, { rtol, reductions, what });
    for (let i = 0; i < count; i++) out[i * components + k] = x[i];
  }
  return out;
}

/**
 * Projects; the result does not depend on what the field held before. Collective.
 *
 * @param quadrature The rule at whose points the samples are.
 * @param samples `[cellCount x points x components]`
 * @returns `[dofCount x components]`; ghosts are not up to date.
 */
export function projected(
  variable: MeshVariable,
  quadrature: Quadrature,
  samples: Float64Array,
  what: string,
): Float64Array {
  const { mesh, degree, continuous, components } = variable;
  const geometry = geometryOf(mesh), map = geometry.topology.dofMap(degree, continuous);
  const reference = referenceOf(mesh.dim, degree);
  const element = elementOf(mesh.dim, degree), { perCell } = element, { count } = quadrature;
  const values = new Float64Array(count * perCell);
  for (let q = 0; q < count; q++) {
    element.values(quadrature.barycentric, q * (mesh.dim + 1), values.subarray(q * perCell));
  }
  const load = (k: number, b: Float64Array) => {
    const column = Float64Array.from(
      { length: samples.length / components },
      (_, i) => samples[i * components + k],
    );
    addLoad(b, geometry, { ...reference, quadrature, values }, map, column);
  };
  return solveMass(variable, load, what);
}
