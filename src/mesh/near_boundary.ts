/**
 * Points that miss the domain by rounding alone.
 *
 * A point computed to lie on a boundary that is not parallel to an axis hardly ever does: no floating-point
 * number may be there. Where it misses a facet by a few roundings of the coordinates at hand, it belongs to
 * the facet's cell. Boundaries in a plane x, y or z = constant can be met exactly, and are.
 *
 * @module
 */
import { ExteriorFacetTree } from "./exterior_facet_tree.ts";
import type { Geometry } from "./geometry.ts";

/** How many units in the last place, of the largest coordinate of the facet's cell, are rounding. */
const slack = 4 * Number.EPSILON;
/** Outside of these bounds squares of distances would underflow or overflow. */
const least = 1e-140, most = 1e140;

/** Finds the cell of points that are outside, but within rounding of a facet. Immutable. */
export class NearBoundary {
  readonly #geometry: Geometry;
  /** How far a point may be from each exterior facet, `[facets]`; -1 where it has to be inside. */
  readonly #limits: Float64Array;
  readonly #largest: number;
  readonly #point = new Float64Array(3);
  #tree: ExteriorFacetTree | null = null;

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    this.#limits = limitsOf(geometry);
    this.#largest = this.#limits.reduce((a, b) => Math.max(a, b), -1);
  }

  /** The cell of the nearest facet within rounding, of several the lowest; -1 where there is none. z is 0 in 2-D. */
  cellOf(x: number, y: number, z: number): number {
    const facet = this.#facetOf(x, y, z);
    return facet < 0 ? -1 : this.#geometry.topology.rimFacets.cells[facet];
  }

  /** The squared distance of a point from the nearest facet within rounding; infinite where there is none. */
  squaredDistance(x: number, y: number, z: number): number {
    if (this.#facetOf(x, y, z) < 0) return Infinity;
    const [a, b, c] = this.#point;
    return (a - x) ** 2 + (b - y) ** 2 + (c - z) ** 2;
  }

  /**
   * Moves a point that is within rounding of a facet to the nearest point on it, so that roundings do not add
   * up from step to step.
   *
   * @param out The point, `[dim]`; left alone where there is no such facet.
   */
  pull(x: number, y: number, z: number, out: Float64Array, offset: number): void {
    if (this.#facetOf(x, y, z) < 0) return;
    for (let d = 0; d < this.#geometry.topology.dim; d++) out[offset + d] = this.#point[d];
  }

  #facetOf(x: number, y: number, z: number): number {
    if (this.#largest < 0 || !Number.isFinite(x + y + z)) return -1;
    this.#tree ??= new ExteriorFacetTree(this.#geometry, this.#geometry.topology.rimFacets);
    return this.#tree.nearestWithin(x, y, z, this.#limits, this.#largest, this.#point);
  }
}

/** Facets of curved cells have no limit here: such a cell allows for rounding itself. */
function limitsOf({ topology, coordinates: x, curved }: Geometry): Float64Array {
  const { dim, cells, rimFacets: { count, cells: owners, locals } } = topology;
  const corners = dim + 1;
  const limits = new Float64Array(count).fill(-1);
  for (let f = 0; f < count; f++) {
    if (curved !== null && curved.numbers[owners[f]] >= 0) continue;
    const first = owners[f] * corners;
    let size = 0, flat = false;
    for (let d = 0; d < dim; d++) {
      let low = Infinity, high = -Infinity;
      for (let k = 0; k < corners; k++) {
        const value = x[cells[first + k] * dim + d];
        size = Math.max(size, Math.abs(value));
        if (k === locals[f]) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      flat ||= low === high;
    }
    const limit = slack * size;
    if (!flat && limit > least && limit < most) limits[f] = limit;
  }
  return limits;
}
