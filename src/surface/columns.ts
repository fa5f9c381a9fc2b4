/**
 * Inner nodes that follow a surface in proportion to their height in the column.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import type { Geometry } from "../mesh/geometry.ts";
import type { SurfaceShape } from "./surface_speeds.ts";

/** Where every node is below a surface, or above a base: corners of one facet, and their weights. */
interface Feet {
  /** `[nodeCount x dim]`: nodes of the facet above or below. */
  readonly corners: Int32Array;
  /** `[nodeCount x dim]`. */
  readonly weights: Float64Array;
}

/** Which facets of surface and base are above and below every node; vertical motion does not change it. */
export interface Columns {
  /** Coordinates in the plane that it was made for, `[nodeCount x (dim - 1)]`. */
  readonly plane: Float64Array;
  readonly top: Feet;
  readonly bottom: Feet;
}

/**
 * Finds the columns, or takes those from before where no node has moved sideways.
 *
 * @throws {RangeError} when a node has no facet above or below it.
 */
export function columnsBelow(
  surface: SurfaceShape,
  base: SurfaceShape,
  names: readonly [string, string],
  known: Columns | null,
): Columns {
  const plane = planeOf(surface.geometry);
  if (known !== null && sameBytes(known.plane, plane)) return known;
  return {
    plane,
    top: feetOn(surface, plane, names[0]),
    bottom: feetOn(base, plane, names[1]),
  };
}

/**
 * The speeds of all nodes, those of the surface times the share of the height: `s (z - b) / (h - b)`.
 *
 * @param speeds Those of the surface's nodes, `[nodeCount]`.
 * @returns `[nodeCount]`.
 */
export function speedsInColumns(
  { top, bottom }: Columns,
  surface: SurfaceShape,
  base: SurfaceShape,
  speeds: Float64Array,
): Float64Array {
  const { coordinates, topology: { dim, nodeCount } } = surface.geometry;
  const heights = Float64Array.from(
    { length: nodeCount },
    (_, i) => coordinates[i * dim + dim - 1],
  );
  const out = new Float64Array(nodeCount);
  for (let i = 0; i < nodeCount; i++) {
    const h = weighted(top, heights, i, dim), b = weighted(bottom, heights, i, dim);
    out[i] = weighted(top, speeds, i, dim) * (heights[i] - b) / (h - b);
  }
  for (const i of surface.nodes) out[i] = speeds[i];
  for (const i of base.nodes) out[i] = 0;
  return out;
}

function weighted({ corners, weights }: Feet, values: Float64Array, i: number, dim: number) {
  let sum = 0;
  for (let k = i * dim; k < (i + 1) * dim; k++) sum += weights[k] * values[corners[k]];
  return sum;
}

function planeOf({ coordinates, topology: { dim, nodeCount } }: Geometry): Float64Array {
  const out = new Float64Array(nodeCount * (dim - 1));
  for (let i = 0; i < nodeCount; i++) {
    for (let d = 0; d < dim - 1; d++) out[i * (dim - 1) + d] = coordinates[i * dim + d];
  }
  return out;
}

/** Outside by less than this share of a facet is a rounding. */
const slack = 1e-9;

/** For each node the facet whose projection has it, found through bins over the first axis. */
function feetOn(shape: SurfaceShape, plane: Float64Array, name: string): Feet {
  const { geometry: { topology: { dim, nodeCount } }, corners: all } = shape;
  const bins = new Bins(shape, plane), flat = dim - 1;
  const corners = new Int32Array(nodeCount * dim), weights = new Float64Array(nodeCount * dim);
  const trial = new Float64Array(dim);
  for (let i = 0; i < nodeCount; i++) {
    let best = -slack, found = -1;
    for (const f of bins.at(plane[i * flat])) {
      const least = projected(all, f, dim, plane, i, trial);
      if (!(least > best)) continue;
      best = least;
      found = f;
      weights.set(trial, i * dim);
    }
    if (found < 0) {
      const place = plane.subarray(i * flat, (i + 1) * flat).join(", ");
      throw new RangeError(
        `FreeSurface: boundary "${name}" is not above or below the node at (${place}); with interior: "laplace" ` +
          `it does not have to be`,
      );
    }
    corners.set(all.subarray(found * dim, (found + 1) * dim), i * dim);
  }
  return { corners, weights };
}

/** Barycentric coordinates of node i in the projection of facet f; the least of them. */
function projected(
  corners: Int32Array,
  f: number,
  dim: number,
  plane: Float64Array,
  i: number,
  out: Float64Array,
): number {
  const a = corners[f * dim], b = corners[f * dim + 1];
  if (dim === 2) {
    out[1] = (plane[i] - plane[a]) / (plane[b] - plane[a]);
    out[0] = 1 - out[1];
    return Math.min(out[0], out[1]);
  }
  const c = corners[f * dim + 2];
  const x = plane[2 * i] - plane[2 * a], y = plane[2 * i + 1] - plane[2 * a + 1];
  const bx = plane[2 * b] - plane[2 * a], by = plane[2 * b + 1] - plane[2 * a + 1];
  const cx = plane[2 * c] - plane[2 * a], cy = plane[2 * c + 1] - plane[2 * a + 1];
  const det = bx * cy - by * cx;
  out[1] = (x * cy - y * cx) / det;
  out[2] = (bx * y - by * x) / det;
  out[0] = 1 - out[1] - out[2];
  return Math.min(out[0], out[1], out[2]);
}

/**
 * Facets by their extent along the first axis.
 *
 * State: none, it lives as long as one search.
 */
class Bins {
  readonly #lists: number[][];
  readonly #from: number;
  readonly #scale: number;

  constructor(
    { geometry: { topology: { dim } }, corners, facets }: SurfaceShape,
    plane: Float64Array,
  ) {
    const flat = dim - 1,
      extent = (f: number) => {
        let low = Infinity, high = -Infinity;
        for (let k = f * dim; k < (f + 1) * dim; k++) {
          low = Math.min(low, plane[corners[k] * flat]);
          high = Math.max(high, plane[corners[k] * flat]);
        }
        return [low, high] as const;
      };
    let from = Infinity, to = -Infinity;
    for (let f = 0; f < facets.count; f++) {
      const [low, high] = extent(f);
      from = Math.min(from, low);
      to = Math.max(to, high);
    }
    this.#lists = Array.from({ length: Math.max(1, facets.count) }, () => []);
    this.#from = from;
    this.#scale = to > from ? this.#lists.length / (to - from) : 0;
    for (let f = 0; f < facets.count; f++) {
      const [low, high] = extent(f);
      const width = slack * (high - low), last = this.#index(high + width);
      for (let bin = this.#index(low - width); bin <= last; bin++) this.#lists[bin].push(f);
    }
  }

  /** The facets that may have a point with this first coordinate. */
  at(x: number): readonly number[] {
    return this.#lists[this.#index(x)];
  }

  #index(x: number): number {
    const bin = Math.floor((x - this.#from) * this.#scale);
    return Math.max(0, Math.min(this.#lists.length - 1, bin));
  }
}
