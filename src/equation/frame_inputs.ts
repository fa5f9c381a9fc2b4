/**
 * What a solve of an equation is given.
 *
 * @module
 */
import type { LinearChoice } from "./jacobian_solver.ts";

/** When an equation is solved, and what its rates are. */
export interface FrameTime {
  readonly t: number;
  readonly factor: number;
  readonly past: readonly (Float64Array | null)[];
}

/** Tolerances and limits. */
export interface EquationLimits {
  readonly rtol: number;
  readonly maxIterations: number;
  readonly maxNewton: number;
  readonly linear: LinearChoice;
}
