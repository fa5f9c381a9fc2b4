/**
 * Where degrees of freedom are.
 *
 * @module
 */
import type { FieldDegree } from "./dof_map.ts";
import type { Geometry } from "./geometry.ts";

/** Where the degrees of freedom are, `[count x dim]`: centroids, nodes, or nodes and mid-edges. New memory. */
export function dofCoordinates(
  geometry: Geometry,
  degree: FieldDegree,
  continuous: boolean,
): Float64Array {
  const { topology, coordinates } = geometry;
  const { dim, cells, cellCount, nodeCount } = topology;
  const map = topology.dofMap(degree, continuous);
  const out = new Float64Array(map.count * dim);
  const corners = dim + 1;
  if (degree === 0) {
    for (let i = 0; i < cells.length; i++) {
      const o = Math.floor(i / corners) * dim;
      for (let d = 0; d < dim; d++) out[o + d] += coordinates[cells[i] * dim + d] / corners;
    }
    const { curved } = geometry, center = new Float64Array(corners).fill(1 / corners);
    curved?.cells.forEach((c, k) => curved.place(k, center, 0, out, c * dim));
    return out;
  }
  // On one rank of several the middles of owned edges come before ghost nodes: the general way, below.
  const direct = topology.twins === null && (degree === 1 || topology.rankMesh === null);
  if (map.continuous && direct) {
    out.set(coordinates);
    if (degree === 2 && geometry.middles !== null) out.set(geometry.middles, nodeCount * dim);
    else if (degree === 2) middles(topology.edges.nodes, coordinates, dim, out, nodeCount * dim);
    return out;
  }
  const sides = map.perCell - corners;
  const { nodes, cellEdges } = sides > 0 ? topology.edges : noEdges;
  const mid = sides > 0 && geometry.middles !== null
    ? geometry.middles
    : middles(nodes, coordinates, dim, new Float64Array((nodes.length / 2) * dim), 0);
  // Where cells of a periodic mesh are at several places of one, the lowest cell has the last word.
  for (let c = cellCount - 1; c >= 0; c--) {
    for (let k = 0; k < map.perCell; k++) {
      const source = k < corners ? coordinates : mid;
      const from = k < corners ? cells[c * corners + k] : cellEdges[c * sides + k - corners];
      const to = map.cellDofs[c * map.perCell + k];
      for (let d = 0; d < dim; d++) out[to * dim + d] = source[from * dim + d];
    }
  }
  return out;
}

const noEdges = { nodes: new Int32Array(0), cellEdges: new Int32Array(0) };

function middles(
  edges: Int32Array,
  x: Float64Array,
  dim: number,
  out: Float64Array,
  offset: number,
): Float64Array {
  for (let e = 0; e < edges.length / 2; e++) {
    for (let d = 0; d < dim; d++) {
      out[offset + e * dim + d] = (x[edges[2 * e] * dim + d] + x[edges[2 * e + 1] * dim + d]) / 2;
    }
  }
  return out;
}
