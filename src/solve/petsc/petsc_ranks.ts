/**
 * Whether PETSc solves for the ranks of a communicator.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import type { MpiObject } from "../../comm/mpi/table.ts";
import { mpiHandleOf, mpiWorld } from "../../comm/mpi/world.ts";
import { SelfComm } from "../../comm/self.ts";
import { allOrNone } from "../../comm/collective_errors.ts";
import { PetscError } from "../../errors.ts";
import { openPetsc, type Petsc } from "./library.ts";

/** PETSc, and its handle of the communicator. */
export interface PetscRanks {
  readonly petsc: Petsc;
  readonly comm: MpiObject;
}

let opened: Petsc | PetscError | null = null;
const known = new WeakMap<Comm, PetscRanks | PetscError>();

/**
 * PETSc for the ranks of a communicator, or why it cannot be used; the same on all of them. Collective.
 *
 * @throws {NotCapable} when foreign functions are not permitted.
 */
export function petscFor(comm: Comm): PetscRanks | PetscError {
  const before = known.get(comm);
  if (before !== undefined) return before;
  let answer: PetscRanks | PetscError;
  try {
    answer = allOrNone(comm, () => open(comm));
  } catch (error) {
    if (!(error instanceof PetscError)) throw error;
    answer = error;
  }
  known.set(comm, answer);
  return answer;
}

function open(comm: Comm): PetscRanks {
  const isAlone = comm instanceof SelfComm;
  const mpi = mpiHandleOf(isAlone ? mpiWorld() : comm);
  if (mpi === null) {
    throw new PetscError(
      "PETSc needs ranks that are processes, and these are threads: start the script with mpirun, and " +
        "make the model with mpiWorld()",
    );
  }
  opened ??= tryOpen(mpi);
  if (opened instanceof PetscError) throw opened;
  return { petsc: opened, comm: isAlone ? mpi.self : mpi.world };
}

function tryOpen(mpi: Parameters<typeof openPetsc>[0]): Petsc | PetscError {
  try {
    return openPetsc(mpi);
  } catch (error) {
    if (error instanceof PetscError) return error;
    throw error;
  }
}
