/**
 * Exterior facets of curved cells: cut into flat pieces to find the nearest, and then the nearest point on the curve.
 *
 * @module
 */
import type { Geometry } from "./geometry.ts";
import { localFacets } from "./simplex.ts";
import type { FacetList } from "./topology.ts";

/** Into how many pieces an edge of a curved facet is cut. */
const cuts = 8;
/** Steps of Newton's method towards the nearest point. */
const maxSteps = 30;

/** Flat pieces of exterior facets; a flat facet is one piece. */
export interface FacetPieces {
  /** Corners in outward order, `[pieces x dim x 3]`. */
  readonly corners: Float64Array;
  /** The facet of each piece, `[pieces]`. */
  readonly facets: Int32Array;
}

/** Cuts the facets of curved cells; others are kept. Pieces come in the order of facets. */
export function piecesOf(geometry: Geometry, list: FacetList): FacetPieces {
  const { topology, coordinates, curved } = geometry;
  const { dim, cells } = topology, { count, cells: owners, locals } = list;
  const table = localFacets(dim), corners: number[] = [], facets: number[] = [];
  const l = new Float64Array(dim + 1), x = new Float64Array(3);
  for (let f = 0; f < count; f++) {
    const vertices = table.subarray(locals[f] * dim, (locals[f] + 1) * dim);
    const bent = curved!.numbers[owners[f]];
    if (bent < 0) {
      for (const vertex of vertices) {
        const node = cells[owners[f] * (dim + 1) + vertex];
        for (let d = 0; d < 3; d++) corners.push(d < dim ? coordinates[node * dim + d] : 0);
      }
      facets.push(f);
      continue;
    }
    for (const piece of dim === 2 ? segments : triangles) {
      for (const shares of piece) {
        l.fill(0);
        vertices.forEach((vertex, k) => l[vertex] = shares[k] / cuts);
        x[2] = 0;
        curved!.place(bent, l, 0, x, 0);
        corners.push(...x);
      }
      facets.push(f);
    }
  }
  return { corners: Float64Array.from(corners), facets: Int32Array.from(facets) };
}

/** Pieces of a segment, and of a triangle with the orientation of the whole, in parts of `cuts`. */
const segments = Array.from({ length: cuts }, (_, i) => [[cuts - i, i], [cuts - i - 1, i + 1]]);
const triangles = [...cutTriangle()];

function* cutTriangle(): Generator<number[][]> {
  const at = (i: number, j: number) => [cuts - i - j, i, j];
  for (let i = 0; i < cuts; i++) {
    for (let j = 0; i + j < cuts; j++) {
      yield [at(i, j), at(i + 1, j), at(i, j + 1)];
      if (i + j < cuts - 1) yield [at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
    }
  }
}

/** Finds the nearest points of curved facets. Scratch memory only. */
export class CurvedFacets {
  readonly #geometry: Geometry;
  readonly #facets: FacetList;
  readonly #l = new Float64Array(4);
  readonly #best = new Float64Array(4);
  readonly #place = new Float64Array(3);
  readonly #jacobian = new Float64Array(9);
  readonly #tangents = new Float64Array(6);

  constructor(geometry: Geometry, facets: FacetList) {
    this.#geometry = geometry;
    this.#facets = facets;
  }

  /**
   * Moves `near`, on a flat piece of an exterior facet, to the point of the facet that is nearest to (x, y, z).
   * Facets of straight cells are flat: it stays there.
   */
  polish(facet: number, x: number, y: number, z: number, near: Float64Array): void {
    const { curved, topology: { dim } } = this.#geometry, { cells, locals } = this.#facets;
    const bent = curved!.numbers[cells[facet]];
    if (bent < 0) return;
    const vertices = localFacets(dim).subarray(locals[facet] * dim, (locals[facet] + 1) * dim);
    const l = this.#l, best = this.#best, place = this.#place;
    this.#start(bent, vertices, near);
    best.set(l);
    let least = Infinity;
    for (let step = 0; step < maxSteps; step++) {
      place[2] = 0;
      curved!.place(bent, l, 0, place, 0);
      const dx = x - place[0], dy = y - place[1], dz = dim === 3 ? z - place[2] : 0;
      const distance = dx * dx + dy * dy + dz * dz;
      if (!(distance < least)) break;
      least = distance;
      best.set(l);
      this.#step(bent, vertices, dx, dy, dz);
    }
    near[2] = 0;
    curved!.place(bent, best, 0, near, 0);
  }

  /** The barycentric coordinates of a point near the facet, from those on the flat facet with its corners. */
  #start(bent: number, vertices: Uint8Array, near: Float64Array): void {
    const { curved } = this.#geometry, l = this.#l;
    l.fill(0);
    for (const vertex of vertices) l[vertex] = 1 / vertices.length;
    for (let step = 0; step < 4; step++) {
      const place = this.#place;
      place[2] = 0;
      curved!.place(bent, l, 0, place, 0);
      this.#step(bent, vertices, near[0] - place[0], near[1] - place[1], near[2] - place[2]);
    }
  }

  /** One step of Gauss and Newton along the facet; barycentric coordinates stay in the facet. */
  #step(bent: number, vertices: Uint8Array, dx: number, dy: number, dz: number): void {
    const { curved } = this.#geometry, { dim } = curved!, l = this.#l;
    const j = this.#jacobian, t = this.#tangents;
    curved!.jacobianAt(bent, l, 0, j);
    const first = vertices[0];
    for (let k = 1; k < dim; k++) {
      for (let d = 0; d < 3; d++) {
        const ahead = vertices[k] > 0 && d < dim ? j[(vertices[k] - 1) * dim + d] : 0;
        const behind = first > 0 && d < dim ? j[(first - 1) * dim + d] : 0;
        t[(k - 1) * 3 + d] = ahead - behind;
      }
    }
    const p = t[0] * dx + t[1] * dy + t[2] * dz, aa = t[0] ** 2 + t[1] ** 2 + t[2] ** 2;
    let s = p / aa, u = 0;
    if (dim === 3) {
      const q = t[3] * dx + t[4] * dy + t[5] * dz, bb = t[3] ** 2 + t[4] ** 2 + t[5] ** 2;
      const ab = t[0] * t[3] + t[1] * t[4] + t[2] * t[5], det = aa * bb - ab * ab;
      s = (p * bb - q * ab) / det;
      u = (q * aa - p * ab) / det;
    }
    l[vertices[1]] = Math.min(1, Math.max(0, l[vertices[1]] + s));
    if (dim === 3) l[vertices[2]] = Math.min(1, Math.max(0, l[vertices[2]] + u));
    let sum = l[vertices[1]] + (dim === 3 ? l[vertices[2]] : 0);
    if (sum > 1) {
      for (let k = 1; k < dim; k++) l[vertices[k]] /= sum;
      sum = 1;
    }
    l[first] = 1 - sum;
  }
}
