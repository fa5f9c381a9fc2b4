/**
 * The local numbering of triangles and tetrahedra, in one place.
 *
 * Vertices are 0..dim and positively oriented: det(x1 - x0, x2 - x0[, x3 - x0]) > 0. Facet k is the one
 * opposite to vertex k. Edges, and with them the edge nodes of P2, come in the order of VTK's quadratic
 * triangle and quadratic tetrahedron (The VTK User's Guide, 11th ed., figure 19-21).
 *
 * @module
 */

const triangleEdges = new Uint8Array([0, 1, 1, 2, 2, 0]);
const tetraEdges = new Uint8Array([0, 1, 1, 2, 2, 0, 0, 3, 1, 3, 2, 3]);

/** Pairs of local vertices, `[3 or 6 x 2]`: (0,1) (1,2) (2,0), and in 3-D also (0,3) (1,3) (2,3). */
export function localEdges(dim: 2 | 3): Uint8Array {
  return dim === 2 ? triangleEdges : tetraEdges;
}

const triangleFacets = new Uint8Array([1, 2, 2, 0, 0, 1]);
const tetraFacets = new Uint8Array([1, 2, 3, 0, 3, 2, 0, 1, 3, 0, 2, 1]);

/**
 * Local vertices of every facet, `[dim + 1 x dim]`, facet k opposite to vertex k. Seen from outside,
 * edges of a triangle run with the domain on their left and faces of a tetrahedron turn
 * counter-clockwise, so that normals point outwards.
 */
export function localFacets(dim: 2 | 3): Uint8Array {
  return dim === 2 ? triangleFacets : tetraFacets;
}
