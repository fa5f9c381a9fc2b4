/**
 * Matrices, and what solves with them, for schemes of one's own. Everything here is a function of what it is
 * given and keeps nothing: values belong into mesh variables and the rest into a registered object with a
 * `state`, where snapshots find them.
 *
 * Rows are the degrees of freedom of a variable, in the order of its `data`, for one of its components; those of
 * an `Equation` are in the order of its `vector`. On one rank.
 *
 * ```ts
 * import { boxMesh, MeshVariable, Model } from "@timestash/timestash";
 * import { loadVector, massMatrix, solveLinear } from "@timestash/timestash/linear";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [8, 8] });
 * const u = new MeshVariable(mesh, "u");
 * solveLinear(massMatrix(u), loadVector(u, (x) => 2 * x), u.data, { symmetric: true });
 * console.log(u.evaluate([[0.3, 0.6]]).get(0, 0).toFixed(6)); // 0.600000
 * ```
 *
 * @module
 */
import { geometryOf } from "../mesh/mesh.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { cellPoints } from "../solve/assembly/cell_points.ts";
import { addLoad } from "../solve/assembly/load.ts";
import { addMass } from "../solve/assembly/mass.ts";
import { referenceOf } from "../solve/assembly/reference.ts";
import { sparsityOf } from "../solve/assembly/sparsity.ts";
import { addStiffness } from "../solve/assembly/stiffness.ts";
import {
  checkCoefficients,
  type Coefficient,
  sampleOne,
  type Samples,
} from "../solve/coefficient.ts";
import { checkOptions, type OptionNames } from "../options.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { Ilu0 } from "../solve/linear/ilu0.ts";
import { Jacobi } from "../solve/linear/jacobi.ts";
import { conjugateGradients } from "../solve/linear/krylov/cg.ts";
import { gmres } from "../solve/linear/krylov/gmres.ts";
import { SmoothedAggregation } from "../solve/linear/multigrid/smoothed_aggregation.ts";
import type { KrylovOptions, KrylovResult, Preconditioner } from "../solve/linear/operator.ts";
import { type PreconditionerName, preconditionerNames } from "./jacobian_solver.ts";

export { CsrMatrix } from "../solve/linear/csr.ts";
export { Ilu0 } from "../solve/linear/ilu0.ts";
export { Jacobi } from "../solve/linear/jacobi.ts";
export { biCgStab } from "../solve/linear/krylov/bicgstab.ts";
export { conjugateGradients } from "../solve/linear/krylov/cg.ts";
export { gmres, type GmresOptions } from "../solve/linear/krylov/gmres.ts";
export {
  type MultigridOptions,
  SmoothedAggregation,
} from "../solve/linear/multigrid/smoothed_aggregation.ts";
export type {
  KrylovOptions,
  KrylovResult,
  LinearOperator,
  NullSpace,
  Preconditioner,
} from "../solve/linear/operator.ts";
export { Reductions } from "../solve/linear/reductions.ts";
export type { SparseRows } from "../solve/linear/sparse_product.ts";
export type { Coefficient } from "../solve/coefficient.ts";
export type { PreconditionerName } from "./jacobian_solver.ts";

/** How {@link solveLinear} goes about it. */
export interface SolveLinearOptions extends KrylovOptions {
  /** Whether the matrix is symmetric positive definite: conjugate gradients, else GMRES. Defaults to false. */
  readonly symmetric?: boolean;
  /** Unknowns per node, side by side, for multigrid. Defaults to 1. */
  readonly blockSize?: number;
  /** Multigrid, incomplete factors, the diagonal, or one of your own. Defaults to `"multigrid"`. */
  readonly preconditioner?: PreconditionerName | Preconditioner;
}

const solveLinearNames: OptionNames<SolveLinearOptions> = {
  rtol: true,
  atol: true,
  maxIterations: true,
  reductions: true,
  nullSpace: true,
  what: true,
  symmetric: true,
  blockSize: true,
  preconditioner: true,
};

/**
 * The mass matrix `integral of phi_a phi_b` of one component.
 *
 * @param u The variable whose degrees of freedom are meant.
 * @returns `[dofCount x dofCount]`, symmetric to the bit.
 * @throws {TypeError} when `u` is not a mesh variable.
 * @throws {RangeError} when the model is on several ranks.
 */
export function massMatrix(u: MeshVariable): CsrMatrix {
  const { geometry, map, reference } = spaceOf(u, "massMatrix");
  return matrixOf(map, (values, sparsity) => addMass(values, geometry, reference, sparsity, 1));
}

/**
 * The stiffness matrix `integral of k grad phi_a . grad phi_b` of one component.
 *
 * @param u The variable, of degree 1 or 2, whose degrees of freedom are meant.
 * @param k A number, a function of position and time, an expression or a field; seen at `tracker.time`.
 *   Defaults to 1.
 * @returns `[dofCount x dofCount]`, symmetric to the bit.
 * @throws {TypeError} when `u` is not a mesh variable, or `k` of no known kind.
 * @throws {RangeError} when the model is on several ranks, or k is not finite somewhere.
 */
export function stiffnessMatrix(u: MeshVariable, k: Coefficient = 1): CsrMatrix {
  const { geometry, map, reference } = spaceOf(u, "stiffnessMatrix");
  const samples = sampled(u, k, "stiffnessMatrix");
  return matrixOf(
    map,
    (values, sparsity) => addStiffness(values, geometry, reference, sparsity, samples),
  );
}

/**
 * The load vector `integral of f phi_a` of one component.
 *
 * @param u The variable whose degrees of freedom are meant.
 * @param f A number, a function of position and time, an expression or a field; seen at `tracker.time`.
 * @returns `[dofCount]`
 * @throws {TypeError} when `u` is not a mesh variable, or `f` of no known kind.
 * @throws {RangeError} when the model is on several ranks, or f is not finite somewhere.
 */
export function loadVector(u: MeshVariable, f: Coefficient): Float64Array {
  const { geometry, map, reference } = spaceOf(u, "loadVector");
  const out = new Float64Array(map.count);
  addLoad(out, geometry, reference, map, sampled(u, f, "loadVector"));
  return out;
}

/**
 * Solves `A x = b`.
 *
 * @param a Square.
 * @param b `[rows]`
 * @param x `[rows]`; the first guess, overwritten by the solution.
 * @param options Tolerances (`rtol` 1e-8), and what is known of the matrix.
 * @returns Iterations and relative residuals.
 * @throws {TypeError} when `a` is not a `CsrMatrix`, or an option does not exist.
 * @throws {RangeError} when lengths do not fit, something is not finite, or a name is not known.
 * @throws {ConvergenceError} when the tolerance is not reached.
 */
export function solveLinear(
  a: CsrMatrix,
  b: Float64Array,
  x: Float64Array,
  options: SolveLinearOptions = {},
): KrylovResult {
  checkOptions("solveLinear", options, solveLinearNames);
  if (!(a instanceof CsrMatrix)) throw new TypeError("solveLinear takes a CsrMatrix first");
  if (a.rows !== a.cols || b.length !== a.rows || x.length !== a.rows) {
    throw new RangeError(
      `solveLinear: the matrix is ${a.rows} x ${a.cols}, b has ${b.length} entries and x ${x.length}; ` +
        `all have to be the same`,
    );
  }
  const { symmetric = false, blockSize = 1, preconditioner = "multigrid", ...rest } = options;
  const m = typeof preconditioner === "string"
    ? preconditionerOf(a, preconditioner, blockSize)
    : preconditioner;
  return symmetric ? conjugateGradients(a, b, x, m, rest) : gmres(a, b, x, m, rest);
}

function preconditionerOf(
  a: CsrMatrix,
  name: PreconditionerName,
  blockSize: number,
): Preconditioner {
  if (!(Number.isInteger(blockSize) && blockSize > 0 && a.rows % blockSize === 0)) {
    throw new RangeError(
      `solveLinear: blockSize is a whole number that divides the ${a.rows} rows, got ${blockSize}`,
    );
  }
  switch (name) {
    case "multigrid":
      return new SmoothedAggregation(a, { blockSize });
    case "ilu":
      return new Ilu0(a);
    case "diagonal":
      return new Jacobi(a);
    default:
      throw new RangeError(
        `solveLinear: preconditioner is one of ${
          preconditionerNames.join(", ")
        }, or an object with ` +
          `apply(r, z); got ${JSON.stringify(name)}`,
      );
  }
}

function spaceOf(u: MeshVariable, who: string) {
  if (!(u instanceof MeshVariable)) throw new TypeError(`${who} takes a mesh variable first`);
  if (u.mesh.model.comm.size > 1) {
    throw new RangeError(`${who} is for models on one rank; this one is on several`);
  }
  const geometry = geometryOf(u.mesh);
  const map = geometry.topology.dofMap(u.degree, u.continuous);
  return { geometry, map, reference: referenceOf(u.mesh.dim, u.degree) };
}

function sampled(u: MeshVariable, value: Coefficient, who: string): Samples {
  const { mesh } = u;
  checkCoefficients(value, 1, mesh, who);
  const { geometry, reference } = spaceOf(u, who);
  const points = () => cellPoints(geometry, reference);
  return sampleOne(value, points, { mesh, t: mesh.model.tracker.time, what: who });
}

function matrixOf(
  map: Parameters<typeof sparsityOf>[0],
  add: (values: Float64Array, sparsity: ReturnType<typeof sparsityOf>) => void,
): CsrMatrix {
  const sparsity = sparsityOf(map);
  const values = new Float64Array(sparsity.columns.length);
  add(values, sparsity);
  // The pattern is shared by all matrices of a numbering, and users may write into theirs.
  const { rows, rowStarts, columns } = sparsity;
  return new CsrMatrix(rows, rows, rowStarts.slice(), columns.slice(), values);
}
