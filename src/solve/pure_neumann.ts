/**
 * Problems in which no value is held anywhere.
 *
 * @module
 */
import type { DofMap } from "../mesh/dof_map.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { addLoad } from "./assembly/load.ts";
import type { Reference } from "./assembly/reference.ts";

/** The share of an imbalance between sources and fluxes that is taken for quadrature error. */
const imbalance = 0.05;

/**
 * A pure Neumann problem has a solution only where sources and fluxes cancel.
 *
 * @param b The right-hand side.
 * @param what The solver's name.
 * @throws {RangeError} when they do not.
 */
export function requireBalance(b: Float64Array, what: string): void {
  let sum = 0, size = 0;
  for (let i = 0; i < b.length; i++) {
    sum += b[i];
    size += Math.abs(b[i]);
  }
  if (Math.abs(sum) <= imbalance * size || !Number.isFinite(sum)) return;
  throw new RangeError(
    `${what}: no value is held anywhere, and sources and fluxes add up to ${sum.toPrecision(3)} ` +
      `instead of 0: there is no solution. Hold a value, or balance them`,
  );
}

/** Of all solutions of a pure Neumann problem, the one with a vanishing integral. */
export function removeMean(
  x: Float64Array,
  geometry: Geometry,
  reference: Reference,
  map: DofMap,
): void {
  const weights = new Float64Array(x.length);
  addLoad(weights, geometry, reference, map, 1);
  let integral = 0, volume = 0;
  for (let i = 0; i < x.length; i++) {
    integral += weights[i] * x[i];
    volume += weights[i];
  }
  const mean = integral / volume;
  for (let i = 0; i < x.length; i++) x[i] -= mean;
}
