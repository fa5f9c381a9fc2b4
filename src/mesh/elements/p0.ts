import type { Element } from "./element.ts";

/** Constants, cell by cell: phi = 1, its node at the centroid. */
export class P0 implements Element {
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
