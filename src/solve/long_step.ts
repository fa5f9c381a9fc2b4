/**
 * Steps so long that what is kept of the past is lost among rounding errors of the stiffness matrix.
 *
 * @module
 */
import { addLoad } from "./assembly/load.ts";
import type { FieldFrame, OperatorScales } from "./field_frame.ts";

/** The ratio of mass to stiffness on the smallest cell below which a step is long. */
const LONG = 1e-8;

/** Solvers take squares of entries: below this one nothing would be left of them. */
const SMALLEST_ENTRY = 1e-146;

/**
 * Whether nothing but rounding would tell a constant from 0: `massScale (2 r)^2` is below 1e-8 of
 * `stiffnessScale k`, r the smallest inscribed radius and k the greatest diffusivity. Collective.
 */
export function isLongStep(
  frame: FieldFrame,
  { massScale, stiffnessScale, diffusivity }: OperatorScales,
): boolean {
  if (massScale === 0 || stiffnessScale === 0) return false;
  const width = 2 * frame.variable.mesh.minRadius;
  const most = typeof diffusivity === "number"
    ? diffusivity
    : frame.largest(diffusivity.reduce((a, b) => Math.max(a, b), 0));
  return massScale * width ** 2 < LONG * stiffnessScale * most;
}

/**
 * Splits the solution of `(massScale M + stiffnessScale K) u = b` without boundary values into its mean and a field
 * of mean 0. Constants are in the null space of K, so that the mean is `sum(b) / (massScale |domain|)` whatever K is,
 * and no rounding error of K gets into it.
 *
 * @param b `[count]`; the part of the mean is taken out of it, which leaves entries of sum 0.
 * @returns the mean. Collective.
 * @throws {RangeError} when double precision cannot hold the step.
 */
export function takeOutMean(frame: FieldFrame, massScale: number, b: Float64Array): number {
  const { geometry, map, reference, owned } = frame;
  const { minRadius, dim } = frame.variable.mesh, smallest = massScale * (2 * minRadius) ** dim;
  if (smallest < SMALLEST_ENTRY) {
    throw new RangeError(
      `${frame.what}: the step is so long that the mass matrix, ${
        smallest.toPrecision(3)
      } on the smallest ` +
        "cell, is lost in double precision; take a shorter step, or the steady solver Poisson",
    );
  }
  const weights = new Float64Array(map.count);
  addLoad(weights, geometry, reference, map, 1);
  const sums = new Float64Array(2);
  for (let i = 0; i < owned; i++) {
    sums[0] += b[i];
    sums[1] += weights[i];
  }
  const [total, volume] = frame.totals(sums);
  const share = total / volume;
  for (let i = 0; i < b.length; i++) b[i] -= share * weights[i];
  return share / massScale;
}
