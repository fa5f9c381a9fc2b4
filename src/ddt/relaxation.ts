/**
 * A field that relaxes towards nothing while a forcing drives it, along the paths of its material.
 *
 * @module
 */
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { relaxationCoefficients } from "./coefficients.ts";

/** One step of a relaxation; see `SemiLagrangianDDt.relax`. */
export interface RelaxationStep {
  /** Factor of the forcing at the new time, `[dofCount]`; a time. */
  readonly newer: Float64Array;
  /** The known part, `[dofCount x components]`. */
  readonly history: Float64Array;
}

/**
 * The step from carried values and a carried forcing.
 *
 * @param dt The size of the step.
 * @param relaxationTime One number, or one per degree of freedom, `[dofCount]`.
 * @param past The carried values, `[dofCount x components]`.
 * @param forcing The carried forcing, `[dofCount x components]`.
 * @throws {RangeError} when a relaxation time is not positive.
 */
export function relaxationStep(
  { components, dofCount }: MeshVariable,
  dt: number,
  relaxationTime: number | Float64Array,
  past: Float64Array,
  forcing: Float64Array,
): RelaxationStep {
  const newer = new Float64Array(dofCount), history = new Float64Array(past.length);
  for (let i = 0; i < dofCount; i++) {
    const tau = typeof relaxationTime === "number" ? relaxationTime : relaxationTime[i];
    const c = relaxationCoefficients(dt, tau);
    newer[i] = c.newer;
    for (let k = i * components; k < (i + 1) * components; k++) {
      history[k] = c.decay * past[k] + c.older * forcing[k];
    }
  }
  return { newer, history };
}
