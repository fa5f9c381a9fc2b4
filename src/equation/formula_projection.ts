/**
 * The L2 projection of values at quadrature points onto a field.
 *
 * @module
 */
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Quadrature } from "../mesh/quadrature.ts";
import { elementOf } from "../mesh/elements/mod.ts";
import { liftConstrained, withoutConstrained } from "../solve/assembly/dirichlet.ts";
import { addLoad } from "../solve/assembly/load.ts";
import { addMass } from "../solve/assembly/mass.ts";
import { referenceOf } from "../solve/assembly/reference.ts";
import { sparsityOf } from "../solve/assembly/sparsity.ts";
import type { Constraints } from "../solve/conditions.ts";
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
export function massRows(variable: MeshVariable): MassRows {
  const whole = wholeMass(variable), ranks = ranksOf(variable);
  return { rows: ranks === null ? whole : firstRows(whole, ranks.owned), ranks };
}

function ranksOf({ mesh, degree, continuous }: MeshVariable): RankSpace | null {
  return RankSpace.of(mesh, geometryOf(mesh).topology.dofMap(degree, continuous));
}

/** The mass matrix of everything that this rank has. */
function wholeMass({ mesh, degree, continuous }: MeshVariable): CsrMatrix {
  const geometry = geometryOf(mesh), map = geometry.topology.dofMap(degree, continuous);
  const sparsity = sparsityOf(map), { rows, rowStarts, columns } = sparsity;
  const entries = new Float64Array(columns.length);
  addMass(entries, geometry, referenceOf(mesh.dim, degree), sparsity, 1);
  return new CsrMatrix(rows, rows, rowStarts, columns, entries);
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
  const mass = massRows(variable), count = variable.dofCount;
  const { components } = variable, out = new Float64Array(count * components);
  for (let k = 0; k < components; k++) {
    const b = new Float64Array(count);
    load(k, b);
    const x = solveRows(mass, b, what);
    for (let i = 0; i < count; i++) out[i * components + k] = x[i];
  }
  return out;
}

/** The same where some values are held: the others are solved for. */
function solveAround(
  variable: MeshVariable,
  load: (component: number, b: Float64Array) => void,
  held: readonly Constraints[],
  what: string,
): Float64Array {
  const { components, dofCount: count } = variable, out = new Float64Array(count * components);
  const whole = wholeMass(variable), ranks = ranksOf(variable);
  held.forEach(({ constrained, values }, k) => {
    const free = withoutConstrained(whole, constrained), b = new Float64Array(count);
    load(k, b);
    liftConstrained(whole, constrained, values, b);
    const x = solveRows(
      { rows: ranks === null ? free : firstRows(free, ranks.owned), ranks },
      b,
      what,
    );
    for (let i = 0; i < count; i++) out[i * components + k] = x[i];
  });
  return out;
}

function solveRows({ rows, ranks }: MassRows, b: Float64Array, what: string): Float64Array {
  const x = new Float64Array(b.length), reductions = new Reductions(rows.rows, ranks?.comm ?? null);
  const operator = ranks?.operator(rows) ?? rows;
  conjugateGradients(operator, b, x, new Jacobi(rows), { rtol, reductions, what });
  return x;
}

/**
 * Projects; the result does not depend on what the field held before. Collective.
 *
 * @param quadrature The rule at whose points the samples are.
 * @param samples `[cellCount x points x components]`
 * @param held Values that the field has to have, by components; null for none.
 * @returns `[dofCount x components]`; ghosts are not up to date.
 */
export function projected(
  variable: MeshVariable,
  quadrature: Quadrature,
  samples: Float64Array,
  held: readonly Constraints[] | null,
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
  return held === null ? solveMass(variable, load, what) : solveAround(variable, load, held, what);
}
