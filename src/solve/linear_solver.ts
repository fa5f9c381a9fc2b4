/**
 * Who solves the linear systems: this toolkit, or PETSc.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { mpiHandleOf } from "../comm/mpi/world.ts";
import { PetscError } from "../errors.ts";
import type { CsrMatrix } from "./linear/csr.ts";
import { conjugateGradients } from "./linear/krylov/cg.ts";
import type { KrylovOptions, KrylovResult, Preconditioner } from "./linear/operator.ts";
import { petscFor } from "./petsc/petsc_ranks.ts";
import { PetscSolver } from "./petsc/petsc_solver.ts";
import type { RankSpace } from "./ranks/rank_space.ts";

/** A system of one component, symmetric positive (semi-)definite. */
export interface LinearSystem {
  /** The rows of this rank, all its columns. */
  readonly free: CsrMatrix;
  /** Who has the other rows; null for one rank. */
  readonly ranks: RankSpace | null;
  /** 1 where a value is held. */
  readonly fixed: Uint8Array;
  /** Whether the matrix is a mass matrix, for which its diagonal is preconditioner enough. */
  readonly isMass: boolean;
  /** Whether constants are in the null space. */
  readonly isSingular: boolean;
  /** Whether the matrix may come again. */
  readonly isKept: boolean;
  /** Ours, made on first use; null where the ranks make one together. */
  readonly preconditioner: (() => Preconditioner) | null;
}

/** Solves linear systems; over several ranks collectively. */
export interface LinearSolver {
  /**
   * Solves for x, which comes with a first guess.
   *
   * @throws {ConvergenceError} when the tolerance is not reached.
   */
  solve(
    system: LinearSystem,
    b: Float64Array,
    x: Float64Array,
    options: KrylovOptions,
  ): KrylovResult;
}

/** What a user may ask for. */
export const solverNames = ["petsc", "timestash"] as const;

/** Whose linear solver is used. */
export type SolverName = typeof solverNames[number];

/** Our own: conjugate gradients with smoothed aggregation. */
const own: LinearSolver = {
  solve({ free, ranks, fixed, isKept, preconditioner }, b, x, options) {
    const operator = ranks?.operator(free) ?? free;
    const inverse = preconditioner?.() ?? ranks!.multigrid(free, isKept ? fixed : null);
    return conjugateGradients(operator, b, x, inverse, options);
  },
};

/**
 * The solver that was asked for; when none was, PETSc under an MPI that has one, and ours otherwise.
 * Collective.
 *
 * @param who Named in errors.
 * @throws {PetscError} when PETSc was asked for and cannot be used.
 */
export function linearSolver(name: SolverName | undefined, comm: Comm, who: string): LinearSolver {
  if (name === "timestash") return own;
  if (name === undefined) return new UsualSolver(comm);
  const found = petscFor(comm);
  if (!(found instanceof PetscError)) return new PetscSolver(found, comm);
  throw new PetscError(`${who}: solver "petsc" cannot be used: ${found.message}`);
}

/**
 * Chooses when it is first needed: loading PETSc takes a moment that a script may never need.
 *
 * State: none, the choice follows from the communicator and what is installed.
 */
class UsualSolver implements LinearSolver {
  readonly #comm: Comm;
  #chosen: LinearSolver | null = null;

  constructor(comm: Comm) {
    this.#comm = comm;
  }

  solve(
    system: LinearSystem,
    b: Float64Array,
    x: Float64Array,
    options: KrylovOptions,
  ): KrylovResult {
    this.#chosen ??= usual(this.#comm);
    return this.#chosen.solve(system, b, x, options);
  }
}

function usual(comm: Comm): LinearSolver {
  const isMpi = mpiHandleOf(comm) !== null;
  const found = isMpi ? petscFor(comm) : null;
  const isPetsc = found !== null && !(found instanceof PetscError);
  if (isMpi || comm.size > 1) {
    say(
      comm,
      isPetsc
        ? `PETSc ${found.petsc.version} (conjugate gradients, ${found.petsc.multigrid})`
        : `timestash (conjugate gradients, smoothed aggregation)${
          found instanceof PetscError ? `; not by PETSc: ${found.message}` : ""
        }`,
    );
  }
  return isPetsc ? new PetscSolver(found, comm) : own;
}

const told = new WeakSet<Comm>();

/** One line for each communicator, on standard error, where it is in nobody's way. */
function say(comm: Comm, solver: string): void {
  if (comm.rank === 0 && !told.has(comm)) {
    const ranks = comm.size === 1 ? "1 rank" : `${comm.size} ranks`;
    console.error(`timestash: ${ranks}, linear systems by ${solver}`);
  }
  told.add(comm);
}
