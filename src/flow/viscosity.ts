/**
 * Viscosity at the quadrature points of the velocity.
 *
 * @module
 */
import type { Quadrature } from "../mesh/quadrature.ts";
import { cellPoints } from "../solve/assembly/cell_points.ts";
import { type Coefficient, sampleOne, type Samples } from "../solve/coefficient.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { CutCells } from "./cut_cells.ts";

/** How the viscosity is averaged in cells that a jump cuts. */
export type ViscosityAveraging = "harmonic" | "geometric" | "arithmetic" | "none";

/** All of them. */
export const viscosityAveragings: readonly ViscosityAveraging[] = [
  "harmonic",
  "geometric",
  "arithmetic",
  "none",
];

/**
 * The viscosity at the quadrature points, averaged in cells that a jump cuts: there the order is lost anyway, and
 * the harmonic mean has the smallest error and the best conditioned equations. Other cells stay as they are,
 * which keeps the order for smooth viscosities of any contrast.
 *
 * @returns One number, or `[cellCount x points]`.
 * @throws {RangeError} when it is not positive or not finite somewhere.
 */
export function sampleViscosity(
  frame: FieldFrame,
  viscosity: Coefficient,
  averaging: ViscosityAveraging,
): Samples {
  return frame.agreed(() => {
    const { geometry, reference, what } = frame;
    const points = () => cellPoints(geometry, reference);
    const sampled = sampleOne(viscosity, points, frame.sample("viscosity"));
    if (typeof sampled === "number") {
      if (sampled > 0) return sampled;
      throw new RangeError(`${what}: the viscosity is ${sampled}; it has to be positive`);
    }
    const at = sampled.findIndex((value) => !(value > 0));
    if (at >= 0) {
      const { dim } = geometry.topology;
      const place = points().coordinates.subarray(at * dim, (at + 1) * dim).join(", ");
      throw new RangeError(
        `${what}: the viscosity is ${
          sampled[at]
        } at (${place}), t = ${frame.t}; it has to be positive`,
      );
    }
    if (averaging !== "none") averageCut(sampled, reference.quadrature, averaging);
    return sampled;
  });
}

function averageCut(
  values: Float64Array,
  quadrature: Quadrature,
  averaging: Exclude<ViscosityAveraging, "none">,
): void {
  const { count: points, weights } = quadrature, cells = new CutCells(quadrature);
  for (let start = 0; start < values.length; start += points) {
    if (!cells.isCut(values, start)) continue;
    values.fill(meanOf(values, start, weights, averaging), start, start + points);
  }
}

function meanOf(
  values: Float64Array,
  start: number,
  weights: Float64Array,
  averaging: Exclude<ViscosityAveraging, "none">,
): number {
  let sum = 0;
  for (let q = 0; q < weights.length; q++) {
    const value = values[start + q];
    const term = averaging === "harmonic"
      ? 1 / value
      : averaging === "geometric"
      ? Math.log(value)
      : value;
    sum += weights[q] * term;
  }
  return averaging === "harmonic" ? 1 / sum : averaging === "geometric" ? Math.exp(sum) : sum;
}

/**
 * The means of 1 / viscosity over the cells, the density of the pressure's mass matrix.
 *
 * @param weights Of the quadrature points.
 * @returns One number, or `[cellCount]`.
 */
export function meanFluidity(viscosity: Samples, weights: Float64Array): Samples {
  if (typeof viscosity === "number") return 1 / viscosity;
  const points = weights.length, out = new Float64Array(viscosity.length / points);
  for (let c = 0; c < out.length; c++) {
    let sum = 0;
    for (let q = 0; q < points; q++) sum += weights[q] / viscosity[c * points + q];
    out[c] = sum;
  }
  return out;
}
