/**
 * The place that a stage outside of the domain takes its velocity from.
 *
 * @module
 */
import { CurvedLocator } from "../mesh/curved_locate.ts";
import type { Places } from "../mesh/places.ts";

/** The way from a corner to a point, scratch memory. */
const way = new Float64Array(3);

/**
 * Barycentric coordinates of a point in `cell`, or of its image near the cell, negative ones set to 0, scaled to the
 * sum 1 -> `out[to..]`: bounded, and no search.
 *
 * @param points The point stands at `at`.
 */
export function clampInto(
  { geometry, search }: Places,
  cell: number,
  points: Float64Array,
  at: number,
  out: Float64Array,
  to: number,
): void {
  const { topology: { dim, cells }, coordinates, lattice, locator } = geometry;
  if (locator instanceof CurvedLocator) {
    const z = dim === 3 ? points[at + 2] : 0;
    locator.placeIn(cell, points[at], points[at + 1], z, out, to);
  } else {
    const corner = cells[cell * (dim + 1)] * dim;
    const { inverseJacobians } = geometry;
    for (let d = 0; d < dim; d++) way[d] = points[at + d] - coordinates[corner + d];
    lattice?.shorten(way);
    let rest = 1, sum = 0;
    for (let k = 0; k < dim; k++) {
      let value = 0;
      for (let d = 0; d < dim; d++) value += inverseJacobians[(cell * dim + k) * dim + d] * way[d];
      rest -= value;
      sum += value;
      out[to + k + 1] = value;
    }
    // A mesh with curved cells sums in another order, see `PointSearch.locate`.
    out[to] = search?.bendsElsewhere ? 1 - sum : rest;
  }
  let total = 0;
  for (let k = 0; k <= dim; k++) out[to + k] = Math.max(out[to + k], 0);
  if (locator instanceof CurvedLocator || search?.bendsElsewhere) {
    for (let k = 0; k <= dim; k++) total += out[to + k];
  } else {
    for (let k = 1; k <= dim; k++) total += out[to + k];
    total += out[to];
  }
  for (let k = 0; k <= dim; k++) out[to + k] /= total;
}
