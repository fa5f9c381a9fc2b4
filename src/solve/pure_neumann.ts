/**
 * Problems without Dirichlet values.
 *
 * @module
 */
import type { DofMap } from "../mesh/dof_map.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { addLoad } from "./assembly/load.ts";
import type { Reference } from "./assembly/reference.ts";
import type { RankSpace } from "./ranks/rank_space.ts";

/** The relative imbalance between sources and fluxes that is accepted as a quadrature error. */
const imbalance = 0.05;

/**
 * Checks that sources and fluxes cancel: otherwise a pure Neumann problem does not have a solution.
 *
 * @param b The right-hand side.
 * @param what The solver's name.
 * @param ranks Who has the other rows; null for one rank.
 * @throws {RangeError} when they do not.
 */
export function requireBalance(b: Float64Array, what: string, ranks: RankSpace | null): void {
  let sum = 0, size = 0;
  for (let i = 0, n = ranks?.owned ?? b.length; i < n; i++) {
    sum += b[i];
    size += Math.abs(b[i]);
  }
  if (ranks !== null) [sum, size] = ranks.comm.allreduce(Float64Array.of(sum, size));
  if (Math.abs(sum) <= imbalance * size || !Number.isFinite(sum)) return;
  throw new RangeError(
    `${what}: there are no Dirichlet values, and sources and fluxes add up to ${
      sum.toPrecision(3)
    } ` +
      `instead of 0, so that there is no solution; add a Dirichlet value, or balance them`,
  );
}

/** Of all solutions of a pure Neumann problem, the one with a vanishing integral. */
export function removeMean(
  x: Float64Array,
  geometry: Geometry,
  reference: Reference,
  map: DofMap,
  ranks: RankSpace | null,
): void {
  const weights = new Float64Array(x.length);
  addLoad(weights, geometry, reference, map, 1);
  let integral = 0, volume = 0;
  for (let i = 0, n = ranks?.owned ?? x.length; i < n; i++) {
    integral += weights[i] * x[i];
    volume += weights[i];
  }
  if (ranks !== null) [integral, volume] = ranks.comm.allreduce(Float64Array.of(integral, volume));
  const mean = integral / volume;
  for (let i = 0; i < x.length; i++) x[i] -= mean;
}
