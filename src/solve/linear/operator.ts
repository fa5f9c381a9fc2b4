/**
 * The contracts of an iteration: matrix, preconditioner, options and result.
 *
 * @module
 */
import type { Reductions } from "./reductions.ts";

/** A linear map that can be applied to a vector. */
export interface LinearOperator {
  /** Length of the vectors. */
  readonly rows: number;
  /** `y = A x`, both `[rows]`; `x` is not changed. */
  multiply(x: Float64Array, y: Float64Array): void;
}

/** An approximate inverse. */
export interface Preconditioner {
  /** `z = M^-1 r`, both `[rows]`; `r` is not changed. */
  apply(r: Float64Array, z: Float64Array): void;
}

/** The null space of an operator. */
export interface NullSpace {
  /** Subtracts the part of `r`, `[rows]`, that lies along the null space. */
  project(r: Float64Array): void;
}

/** How an iteration runs and when it ends. */
export interface KrylovOptions {
  /** Ends at `|b - A x| <= rtol |b|`. Default 1e-8. */
  readonly rtol?: number;
  /** Ends at `|b - A x| <= atol`, too. Default 0. */
  readonly atol?: number;
  /** Default 500. */
  readonly maxIterations?: number;
  /** The sums over ranks. Default: this rank alone. */
  readonly reductions?: Reductions;
  /** Present where the operator is singular: the solution is the one without a part in the null space. */
  readonly nullSpace?: NullSpace | null;
  /** Named in errors. Default `"the linear solve"`. */
  readonly what?: string;
}

/** How an iteration ended. */
export interface KrylovResult {
  /** Steps taken. */
  readonly iterations: number;
  /** `|b - A x| / |b|`, as the iteration tracks it. */
  readonly residual: number;
  /** Relative residuals, before the first step and after each. */
  readonly history: readonly number[];
}
