import type { FieldDegree } from "../dof_map.ts";

/**
 * Shape functions on the reference simplex with vertices 0, e_1, .., e_dim. A point is given by its
 * barycentric coordinates l_0..l_dim; reference coordinate i is l_(i+1). Local degrees of freedom are the
 * vertices, then the edges in the order of `localEdges`.
 */
export interface Element {
  readonly degree: FieldDegree;
  readonly dim: 2 | 3;
  /** Shape functions, and degrees of freedom, of one cell. */
  readonly perCell: number;
  /** Barycentric coordinates of the local degrees of freedom, `[perCell x (dim + 1)]`. */
  readonly nodes: Float64Array;
  /** The shape functions at the point `barycentric[offset..offset + dim]` -> `out[0..perCell)`. */
  values(barycentric: Float64Array, offset: number, out: Float64Array): void;
  /** Their gradients in reference coordinates -> `out`, `[perCell x dim]`. */
  gradients(barycentric: Float64Array, offset: number, out: Float64Array): void;
}
