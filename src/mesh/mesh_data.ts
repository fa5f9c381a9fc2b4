/**
 * What generators and readers return, and what a mesh is made of: plain arrays, no model.
 *
 * @module
 */

/** Where the middles of edges are. */
export interface EdgeMiddles {
  /** The two nodes of every edge, `[n x 2]`, in any order. */
  readonly edges: Int32Array;
  /** Where its mid-side node is, `[n x dim]`. */
  readonly points: Float64Array;
}

/** A mesh of triangles or tetrahedra as plain arrays. */
export interface MeshData {
  /** 2 for triangles, 3 for tetrahedra. */
  readonly dim: 2 | 3;
  /** Node positions, `[nodeCount x dim]`, row-major. */
  readonly coordinates: Float64Array;
  /** Node ids of the cells, `[cellCount x (dim + 1)]`, row-major, positively oriented. */
  readonly cells: Int32Array;
  /**
   * Mid-side nodes of cells of degree 2, for curved geometry; left out for straight cells. Edges that are not in the
   * list have their middle half-way.
   */
  readonly middles?: EdgeMiddles | null;
  /** Facets by boundary name: node ids, `[facetCount x dim]`, row-major. */
  readonly boundaries: ReadonlyMap<string, Int32Array>;
  /** Cell ids by region name, `[n]`, ascending. */
  readonly regions: ReadonlyMap<string, Int32Array>;
  /**
   * Pairs of nodes that are one place of a periodic mesh, by the name of the direction, `[pairs x 2]`: a node of the
   * one side, and the one where it comes out at the other side. All pairs of a direction are one translation apart.
   */
  readonly periodic?: ReadonlyMap<string, Int32Array>;
  /** Where the mesh is from: `"box"`, `"annulus"`, `"gmsh"`. */
  readonly meshType: string;
  /** The file that they were read from, which is to blame for cells that make no mesh; left out for others. */
  readonly file?: string | undefined;
  /** What a reader wants to tell the user, one sentence each. */
  readonly notes: readonly string[];
}
