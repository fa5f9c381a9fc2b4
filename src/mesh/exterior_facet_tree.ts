/**
 * The exterior facets of a mesh in a tree of boxes: the facet nearest to a point, and the facet through
 * which a path leaves the domain. In 2-D everything has z = 0.
 *
 * @module
 */
import { closestOnSegment, closestOnTriangle } from "./closest_point.ts";
import { CurvedFacets, piecesOf } from "./curved_facets.ts";
import type { Geometry } from "./geometry.ts";
import { localFacets } from "./simplex.ts";
import type { FacetList } from "./topology.ts";

/** Facets in one leaf. */
const leafSize = 4;

/** A tree of bounding boxes with some facets in each leaf. Immutable, apart from scratch memory. */
export class ExteriorFacetTree {
  readonly dim: 2 | 3;
  readonly count: number;
  /** Corners in outward order, `[count x dim x 3]`; those of flat pieces where facets are curved. */
  readonly corners: Float64Array;
  /** The facet of each piece; null where facets are flat, and pieces themselves. */
  readonly #facets: Int32Array | null;
  readonly #curved: CurvedFacets | null;
  /** Unit normals pointing out of the domain, `[count x 3]`. */
  readonly normals: Float64Array;
  /** The largest extent of the boundary. */
  readonly size: number;
  /** Facets in the order of leaves. */
  readonly #order: Int32Array;
  /** Boxes in pre-order, `[nodes x 6]`: low x, y, z, high x, y, z. */
  readonly #boxes: Float64Array;
  /** The right child of a node (the left one follows the node), or 0 for a leaf. */
  readonly #right: Int32Array;
  /** Facets of a leaf: `order[first[n]..last[n])`. */
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #stack = new Int32Array(128);
  readonly #near = new Float64Array(3);

  /** @param facets which ones; defaults to all exterior ones. */
  constructor(geometry: Geometry, facets: FacetList = geometry.topology.exteriorFacets) {
    const { dim } = geometry.topology;
    this.dim = dim;
    const pieces = geometry.curved === null ? null : piecesOf(geometry, facets);
    this.#facets = pieces?.facets ?? null;
    this.#curved = pieces === null ? null : new CurvedFacets(geometry, facets);
    this.corners = pieces?.corners ?? cornersOf(geometry, facets);
    this.count = this.corners.length / (3 * dim);
    this.normals = normalsOf(this.corners, dim);
    this.#order = Int32Array.from({ length: this.count }, (_, f) => f);
    const nodes = Math.max(1, 2 * this.count);
    this.#boxes = new Float64Array(6 * nodes);
    this.#right = new Int32Array(nodes);
    this.#first = new Int32Array(nodes);
    this.#last = new Int32Array(nodes);
    this.#build(0, 0, this.count);
    const b = this.#boxes;
    this.size = Math.max(b[3] - b[0], b[4] - b[1], b[5] - b[2]);
  }

  /** The middle of the boundary's bounding box in direction d. */
  middle(d: number): number {
    return this.#boxes[d] / 2 + this.#boxes[3 + d] / 2;
  }

  /**
   * The facet nearest to a point (of several, the lowest) and the nearest point on it.
   *
   * @param out the point, `[3]`.
   */
  nearest(x: number, y: number, z: number, out: Float64Array): number {
    const piece = this.#nearest(x, y, z, null, Infinity, out);
    if (this.#facets === null || piece < 0) return piece;
    const facet = this.#facets[piece];
    this.#curved!.polish(facet, x, y, z, out);
    return facet;
  }

  /**
   * The same among facets that are no farther away than their limit; -1 where there is none.
   *
   * @param limits By facet, `[count]`; a negative one leaves the facet out.
   * @param largest The largest limit.
   * @param out The nearest point, `[3]`.
   */
  nearestWithin(
    x: number,
    y: number,
    z: number,
    limits: Float64Array,
    largest: number,
    out: Float64Array,
  ): number {
    const piece = this.#nearest(x, y, z, limits, largest * largest, out);
    return this.#facets === null || piece < 0 ? piece : this.#facets[piece];
  }

  #nearest(
    x: number,
    y: number,
    z: number,
    limits: Float64Array | null,
    most: number,
    out: Float64Array,
  ): number {
    const stack = this.#stack, near = this.#near, order = this.#order;
    let top = 0, best = most, found = -1;
    stack[top++] = 0;
    while (top > 0) {
      const node = stack[--top];
      if (this.#boxDistance(node, x, y, z) > best) continue;
      const right = this.#right[node];
      if (right !== 0) {
        const leftFirst = this.#boxDistance(node + 1, x, y, z) <= this.#boxDistance(right, x, y, z);
        stack[top++] = leftFirst ? right : node + 1;
        stack[top++] = leftFirst ? node + 1 : right;
        continue;
      }
      for (let i = this.#first[node]; i < this.#last[node]; i++) {
        const f = order[i];
        if (this.dim === 2) closestOnSegment(this.corners, 6 * f, x, y, near);
        else closestOnTriangle(this.corners, 9 * f, x, y, z, near);
        const dx = near[0] - x, dy = near[1] - y, dz = near[2] - z;
        const distance = dx * dx + dy * dy + dz * dz;
        const limit = limits === null ? 0 : limits[this.#facets === null ? f : this.#facets[f]];
        if (limits !== null && !(limit >= 0 && distance <= limit * limit)) continue;
        if (distance < best || (distance === best && (f < found || found < 0))) {
          best = distance;
          found = f;
          out.set(near);
        }
      }
    }
    return found;
  }

  /**
   * The first facet, or flat piece of a curved one, that the path p + t d, 0 <= t <= 1, crosses from inside to outside, or -1.
   *
   * Tolerances close the cracks that rounding leaves between facets; the caller makes sure of what
   * they get.
   *
   * @param hit t of the crossing, `[1]`.
   */
  firstExit(p: Float64Array, d: Float64Array, hit: Float64Array): number {
    const stack = this.#stack, order = this.#order;
    const length = Math.hypot(d[0], d[1], d[2]);
    const slack = 1e-12 * (this.size + length);
    let top = 0, best = Infinity, found = -1;
    stack[top++] = 0;
    while (top > 0) {
      const node = stack[--top];
      if (!this.#boxIsOnPath(node, p, d, slack, Math.min(best, 1))) continue;
      const right = this.#right[node];
      if (right !== 0) {
        stack[top++] = right;
        stack[top++] = node + 1;
        continue;
      }
      for (let i = this.#first[node]; i < this.#last[node]; i++) {
        const f = order[i];
        const t = this.#exitThrough(f, p, d, slack, length);
        if (t < best || (t === best && f < found)) {
          best = t;
          found = f;
        }
      }
    }
    hit[0] = best;
    return found;
  }

  /** Where the path leaves through facet f, in [0, 1]; Infinity when it does not. */
  #exitThrough(
    f: number,
    p: Float64Array,
    d: Float64Array,
    slack: number,
    length: number,
  ): number {
    const n = this.normals, x = this.corners, o = 3 * this.dim * f;
    const nx = n[3 * f], ny = n[3 * f + 1], nz = n[3 * f + 2];
    const speed = nx * d[0] + ny * d[1] + nz * d[2];
    if (!(speed > 0)) return Infinity;
    const gap = nx * (x[o] - p[0]) + ny * (x[o + 1] - p[1]) + nz * (x[o + 2] - p[2]);
    const t = Math.max(gap, 0) / speed;
    if (!(t <= 1) || gap * length < -slack * speed) return Infinity;
    const near = this.#near;
    const hx = p[0] + t * d[0], hy = p[1] + t * d[1], hz = p[2] + t * d[2];
    if (this.dim === 2) closestOnSegment(x, o, hx, hy, near);
    else closestOnTriangle(x, o, hx, hy, hz, near);
    const miss = Math.hypot(near[0] - hx, near[1] - hy, near[2] - hz);
    return miss <= slack ? t : Infinity;
  }

  #boxDistance(node: number, x: number, y: number, z: number): number {
    const b = this.#boxes, o = 6 * node;
    const dx = Math.max(b[o] - x, 0, x - b[o + 3]);
    const dy = Math.max(b[o + 1] - y, 0, y - b[o + 4]);
    const dz = Math.max(b[o + 2] - z, 0, z - b[o + 5]);
    return dx * dx + dy * dy + dz * dz;
  }

  #boxIsOnPath(
    node: number,
    p: Float64Array,
    d: Float64Array,
    slack: number,
    limit: number,
  ): boolean {
    const b = this.#boxes, o = 6 * node;
    let enter = 0, leave = limit;
    for (let k = 0; k < 3; k++) {
      const low = b[o + k] - slack - p[k], high = b[o + 3 + k] + slack - p[k];
      if (d[k] === 0) {
        if (low > 0 || high < 0) return false;
      } else {
        const s = low / d[k], t = high / d[k];
        enter = Math.max(enter, Math.min(s, t));
        leave = Math.min(leave, Math.max(s, t));
      }
    }
    // Division rounds; the slack of the box is far more than that, except where enter is near limit.
    return enter <= leave * (1 + 1e-12);
  }

  /** Puts facets first..last under a new node; returns the number of nodes so far. */
  #build(node: number, first: number, last: number): number {
    const order = this.#order, x = this.corners, b = this.#boxes, o = 6 * node;
    const width = 3 * this.dim;
    b.fill(Infinity, o, o + 3);
    b.fill(-Infinity, o + 3, o + 6);
    for (let i = first; i < last; i++) {
      for (let k = 0; k < width; k++) {
        const value = x[order[i] * width + k];
        b[o + (k % 3)] = Math.min(b[o + (k % 3)], value);
        b[o + 3 + (k % 3)] = Math.max(b[o + 3 + (k % 3)], value);
      }
    }
    if (last - first <= leafSize) {
      this.#first[node] = first;
      this.#last[node] = last;
      return node + 1;
    }
    let axis = 0;
    for (let k = 1; k < 3; k++) {
      if (b[o + 3 + k] - b[o + k] > b[o + 3 + axis] - b[o + axis]) axis = k;
    }
    const place = (f: number) => {
      let sum = 0;
      for (let k = axis; k < width; k += 3) sum += x[f * width + k] / this.dim;
      return sum;
    };
    order.subarray(first, last).sort((f, g) => place(f) - place(g) || f - g);
    const middle = (first + last) >> 1;
    const right = this.#build(node + 1, first, middle);
    this.#right[node] = right;
    return this.#build(right, middle, last);
  }
}

function cornersOf(geometry: Geometry, facets: FacetList): Float64Array {
  const { topology, coordinates } = geometry;
  const { dim, cells } = topology;
  const local = localFacets(dim);
  const out = new Float64Array(facets.count * dim * 3);
  for (let f = 0; f < facets.count; f++) {
    for (let k = 0; k < dim; k++) {
      const vertex = local[facets.locals[f] * dim + k];
      const node = cells[facets.cells[f] * (dim + 1) + vertex];
      for (let d = 0; d < dim; d++) out[(f * dim + k) * 3 + d] = coordinates[node * dim + d];
    }
  }
  return out;
}

function normalsOf(x: Float64Array, dim: 2 | 3): Float64Array {
  const out = new Float64Array(x.length / dim);
  for (let f = 0; f < out.length / 3; f++) {
    const o = 3 * dim * f;
    const ex = x[o + 3] - x[o], ey = x[o + 4] - x[o + 1], ez = x[o + 5] - x[o + 2];
    let nx = ey, ny = -ex, nz = 0;
    if (dim === 3) {
      const gx = x[o + 6] - x[o], gy = x[o + 7] - x[o + 1], gz = x[o + 8] - x[o + 2];
      nx = ey * gz - ez * gy;
      ny = ez * gx - ex * gz;
      nz = ex * gy - ey * gx;
    }
    const length = Math.hypot(nx, ny, nz);
    out[3 * f] = nx / length;
    out[3 * f + 1] = ny / length;
    out[3 * f + 2] = nz / length;
  }
  return out;
}
