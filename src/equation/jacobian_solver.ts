/**
 * Linear systems with Jacobians: which method, which preconditioner.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { ConvergenceError } from "../errors.ts";
import { geometryOf, type Mesh } from "../mesh/mesh.ts";
import { withoutConstrained } from "../solve/assembly/dirichlet.ts";
import type { CsrMatrix } from "../solve/linear/csr.ts";
import { Ilu0 } from "../solve/linear/ilu0.ts";
import { Jacobi } from "../solve/linear/jacobi.ts";
import { biCgStab } from "../solve/linear/krylov/bicgstab.ts";
import { conjugateGradients } from "../solve/linear/krylov/cg.ts";
import { gmres } from "../solve/linear/krylov/gmres.ts";
import { BlockMultigrid } from "../solve/linear/multigrid/block_multigrid.ts";
import type { KrylovOptions, KrylovResult, Preconditioner } from "../solve/linear/operator.ts";
import { fieldMultigrid } from "../solve/operator_cache.ts";
import { RankBlockMultigrid } from "../solve/ranks/rank_block_multigrid.ts";
import { RankIlu } from "../solve/ranks/rank_ilu.ts";
import { firstRows, RankSpace } from "../solve/ranks/rank_space.ts";
import type { PetscSolver } from "../solve/petsc/petsc_solver.ts";
import { nodalLevels, nodalLevelsOnRanks } from "./nodal_levels.ts";
import { solveByPetsc } from "./petsc_jacobian.ts";
import type { RankUnknowns } from "./rank_unknowns.ts";
import type { UnknownSpace } from "./unknown_space.ts";

/** An iterative method: conjugate gradients, GMRES, stabilised bi-conjugate gradients. */
export type KrylovMethod = "cg" | "gmres" | "bicgstab";

/** All iterative methods. */
export const methodNames: readonly KrylovMethod[] = ["cg", "gmres", "bicgstab"];

/** A preconditioner: multigrid, incomplete factors without fill, division by the diagonal. */
export type PreconditionerName = "multigrid" | "ilu" | "diagonal";

/** All preconditioners. */
export const preconditionerNames: readonly PreconditionerName[] = ["multigrid", "ilu", "diagonal"];

/** The same, and the factors of the whole matrix, which PETSc makes. */
export type PreconditionerChoice = PreconditionerName | "lu";

/** What a user may choose; what is left out is chosen here. */
export interface LinearChoice {
  readonly method: KrylovMethod | null;
  readonly preconditioner: PreconditionerChoice | null;
  /** Instead of the toolkit's own methods. */
  readonly petsc: PetscSolver | null;
}

/** A matrix between free unknowns, with what solves it. */
export interface FreeJacobian {
  /** Between all unknowns. */
  readonly whole: CsrMatrix;
  /** What preconditioners are made from: the same, or another form. */
  readonly basis: Pick<FreeJacobian, "whole" | "free">;
  /** 1 where there is a Dirichlet value. */
  readonly constrained: Uint8Array;
  /** Between free unknowns; constrained ones keep their diagonal. */
  readonly free: CsrMatrix;
  /** Preconditioners in the order in which they are tried, each made on first use. */
  readonly preconditioners: readonly (() => Preconditioner)[];
}

/** The choice of methods for one equation on one mesh. */
export interface JacobianMethods {
  readonly mesh: Mesh;
  /** Who has the other rows; null where there is one rank. */
  readonly ranks: RankUnknowns | null;
  readonly space: UnknownSpace;
  readonly isSymmetric: boolean;
  /** Whether matrices are kept between solves. */
  readonly isKept: boolean;
  readonly choice: LinearChoice;
}

/** Directions that GMRES keeps. */
const restart = 60;

/** Takes the constrained unknowns out of a matrix. Collective. */
export function freeJacobian(
  methods: JacobianMethods,
  whole: CsrMatrix,
  constrained: Uint8Array,
): FreeJacobian {
  const { ranks } = methods;
  const all = constrained.includes(1) ? withoutConstrained(whole, constrained) : whole;
  const free = ranks === null ? all : firstRows(all, ranks.owned);
  const names = preconditionerOrder(methods, whole);
  const preconditioners = names.map((name) => {
    let made: Preconditioner | null = null;
    return () => made ??= makePreconditioner(name, methods, whole, free, constrained);
  });
  return { whole, basis: { whole, free }, constrained, free, preconditioners };
}

/**
 * Which preconditioners are tried, the first one first.
 *
 * Multigrid is for what is stiff. Incomplete factors are cheaper where rates outweigh everything else, as in
 * reactions with small steps; and they are all there is where degrees are mixed.
 */
export function preconditionerOrder(
  { space, choice, isSymmetric, ranks }: JacobianMethods,
  matrix: CsrMatrix,
): PreconditionerName[] {
  const { preconditioner } = choice;
  // Factors are for PETSc alone.
  if (preconditioner !== null && preconditioner !== "lu") return [preconditioner];
  if (space.blockSize === 0) return ["ilu"];
  if (space.blockSize === 1 && isSymmetric) return ["multigrid"];
  return massShare(matrix, space.blockSize, ranks) > 1
    ? ["ilu", "multigrid"]
    : ["multigrid", "ilu"];
}

/**
 * How much of a matrix is a mass matrix: sums of rows within their own component, which stiffness does not
 * have, over diagonals and couplings to other components. It is 2 for a mass matrix of linear functions in the
 * plane, and 1 where rates and diffusion have the same weight.
 */
function massShare(
  { rows, rowStarts, columns, values }: CsrMatrix,
  m: number,
  ranks: RankUnknowns | null,
): number {
  let mass = 0, rest = 0;
  for (let i = 0; i < (ranks?.owned ?? rows); i++) {
    let sum = 0;
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      const j = columns[k];
      if ((i - j) % m === 0) sum += values[k];
      if (i === j || (i - j) % m !== 0) rest += Math.abs(values[k]);
    }
    mass += Math.abs(sum);
  }
  if (ranks !== null) [mass, rest] = ranks.comm.allreduce(Float64Array.of(mass, rest));
  return rest === 0 ? 0 : mass / rest;
}

function makePreconditioner(
  name: PreconditionerName,
  { mesh, space, ranks, isSymmetric }: JacobianMethods,
  whole: CsrMatrix,
  free: CsrMatrix,
  constrained: Uint8Array,
): Preconditioner {
  const { comm } = mesh.model;
  if (name === "diagonal") return allOrNone(comm, () => new Jacobi(free));
  if (name === "ilu") {
    // Overlap helps, but is not symmetric.
    return ranks === null || isSymmetric
      ? allOrNone(comm, () => new Ilu0(free))
      : new RankIlu({ rows: free, halo: ranks.halo }, ranks.positions, comm);
  }
  const [{ map }] = space.fields;
  if (ranks === null) {
    const geometry = geometryOf(mesh);
    if (space.blockSize === 1) return fieldMultigrid(free, constrained, geometry, map);
    return new BlockMultigrid(nodalLevels(geometry, map), whole, constrained);
  }
  if (space.blockSize === 1) return RankSpace.of(mesh, map)!.multigrid(free, constrained);
  const rows = firstRows(whole, ranks.owned);
  const levels = nodalLevelsOnRanks(mesh, map);
  return new RankBlockMultigrid(
    levels,
    { m: space.blockSize, isSymmetric },
    { rows, halo: ranks.halo },
    constrained,
    comm,
  );
}

/**
 * Solves with a Jacobian. Where a preconditioner does not lead to the solution, or cannot be made, the next one
 * has its turn.
 *
 * @param x The first guess, overwritten by the solution; ghosts are not. Collective.
 * @throws {ConvergenceError} when the tolerance is not reached.
 */
export function solveJacobian(
  methods: JacobianMethods,
  system: FreeJacobian,
  b: Float64Array,
  x: Float64Array,
  options: KrylovOptions,
): KrylovResult {
  const { petsc } = methods.choice, { free, preconditioners } = system;
  if (petsc !== null) return solveByPetsc(petsc, methods, system, b, x, options);
  const start = x.slice();
  for (const [k, preconditioner] of preconditioners.entries()) {
    try {
      return solveWith(methods, free, b, x, preconditioner(), options);
    } catch (error) {
      const isLast = k === preconditioners.length - 1;
      if (isLast || !(error instanceof ConvergenceError || error instanceof RangeError)) {
        throw error;
      }
      x.set(start);
    }
  }
  throw new TypeError("there is no preconditioner");
}

/**
 * Solves with one preconditioner. The method that is asked for is the only one; otherwise the next one takes over
 * where one does not lead to the solution: GMRES where conjugate gradients find that the matrix is not positive
 * definite, and stabilised bi-conjugate gradients where GMRES stands still between restarts, as it does in
 * indefinite systems.
 */
function solveWith(
  { isSymmetric, choice, ranks }: JacobianMethods,
  matrix: CsrMatrix,
  b: Float64Array,
  x: Float64Array,
  preconditioner: Preconditioner,
  options: KrylovOptions,
): KrylovResult {
  const free = ranks?.operator(matrix) ?? matrix;
  const start = x.slice();
  const run = (method: KrylovMethod) => {
    x.set(start);
    if (method === "cg") return conjugateGradients(free, b, x, preconditioner, options);
    if (method === "gmres") return gmres(free, b, x, preconditioner, { ...options, restart });
    return biCgStab(free, b, x, preconditioner, options);
  };
  if (choice.method !== null) return run(choice.method);
  if (isSymmetric) {
    try {
      return run("cg");
    } catch (error) {
      if (!(error instanceof ConvergenceError && error.isIndefinite)) throw error;
    }
  }
  try {
    return run("gmres");
  } catch (error) {
    if (!(error instanceof ConvergenceError)) throw error;
  }
  return run("bicgstab");
}
