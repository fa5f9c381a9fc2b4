/**
 * Linear systems with Jacobians: which method, which preconditioner.
 *
 * @module
 */
import { ConvergenceError } from "../errors.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { withoutConstrained } from "../solve/assembly/dirichlet.ts";
import type { CsrMatrix } from "../solve/linear/csr.ts";
import { conjugateGradients } from "../solve/linear/krylov/cg.ts";
import { gmres } from "../solve/linear/krylov/gmres.ts";
import { SmoothedAggregation } from "../solve/linear/multigrid/smoothed_aggregation.ts";
import type { KrylovOptions, KrylovResult, Preconditioner } from "../solve/linear/operator.ts";
import { fieldMultigrid } from "../solve/operator_cache.ts";
import type { UnknownSpace } from "./unknown_space.ts";

/** A matrix between free unknowns, with what solves it. */
export interface FreeJacobian {
  /** Between all unknowns. */
  readonly whole: CsrMatrix;
  /** 1 where there is a Dirichlet value. */
  readonly constrained: Uint8Array;
  /** Between free unknowns; constrained ones keep their diagonal. */
  readonly free: CsrMatrix;
  /** Made on first use. */
  readonly preconditioner: () => Preconditioner;
}

/** The choice of methods for one equation on one mesh. */
export interface JacobianMethods {
  readonly geometry: Geometry;
  readonly space: UnknownSpace;
  readonly isSymmetric: boolean;
}

/**
 * Takes the constrained unknowns out of a matrix.
 *
 * @param other The matrix that the preconditioner is made from, where it is another one.
 */
export function freeJacobian(
  methods: JacobianMethods,
  whole: CsrMatrix,
  constrained: Uint8Array,
  other: CsrMatrix | null = null,
): FreeJacobian {
  const hasConstrained = constrained.includes(1);
  const free = hasConstrained ? withoutConstrained(whole, constrained) : whole;
  const basis = other === null
    ? free
    : hasConstrained
    ? withoutConstrained(other, constrained)
    : other;
  let made: Preconditioner | null = null;
  const preconditioner = () => made ??= makePreconditioner(methods, basis, constrained);
  return { whole, constrained, free, preconditioner };
}

function makePreconditioner(
  { geometry, space }: JacobianMethods,
  matrix: CsrMatrix,
  constrained: Uint8Array,
): Preconditioner {
  if (space.blockSize === 1) return fieldMultigrid(matrix, constrained, geometry, space.map);
  return new SmoothedAggregation(matrix, { blockSize: space.blockSize || 1 });
}

/**
 * Solves with a Jacobian: conjugate gradients where it is symmetric, and GMRES where it is not, or turns out
 * not to be positive definite.
 *
 * @param x The first guess, overwritten by the solution.
 * @throws {ConvergenceError} when the tolerance is not reached.
 */
export function solveJacobian(
  { isSymmetric }: JacobianMethods,
  { free, preconditioner }: FreeJacobian,
  b: Float64Array,
  x: Float64Array,
  options: KrylovOptions,
): KrylovResult {
  if (isSymmetric) {
    const start = x.slice();
    try {
      return conjugateGradients(free, b, x, preconditioner(), options);
    } catch (error) {
      if (!(error instanceof ConvergenceError && error.isIndefinite)) throw error;
      x.set(start);
    }
  }
  return gmres(free, b, x, preconditioner(), options);
}
