import type { Element } from "./element.ts";

/** Linear functions: phi_k = l_k, nodes at the vertices. */
export class P1 implements Element {
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
