/**
 * One matrix in PETSc, and the iteration that solves with it.
 *
 * @module
 */
import type { MpiObject } from "../../comm/mpi/table.ts";
import type { CsrMatrix } from "../linear/csr.ts";
import { ConvergenceMonitor } from "../linear/krylov/convergence_monitor.ts";
import type { KrylovOptions, KrylovResult } from "../linear/operator.ts";
import {
  checked,
  cString,
  optionsPrefix,
  type Petsc,
  type PetscMethod,
  type PetscPreconditioner,
  stableMemory,
  written,
} from "./library.ts";
import { type Out, unpreconditionedNorm } from "./table.ts";

/** The rows of this rank, as they stand in the whole matrix. */
export interface PetscRows {
  /** `[owned x count]` */
  readonly free: CsrMatrix;
  /** The matrix that the preconditioner is made from, with the same pattern of ranks. */
  readonly basis: CsrMatrix;
  /** Unknowns at every place that belong together. */
  readonly blockSize: number;
  readonly method: PetscMethod;
  /** The column in the whole matrix of every local one, `[count]`; null where they are the same. */
  readonly positions: Int32Array | null;
  /** How many ranks share the rows. */
  readonly ranks: number;
  /** Rows of all ranks. */
  readonly total: number;
  readonly preconditioner: PetscPreconditioner;
  /** Whether constants are in the null space. */
  readonly isSingular: boolean;
}

/** Why PETSc gave up, by KSPConvergedReason. */
const reasons: Readonly<Record<number, string>> = {
  [-3]: "the limit of iterations was reached",
  [-4]: "the residual grew",
  [-5]: "the method broke down",
  [-8]: "the preconditioner is not positive definite",
  [-9]: "the residual became NaN or infinite",
  [-10]: "the matrix is not positive definite",
  [-11]: "the preconditioner could not be set up",
};

const prefix = cString(optionsPrefix);

/**
 * A matrix, its preconditioner and an iteration. All calls are collective.
 *
 * State: none, a function of the matrix.
 */
export class PetscSystem {
  readonly #petsc: Petsc;
  readonly #rows: number;
  readonly #matrix: Out = new BigUint64Array(1);
  /** What the preconditioner is made from; empty where it is the matrix itself. */
  readonly #basis: Out = new BigUint64Array(1);
  readonly #ksp: Out = new BigUint64Array(1);
  readonly #right: Out = new BigUint64Array(1);
  readonly #solution: Out = new BigUint64Array(1);
  readonly #b: Float64Array<ArrayBuffer>;
  readonly #x: Float64Array<ArrayBuffer>;
  #history = stableMemory(0);

  /**
   * Hands the matrix over and sets the preconditioner up.
   *
   * @throws {PetscError} when PETSc refuses.
   */
  constructor(petsc: Petsc, comm: MpiObject, rows: PetscRows) {
    this.#petsc = petsc;
    const { calls } = petsc, { total } = rows;
    const n = this.#rows = rows.free.rows;
    this.#b = stableMemory(n);
    this.#x = stableMemory(n);
    this.#makeMatrix(comm, rows, rows.free, this.#matrix);
    if (rows.basis !== rows.free) this.#makeMatrix(comm, rows, rows.basis, this.#basis);
    for (const vector of [this.#right, this.#solution]) {
      this.#check(
        calls.VecCreateMPIWithArray(comm, 1, n, total, null, vector),
        "VecCreateMPIWithArray",
      );
    }
    if (rows.isSingular) this.#tellNullSpace(comm);
    this.#check(calls.KSPCreate(comm, this.#ksp), "KSPCreate");
    this.#configure(rows);
  }

  #makeMatrix(comm: MpiObject, rows: PetscRows, matrix: CsrMatrix, out: Out): void {
    const { calls } = this.#petsc, { total, positions, blockSize } = rows, n = this.#rows;
    const { starts, columns, values } = wholeRows(matrix, positions);
    this.#check(
      calls.MatCreateMPIAIJWithArrays(comm, n, n, total, total, starts, columns, values, out),
      "MatCreateMPIAIJWithArrays",
    );
    if (blockSize > 1) {
      this.#check(calls.MatSetBlockSize(written(out), blockSize), "MatSetBlockSize");
    }
  }

  /**
   * Solves to the same measure as our own iteration: the norm of `b - A x` against that of b.
   *
   * @param b The right-hand side; the rows of this rank first.
   * @param x The first guess, overwritten in the rows of this rank.
   * @throws {RangeError} when b or x is not finite.
   * @throws {ConvergenceError} when the tolerance is not reached.
   * @throws {PetscError} when a call fails.
   */
  solve(b: Float64Array, x: Float64Array, options: KrylovOptions): KrylovResult {
    const { calls } = this.#petsc, ksp = written(this.#ksp), n = this.#rows;
    const monitor = new ConvergenceMonitor(b, x, n, options);
    const { rtol = 1e-8, maxIterations = 500 } = options;
    // Growth is judged below, as with our own iteration; a warm start may begin far from a small b.
    this.#check(calls.KSPSetTolerances(ksp, rtol, 0, 1e300, maxIterations), "KSPSetTolerances");
    this.#recordUpTo(maxIterations);
    this.#b.set(b.subarray(0, n));
    this.#x.set(x.subarray(0, n));
    const right = written(this.#right), solution = written(this.#solution);
    // Placing tells PETSc that the entries are new: it remembers norms.
    this.#check(calls.VecPlaceArray(right, this.#b), "VecPlaceArray");
    this.#check(calls.VecPlaceArray(solution, this.#x), "VecPlaceArray");
    const code = calls.KSPSolve(ksp, right, solution);
    calls.VecResetArray(right);
    calls.VecResetArray(solution);
    this.#check(code, "KSPSolve");
    const reason = new Int32Array(1);
    calls.KSPGetConvergedReason(ksp, reason);
    for (const norm of this.#norms()) if (monitor.reached(norm)) break;
    // Sums in another order may call converged what misses the limit by a rounding.
    if (reason[0] <= 0) {
      const isIndefinite = reason[0] === -8 || reason[0] === -10;
      monitor.fail(reasons[reason[0]] ?? `PETSc's reason is ${reason[0]}`, isIndefinite);
    }
    x.set(this.#x.subarray(0, n));
    return monitor.result();
  }

  /** Gives the memory back. */
  destroy(): void {
    const { calls } = this.#petsc;
    calls.KSPDestroy(this.#ksp);
    calls.VecDestroy(this.#right);
    calls.VecDestroy(this.#solution);
    calls.MatDestroy(this.#matrix);
    if (this.#basis[0] !== 0n) calls.MatDestroy(this.#basis);
  }

  #configure({ method, preconditioner, ranks }: PetscRows): void {
    const { calls } = this.#petsc, ksp = written(this.#ksp), matrix = written(this.#matrix);
    const basis = this.#basis[0] === 0n ? matrix : written(this.#basis);
    const pc: Out = new BigUint64Array(1);
    this.#check(calls.KSPSetOperators(ksp, matrix, basis), "KSPSetOperators");
    this.#check(calls.KSPSetType(ksp, cString(method)), "KSPSetType");
    this.#check(calls.KSPGetPC(ksp, pc), "KSPGetPC");
    const isFactored = preconditioner === "lu" && ranks > 1;
    const name = isFactored ? "telescope" : preconditioner;
    this.#check(calls.PCSetType(written(pc), cString(name)), "PCSetType");
    if (isFactored) {
      // One rank makes the factors: those that ranks make together differ by rounding from one time to the next.
      const code = calls.PCTelescopeSetReductionFactor(written(pc), ranks);
      this.#check(code, "PCTelescopeSetReductionFactor");
    }
    this.#check(calls.KSPSetInitialGuessNonzero(ksp, 1), "KSPSetInitialGuessNonzero");
    this.#check(calls.KSPSetOptionsPrefix(ksp, prefix), "KSPSetOptionsPrefix");
    this.#check(calls.KSPSetFromOptions(ksp), "KSPSetFromOptions");
    this.#check(calls.KSPSetNormType(ksp, unpreconditionedNorm), "KSPSetNormType");
    this.#check(calls.KSPSetUp(ksp), "KSPSetUp");
  }

  #tellNullSpace(comm: MpiObject): void {
    const { calls } = this.#petsc, space: Out = new BigUint64Array(1);
    this.#check(calls.MatNullSpaceCreate(comm, 1, 0, null, space), "MatNullSpaceCreate");
    this.#check(calls.MatSetNullSpace(written(this.#matrix), written(space)), "MatSetNullSpace");
    calls.MatNullSpaceDestroy(space);
  }

  #recordUpTo(iterations: number): void {
    if (this.#history.length < iterations + 1) this.#history = stableMemory(iterations + 1);
    const { calls } = this.#petsc, room = this.#history;
    const code = calls.KSPSetResidualHistory(written(this.#ksp), room, room.length, 1);
    this.#check(code, "KSPSetResidualHistory");
  }

  #norms(): Float64Array {
    const room: Out = new BigUint64Array(1), length: Out = new BigUint64Array(1);
    this.#petsc.calls.KSPGetResidualHistory(written(this.#ksp), room, length);
    // An int in older versions: the upper half is not written and stays 0.
    return this.#history.subarray(0, Number(length[0]));
  }

  #check(code: number, what: string): void {
    checked(this.#petsc.calls, code, what);
  }
}

/** The rows with the columns of the whole matrix, ascending in each row. */
function wholeRows(
  free: CsrMatrix,
  positions: Int32Array | null,
): { starts: Int32Array; columns: Int32Array; values: Float64Array } {
  const { rows, rowStarts: starts, nnz } = free;
  // An empty view may have no address, which PETSc would take for a missing argument.
  const columns = new Int32Array(new ArrayBuffer(4 * Math.max(16, nnz)));
  const values = stableMemory(nnz);
  for (let i = 0; i < rows; i++) {
    const first = starts[i];
    for (let k = first; k < starts[i + 1]; k++) {
      const column = positions === null ? free.columns[k] : positions[free.columns[k]];
      let at = k;
      for (; at > first && columns[at - 1] > column; at--) {
        columns[at] = columns[at - 1];
        values[at] = values[at - 1];
      }
      columns[at] = column;
      values[at] = free.values[k];
    }
  }
  return { starts, columns, values };
}
