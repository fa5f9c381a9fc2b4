/**
 * What solves the linear systems: the contract of this toolkit's own solver and of PETSc.
 *
 * @module
 */
import type { RankSpace } from "../ranks/rank_space.ts";
import type { CsrMatrix } from "./csr.ts";
import type { KrylovOptions, KrylovResult, Preconditioner } from "./operator.ts";

/** A system of one component, symmetric positive (semi-)definite. */
export interface LinearSystem {
  /** The rows of this rank, with all their columns. */
  readonly free: CsrMatrix;
  /** Who has the other rows; null for one rank. */
  readonly ranks: RankSpace | null;
  /** 1 where a value is constrained. */
  readonly constrained: Uint8Array;
  /** Whether the matrix is a mass matrix, for which its diagonal is preconditioner enough. */
  readonly isMass: boolean;
  /** Whether constants are in the null space. */
  readonly isSingular: boolean;
  /** Whether the matrix may come again. */
  readonly isKept: boolean;
  /** The matrix that ranks make levels of together; `free` where it is absent. */
  readonly near?: CsrMatrix;
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
