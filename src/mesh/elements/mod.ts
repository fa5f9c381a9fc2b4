import type { FieldDegree } from "../dof_map.ts";
import type { Element } from "./element.ts";
import { localEdges } from "../simplex.ts";

export type { Element } from "./element.ts";

/** Constants, cell by cell: phi = 1, its node at the centroid. */
class P0 implements Element {
  readonly degree = 0;
  readonly dim: 2 | 3;
  readonly perCell = 1;
  readonly nodes: Float64Array;

  constructor(dim: 2 | 3) {
    this.dim = dim;
    this.nodes = new Float64Array(dim + 1).fill(1 / (dim + 1));
  }

  values(_barycentric: Float64Array, _offset: number, out: Float64Array): void {
    out[0] = 1;
  }

  gradients(_barycentric: Float64Array, _offset: number, out: Float64Array): void {
    out.fill(0, 0, this.dim);
  }
}

/** Linear functions: phi_k = l_k, nodes at the vertices. */
class P1 implements Element {
  readonly degree = 1;
  readonly dim: 2 | 3;
  readonly perCell: number;
  readonly nodes: Float64Array;

  constructor(dim: 2 | 3) {
    this.dim = dim;
    this.perCell = dim + 1;
    this.nodes = new Float64Array((dim + 1) * (dim + 1));
    for (let k = 0; k <= dim; k++) this.nodes[k * (dim + 2)] = 1;
  }

  values(barycentric: Float64Array, offset: number, out: Float64Array): void {
    for (let k = 0; k <= this.dim; k++) out[k] = barycentric[offset + k];
  }

  gradients(_barycentric: Float64Array, _offset: number, out: Float64Array): void {
    const { dim } = this;
    out.fill(-1, 0, dim);
    out.fill(0, dim, (dim + 1) * dim);
    for (let k = 1; k <= dim; k++) out[k * dim + k - 1] = 1;
  }
}

/**
 * Quadratic functions: l_k (2 l_k - 1) at the vertices, 4 l_a l_b at the middles of the edges (a, b).
 * P. G. Ciarlet, The finite element method for elliptic problems (2002), section 2.2, DOI
 * 10.1137/1.9780898719208.
 */
class P2 implements Element {
  readonly degree = 2;
  readonly dim: 2 | 3;
  readonly perCell: number;
  readonly nodes: Float64Array;
  readonly #edges: Uint8Array;

  constructor(dim: 2 | 3) {
    this.dim = dim;
    this.perCell = dim === 2 ? 6 : 10;
    this.#edges = localEdges(dim);
    const width = dim + 1;
    this.nodes = new Float64Array(this.perCell * width);
    for (let k = 0; k <= dim; k++) this.nodes[k * width + k] = 1;
    for (let e = 0; e < this.#edges.length; e++) {
      this.nodes[(width + (e >> 1)) * width + this.#edges[e]] = 0.5;
    }
  }

  values(barycentric: Float64Array, offset: number, out: Float64Array): void {
    const corners = this.dim + 1, edges = this.#edges;
    for (let k = 0; k < corners; k++) {
      const l = barycentric[offset + k];
      out[k] = l * (2 * l - 1);
    }
    for (let e = 0; e < edges.length; e += 2) {
      out[corners + (e >> 1)] = 4 * barycentric[offset + edges[e]] *
        barycentric[offset + edges[e + 1]];
    }
  }

  gradients(barycentric: Float64Array, offset: number, out: Float64Array): void {
    const { dim } = this;
    const edges = this.#edges;
    for (let k = 0; k <= dim; k++) {
      const slope = 4 * barycentric[offset + k] - 1;
      for (let d = 0; d < dim; d++) out[k * dim + d] = slope * slopeOf(k, d);
    }
    for (let e = 0; e < edges.length; e += 2) {
      const a = edges[e], b = edges[e + 1];
      const la = barycentric[offset + a], lb = barycentric[offset + b];
      const row = (dim + 1 + (e >> 1)) * dim;
      for (let d = 0; d < dim; d++) out[row + d] = 4 * (la * slopeOf(b, d) + lb * slopeOf(a, d));
    }
  }
}

/** The derivative of l_k by reference coordinate d. */
function slopeOf(k: number, d: number): number {
  return k === 0 ? -1 : k === d + 1 ? 1 : 0;
}

const elements: Readonly<Record<2 | 3, readonly [Element, Element, Element]>> = {
  2: [new P0(2), new P1(2), new P2(2)],
  3: [new P0(3), new P1(3), new P2(3)],
};

/** The Lagrange element of a degree on triangles (dim 2) or tetrahedra (dim 3). */
export function elementOf(dim: 2 | 3, degree: FieldDegree): Element {
  return elements[dim][degree];
}
