/**
 * Where particles go that left the domain: to its nearest point, or back by reflection.
 *
 * @module
 */
import type { Geometry } from "./geometry.ts";
import type { ExteriorFacetTree } from "./exterior_facet_tree.ts";
import { Rim } from "./rim.ts";

/** Reflections of one path; a longer one ends where it was reflected last. */
const maxReflections = 1024;
/** The same for paths longer than {@link farthest} sizes of the domain, whose ends are mostly rounding. */
const fewReflections = 64;
/** Points farther away than so many sizes of the domain are first drawn nearer, see `#drawn`. */
const farthest = 2 ** 20;

/**
 * Where the boundary sends points that are outside: computed from the facets alone, the same on every rank. What comes
 * out still has to be brought into a cell, by {@link settle}.
 *
 * State: none, scratch memory only.
 */
export class Walls {
  readonly rim: Rim;
  readonly #tree: ExteriorFacetTree;
  readonly #start = new Float64Array(3);
  readonly #end = new Float64Array(3);
  readonly #step = new Float64Array(3);
  readonly #hit = new Float64Array(1);

  constructor(rim: Rim) {
    this.rim = rim;
    this.#tree = rim.tree;
  }

  /**
   * The facet that is nearest to a point outside, of several the lowest.
   *
   * @param p The point, `[3]`; becomes the nearest point of the facet, up to rounding.
   */
  nearest(p: Float64Array): number {
    this.#draw(p);
    return Math.max(0, this.#tree.nearest(p[0], p[1], p[2], p));
  }

  /**
   * Reflects a path at the boundary, as often as it leaves, until it ends inside. After 1024 reflections (64 where
   * it is longer than 2^20 sizes of the domain) it ends where it was reflected last.
   *
   * @param from Where the path begins, `[dim]`; inside.
   * @param to Where it would end, `[dim]`.
   * @param out Where it ends, `[dim]`; by rounding, that can be outside.
   * @throws {RangeError} when a coordinate is not finite.
   */
  reflect(from: Float64Array, to: Float64Array, out: Float64Array): void {
    const { dim } = this.rim.geometry.topology;
    const p = this.#start, q = this.#end, d = this.#step;
    p[2] = q[2] = 0;
    for (let k = 0; k < dim; k++) {
      p[k] = from[k];
      q[k] = to[k];
      if (!Number.isFinite(p[k] + 0 * q[k])) {
        throw new RangeError(`reflect: from (${from}) to (${to}) is not finite`);
      }
    }
    const length = Math.hypot(q[0] - p[0], q[1] - p[1], q[2] - p[2]);
    const most = length <= farthest * this.#tree.size ? maxReflections : fewReflections;
    let end: Float64Array = p;
    for (let n = 0; n < most; n++) {
      for (let k = 0; k < 3; k++) d[k] = q[k] - p[k];
      const facet = this.#tree.firstExit(p, d, this.#hit);
      if (facet < 0) {
        end = q;
        break;
      }
      this.#mirror(facet, p, q, d);
    }
    if (!Number.isFinite(0 * end[0] + 0 * end[1] + 0 * end[2])) end = to;
    for (let k = 0; k < dim; k++) out[k] = end[k];
  }

  /** The path goes on from the crossing, and its end is mirrored at the facet's plane. */
  #mirror(facet: number, p: Float64Array, q: Float64Array, d: Float64Array): void {
    const { corners, normals, dim } = this.#tree;
    const o = 3 * dim * facet, n = 3 * facet, t = this.#hit[0];
    let depth = 0;
    for (let k = 0; k < 3; k++) depth += normals[n + k] * (q[k] - corners[o + k]);
    for (let k = 0; k < 3; k++) {
      p[k] += t * d[k];
      q[k] -= 2 * depth * normals[n + k];
    }
  }

  /**
   * Of points very far away floating-point numbers cannot tell which facet is nearer: all distances
   * round to the same. They are drawn towards the middle, to 2^20 sizes of the domain, which
   * moves the nearest point by about 2^-20 sizes at most, and keeps squares from overflowing.
   */
  #draw(p: Float64Array): void {
    const tree = this.#tree;
    const limit = farthest * tree.size;
    let distance = 0;
    for (let k = 0; k < 3; k++) distance = Math.max(distance, Math.abs(p[k] - tree.middle(k)));
    if (distance <= limit) return;
    for (let k = 0; k < 3; k++) {
      const middle = tree.middle(k);
      p[k] = middle + ((p[k] - middle) / distance) * limit;
    }
  }
}

/**
 * Brings points back into the closed domain of a mesh that is here as a whole. Deterministic: the result depends on the
 * geometry and the arguments only. Whatever comes out has a cell, as `Locator` finds it.
 */
export class BoundarySearch {
  readonly #geometry: Geometry;
  readonly #walls: Walls;
  readonly #point = new Float64Array(3);

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    this.#walls = new Walls(Rim.ofWhole(geometry));
  }

  /**
   * The nearest point of the closed domain, up to rounding; a point inside stays where it is.
   *
   * @param out The point, `[dim]`.
   * @returns its cell.
   * @throws {RangeError} when a coordinate is not finite.
   */
  nearest(x: number, y: number, z: number, out: Float64Array): number {
    const { topology: { dim }, locator } = this.#geometry;
    if (!Number.isFinite(x + 0 * y + (dim === 3 ? 0 * z : 0))) {
      throw new RangeError(`nearest: (${x}, ${y}, ${z}) is not finite`);
    }
    const cell = locator.cellOf(x, y, z);
    if (cell >= 0) {
      out[0] = x;
      out[1] = y;
      if (dim === 3) out[2] = z;
      return cell;
    }
    const p = this.#point;
    p[0] = x;
    p[1] = y;
    p[2] = dim === 3 ? z : 0;
    const facet = this.#walls.nearest(p);
    return settle(this.#geometry, this.#walls.rim.cellOf(facet), p, out);
  }

  /**
   * Reflects a path at the boundary, as {@link Walls.reflect} does; where rounding leaves the end outside, the nearest
   * point of the domain takes its place.
   *
   * @param from Where the path begins, `[dim]`; inside.
   * @param to Where it would end, `[dim]`.
   * @param out Where it ends, `[dim]`.
   * @returns the cell of the end.
   * @throws {RangeError} when a coordinate is not finite.
   */
  reflect(from: Float64Array, to: Float64Array, out: Float64Array): number {
    const end = this.#point, { dim } = this.#geometry.topology;
    end[2] = 0;
    this.#walls.reflect(from, to, end);
    return this.nearest(end[0], end[1], dim === 3 ? end[2] : 0, out);
  }
}

/**
 * Moves a point near the boundary towards the middle of a cell there until it is inside. Where there are several ranks,
 * the owner of the cell does that.
 *
 * @param p The point, `[3]`.
 * @param cell In the numbers of `geometry`.
 * @param out Where it is then, `[dim]`.
 * @returns the cell in which it is.
 */
export function settle(
  { topology: { dim, cells }, coordinates, locator }: Geometry,
  cell: number,
  p: Float64Array,
  out: Float64Array,
): number {
  const corners = dim + 1;
  const first = cell * corners;
  // A share of 0 comes first, and then 2^-52, 2^-51, .., 1.
  for (let share = 0; share <= 1; share = share === 0 ? 2 ** -52 : 2 * share) {
    for (let d = 0; d < dim; d++) {
      let middle = 0;
      for (let k = 0; k < corners; k++) {
        middle += coordinates[cells[first + k] * dim + d] / corners;
      }
      out[d] = p[d] + share * (middle - p[d]);
    }
    const found = locator.cellOf(out[0], out[1], dim === 3 ? out[2] : 0, cell);
    if (found >= 0) return found;
  }
  // A cell so thin that even its centroid rounds to outside; its corners are nodes, and inside.
  for (let d = 0; d < dim; d++) out[d] = coordinates[cells[first] * dim + d];
  return locator.cellOf(out[0], out[1], dim === 3 ? out[2] : 0);
}
