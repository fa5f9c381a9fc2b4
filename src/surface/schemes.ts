/**
 * Explicit Runge-Kutta schemes of a surface.
 *
 * @module
 */
import type { SurfaceScheme } from "./surface_options.ts";

/** A scheme whose stages each follow from the one before. */
export interface ExplicitScheme {
  /** When each stage is, in steps. The stage s moves the mesh by `nodes[s] dt` with the velocity of the one before. */
  readonly nodes: readonly number[];
  /** The part of each stage's velocity in the step; the sum is 1. */
  readonly weights: readonly number[];
}

/**
 * Euler, midpoint and the classical scheme: W. Kutta, Z. Math. Phys. 46 (1901) 435-453; E. Hairer, S. P. Norsett,
 * G. Wanner, Solving ordinary differential equations I (1993), DOI 10.1007/978-3-540-78862-1, section II.1.
 */
const explicit: ReadonlyMap<SurfaceScheme, ExplicitScheme> = new Map([
  ["euler", { nodes: [0], weights: [1] }],
  ["rk2", { nodes: [0, 0.5], weights: [0, 1] }],
  ["rk4", { nodes: [0, 0.5, 0.5, 1], weights: [1 / 6, 1 / 3, 1 / 3, 1 / 6] }],
]);

/** The explicit scheme of that name; null for the others. */
export function explicitScheme(name: SurfaceScheme): ExplicitScheme | null {
  return explicit.get(name) ?? null;
}

/** `weights[0] columns[0] + weights[1] columns[1] + ...`, new memory. */
export function combined(
  weights: readonly number[],
  columns: readonly Float64Array[],
): Float64Array {
  const out = new Float64Array(columns[0].length);
  for (let s = 0; s < weights.length; s++) {
    if (weights[s] === 0) continue;
    const column = columns[s], weight = weights[s];
    for (let i = 0; i < out.length; i++) out[i] += weight * column[i];
  }
  return out;
}
