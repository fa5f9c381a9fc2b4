/**
 * Chooses who solves the linear systems: this toolkit, or PETSc.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { mpiHandleOf } from "../comm/mpi/world.ts";
import { PetscError } from "../errors.ts";
import { conjugateGradients } from "./linear/krylov/cg.ts";
import type { LinearSolver, LinearSystem } from "./linear/linear_solver.ts";
import type { KrylovOptions, KrylovResult } from "./linear/operator.ts";
import { petscFor } from "./petsc/petsc_ranks.ts";
import { PetscSolver } from "./petsc/petsc_solver.ts";

/** The names that a user may ask for. */
export const solverNames = ["petsc", "timestash"] as const;

/** One of them. */
export type SolverName = typeof solverNames[number];

/** The toolkit's own: conjugate gradients with smoothed aggregation. */
const own: LinearSolver = {
  solve({ free, near = free, ranks, constrained, isKept, preconditioner }, b, x, options) {
    const operator = ranks?.operator(free) ?? free;
    const inverse = preconditioner?.() ?? ranks!.multigrid(near, isKept ? constrained : null);
    return conjugateGradients(operator, b, x, inverse, options);
  },
};

/**
 * The solver that was asked for. Defaults to PETSc under an MPI that has one, and otherwise to the toolkit's
 * own. Collective.
 *
 * @param who Named in errors.
 * @throws {PetscError} when PETSc was asked for and cannot be used.
 */
export function chooseSolver(name: SolverName | undefined, comm: Comm, who: string): LinearSolver {
  if (name === "timestash") return own;
  return name === undefined ? new UsualSolver(comm) : petscSolver(comm, who);
}

/**
 * PETSc, which was asked for. Collective.
 *
 * @param who Named in errors.
 * @throws {PetscError} when it cannot be used.
 */
export function petscSolver(comm: Comm, who: string): PetscSolver {
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

const announced = new WeakSet<Comm>();

/** One line for each communicator, on standard error, so that it does not mix with output. */
function say(comm: Comm, solver: string): void {
  if (comm.rank === 0 && !announced.has(comm)) {
    const ranks = comm.size === 1 ? "1 rank" : `${comm.size} ranks`;
    console.error(`timestash: ${ranks}, linear systems by ${solver}`);
  }
  announced.add(comm);
}
