/**
 * Adjoint systems: with the transposed Jacobian of a solve.
 *
 * @module
 */
import type { EquationFrame } from "./equation_frame.ts";
import type { FreeJacobian } from "./jacobian_solver.ts";

/** What the derivative of an objective by a solution comes to. Both are `[unknowns]`. */
export interface FrameAdjoint {
  /** What multiplies the derivative of the residual by anything; 0 in constrained rows. */
  readonly adjoint: Float64Array;
  /** The derivative of the objective by the Dirichlet values; 0 in free rows. */
  readonly prescribed: Float64Array;
}

/**
 * With `J` the Jacobian at x, f free and c constrained unknowns: `J_ff^T adjoint = -slope_f`, and
 * `prescribed = slope_c + J_fc^T adjoint`. Collective.
 *
 * @param x The solution, `[unknowns]`.
 * @param slope The derivative of the objective by it, `[unknowns]`; ghosts have the values of their owners.
 * @throws {ConvergenceError} when the tolerance of the equation is not reached.
 */
export function solveAdjoint(
  frame: EquationFrame,
  x: Float64Array,
  slope: Float64Array,
): FrameAdjoint {
  const { constrained, limits: { rtol }, what } = frame;
  const b = slope.map((value, i) => constrained[i] === 1 ? 0 : -value);
  const adjoint = new Float64Array(b.length), prescribed = new Float64Array(b.length);
  const system = transposedSystem(frame, x);
  if (frame.any(b.some((value) => value !== 0))) {
    frame.solveSystem(system, b, adjoint, rtol, `${what}, its adjoint`);
  }
  for (let i = 0; i < b.length; i++) {
    if (constrained[i] === 1) prescribed[i] = slope[i] + system.whole.rowProduct(i, adjoint);
  }
  frame.ranks?.sync(prescribed);
  return { adjoint, prescribed };
}

/** Transposed systems, as long as those that they are the transposes of. */
const known = new WeakMap<FreeJacobian, FreeJacobian>();

function transposedSystem(frame: EquationFrame, x: Float64Array): FreeJacobian {
  const system = frame.systemAt(x);
  if (frame.isSymmetric) return system;
  let transposed = known.get(system);
  if (transposed === undefined) known.set(system, transposed = frame.transposed(system));
  return transposed;
}
