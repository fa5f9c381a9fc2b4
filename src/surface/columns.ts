/**
 * Inner nodes that follow a surface in proportion to their height in the column.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import { placeOf } from "../mesh/ascending.ts";
import { geometryOf, type Mesh } from "../mesh/mesh.ts";
import type { SurfaceShape } from "./surface_shape.ts";

/** Where every node of this rank is below a surface, or above a base: corners of one facet, and their weights. */
interface Feet {
  /** `[nodeCount x dim]`: nodes of the facet above or below, in the numbers of its boundary. */
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
 * Finds the columns of this rank's nodes, or takes those from before where no node of any rank has moved sideways.
 * Collective.
 *
 * @param known the same on all ranks in this: null or not.
 * @throws {RangeError} on all ranks, when a node has no facet above or below it.
 */
export function columnsBelow(
  mesh: Mesh,
  surface: SurfaceShape,
  base: SurfaceShape,
  names: readonly [string, string],
  known: Columns | null,
): Columns {
  const plane = planeOf(mesh), { comm } = mesh.model;
  if (known !== null) {
    const moved = sameBytes(known.plane, plane) ? 0 : 1;
    if (comm.allreduce(moved, "max") === 0) return known;
  }
  return {
    plane,
    top: feetOn(mesh, surface, plane, names[0]),
    bottom: feetOn(mesh, base, plane, names[1]),
  };
}

/**
 * The speeds of this rank's nodes, those of the surface times the share of the height: `s (z - b) / (h - b)`.
 *
 * @param speeds Those of the surface's nodes, by their numbers.
 * @returns `[nodeCount]`.
 */
export function speedsInColumns(
  { top, bottom }: Columns,
  mesh: Mesh,
  surface: SurfaceShape,
  base: SurfaceShape,
  speeds: Float64Array,
): Float64Array {
  const { coordinates, topology: { dim, nodeCount } } = geometryOf(mesh), up = dim - 1;
  const [tops, bottoms] = [surface, base].map(({ places }) =>
    Float64Array.from({ length: places.length / dim }, (_, i) => places[i * dim + up])
  );
  const out = new Float64Array(nodeCount);
  for (let i = 0; i < nodeCount; i++) {
    const h = weighted(top, tops, i, dim), b = weighted(bottom, bottoms, i, dim);
    out[i] = weighted(top, speeds, i, dim) * (coordinates[i * dim + up] - b) / (h - b);
  }
  const ids = mesh.globalNodeIds;
  ids.forEach((id, i) => {
    const above = placeOf(surface.nodes, id);
    if (above >= 0) out[i] = speeds[above];
    if (placeOf(base.nodes, id) >= 0) out[i] = 0;
  });
  return out;
}

function weighted({ corners, weights }: Feet, values: Float64Array, i: number, dim: number) {
  let sum = 0;
  for (let k = i * dim; k < (i + 1) * dim; k++) sum += weights[k] * values[corners[k]];
  return sum;
}

function planeOf(mesh: Mesh): Float64Array {
  const { coordinates, topology: { dim, nodeCount } } = geometryOf(mesh);
  const out = new Float64Array(nodeCount * (dim - 1));
  for (let i = 0; i < nodeCount; i++) {
    for (let d = 0; d < dim - 1; d++) out[i * (dim - 1) + d] = coordinates[i * dim + d];
  }
  return out;
}

/** Outside by less than this share of a facet is a rounding. */
const slack = 1e-9;

/** For each node of this rank the facet whose projection has it, found through bins over the first axis. Collective. */
function feetOn(mesh: Mesh, shape: SurfaceShape, plane: Float64Array, name: string): Feet {
  const { dim, corners: all } = shape, { nodeCount } = mesh;
  const bins = new Bins(shape), flat = dim - 1, outside: number[] = [];
  const corners = new Int32Array(nodeCount * dim), weights = new Float64Array(nodeCount * dim);
  const trial = new Float64Array(dim);
  for (let i = 0; i < nodeCount; i++) {
    let best = -slack, found = -1;
    for (const f of bins.at(plane[i * flat])) {
      const least = projected(shape, f, plane, i, trial);
      if (!(least > best)) continue;
      best = least;
      found = f;
      weights.set(trial, i * dim);
    }
    if (found < 0) outside.push(i);
    else corners.set(all.subarray(found * dim, (found + 1) * dim), i * dim);
  }
  requireNoneOutside(mesh, outside, plane, name);
  return { corners, weights };
}

/** @throws {RangeError} on all ranks, when there is one; the first one in the whole mesh is named. Collective. */
function requireNoneOutside(
  mesh: Mesh,
  outside: readonly number[],
  plane: Float64Array,
  name: string,
): void {
  const { comm } = mesh.model, flat = mesh.dim - 1, ids = mesh.globalNodeIds;
  if (comm.allreduce(outside.length, "max") === 0) return;
  const found = comm.allgather(outside.map((i) => [ids[i], ...rowOf(plane, i, flat)])).flat();
  const [[, ...place]] = found.sort(([a], [b]) => a - b);
  throw new RangeError(
    `FreeSurface: boundary "${name}" is not above or below the node at (${
      place.join(", ")
    }); with interior: "laplace" it does not have to be`,
  );
}

function rowOf(rows: Float64Array, i: number, width: number): Float64Array {
  return rows.subarray(i * width, (i + 1) * width);
}

/** Barycentric coordinates of node i in the projection of facet f; the least of them. */
function projected(
  { dim, corners, places }: SurfaceShape,
  f: number,
  plane: Float64Array,
  i: number,
  out: Float64Array,
): number {
  const a = corners[f * dim] * dim, b = corners[f * dim + 1] * dim;
  if (dim === 2) {
    out[1] = (plane[i] - places[a]) / (places[b] - places[a]);
    out[0] = 1 - out[1];
    return Math.min(out[0], out[1]);
  }
  const c = corners[f * dim + 2] * dim;
  const x = plane[2 * i] - places[a], y = plane[2 * i + 1] - places[a + 1];
  const bx = places[b] - places[a], by = places[b + 1] - places[a + 1];
  const cx = places[c] - places[a], cy = places[c + 1] - places[a + 1];
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

  constructor({ dim, count, corners, places }: SurfaceShape) {
    const extent = (f: number) => {
      let low = Infinity, high = -Infinity;
      for (let k = f * dim; k < (f + 1) * dim; k++) {
        low = Math.min(low, places[corners[k] * dim]);
        high = Math.max(high, places[corners[k] * dim]);
      }
      return [low, high] as const;
    };
    let from = Infinity, to = -Infinity;
    for (let f = 0; f < count; f++) {
      const [low, high] = extent(f);
      from = Math.min(from, low);
      to = Math.max(to, high);
    }
    this.#lists = Array.from({ length: Math.max(1, count) }, () => []);
    this.#from = from;
    this.#scale = to > from ? this.#lists.length / (to - from) : 0;
    for (let f = 0; f < count; f++) {
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
