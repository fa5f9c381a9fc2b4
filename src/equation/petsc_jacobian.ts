/**
 * Linear systems with Jacobians, solved by PETSc.
 *
 * @module
 */
import { ConvergenceError } from "../errors.ts";
import type { KrylovOptions, KrylovResult } from "../solve/linear/operator.ts";
import type { PetscMethod, PetscPreconditioner } from "../solve/petsc/library.ts";
import type { PetscSolver } from "../solve/petsc/petsc_solver.ts";
import type {
  FreeJacobian,
  JacobianMethods,
  KrylovMethod,
  PreconditionerChoice,
} from "./jacobian_solver.ts";

const methodOf: Readonly<Record<KrylovMethod, PetscMethod>> = {
  cg: "cg",
  gmres: "gmres",
  bicgstab: "bcgs",
};

/**
 * Solves with PETSc. Where no method was asked for, GMRES takes over where the matrix turns out not to be positive
 * definite. Collective.
 *
 * @param x The first guess, overwritten by the solution; ghosts are not.
 * @throws {ConvergenceError} when the tolerance is not reached.
 * @throws {PetscError} when a call fails.
 */
export function solveByPetsc(
  petsc: PetscSolver,
  methods: JacobianMethods,
  { free, basis }: FreeJacobian,
  b: Float64Array,
  x: Float64Array,
  options: KrylovOptions,
): KrylovResult {
  const { choice, isSymmetric, isKept, space, ranks } = methods;
  const name = petscPreconditioner(choice.preconditioner, space.blockSize, isSymmetric);
  const preconditioner: PetscPreconditioner = name === "lu"
    ? "lu"
    : name === "diagonal"
    ? "jacobi"
    : name === "ilu"
    // Blocks are those of ranks, each with incomplete factors.
    ? "bjacobi"
    : petsc.multigrid;
  const asked = {
    free,
    basis: basis.free,
    blockSize: space.blockSize,
    preconditioner,
    ranks,
    isKept,
    isSingular: options.nullSpace !== undefined && options.nullSpace !== null,
  };
  const start = x.slice();
  const run = (method: PetscMethod) => petsc.solveAs({ ...asked, method }, b, x, options);
  if (choice.method !== null) return run(methodOf[choice.method]);
  if (!isSymmetric) return run("gmres");
  try {
    return run("cg");
  } catch (error) {
    if (!(error instanceof ConvergenceError && error.isIndefinite)) throw error;
    x.set(start);
    return run("gmres");
  }
}

/** Multigrid for one symmetric field; factors, which solve everything that fits into memory, for the rest. */
export function petscPreconditioner(
  asked: PreconditionerChoice | null,
  blockSize: number,
  isSymmetric: boolean,
): PreconditionerChoice {
  return asked ?? (blockSize === 1 && isSymmetric ? "multigrid" : "lu");
}
