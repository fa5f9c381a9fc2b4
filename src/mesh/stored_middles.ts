/**
 * Mid-side nodes as they stand in a snapshot: on one rank in the order of edges, on one of several those that it owns,
 * then ghosts, each by ascending number in the whole mesh.
 *
 * @module
 */
import { allocate } from "../arrays.ts";
import type { Geometry } from "./geometry.ts";
import type { Topology } from "./topology.ts";

/** Topologies and geometries are immutable: what was found is kept as long as they live. */
const orders = new WeakMap<Topology, Int32Array>();
const stored = new WeakMap<Geometry, Float64Array>();

/** Where the middle of each edge stands in a snapshot, `[edges]`; null where that is the number of the edge. */
function orderOf(topology: Topology): Int32Array | null {
  const { rankMesh, edges: { count, cellEdges } } = topology;
  if (rankMesh === null) return null;
  let order = orders.get(topology);
  if (order !== undefined) return order;
  const shared = rankMesh.sharedEdges.cellEdges;
  orders.set(topology, order = new Int32Array(count));
  for (let i = 0; i < cellEdges.length; i++) order[cellEdges[i]] = shared[i];
  return order;
}

/** The middles of a geometry as they are stored, `[edges x dim]`: always the same array, not to be written. */
export function storedMiddles(geometry: Geometry): Float64Array {
  const middles = geometry.middles!, order = orderOf(geometry.topology);
  if (order === null) return middles;
  let rows = stored.get(geometry);
  if (rows === undefined) {
    stored.set(geometry, rows = reordered(middles, order, geometry.topology.dim, false));
  }
  return rows;
}

/** Middles by edge, from those that are stored. */
export function middlesFromStored(topology: Topology, rows: Float64Array): Float64Array {
  const order = orderOf(topology);
  return order === null ? rows : reordered(rows, order, topology.dim, true);
}

function reordered(
  rows: Float64Array,
  order: Int32Array,
  dim: number,
  isBack: boolean,
): Float64Array {
  const out = allocate("float64", rows.length) as Float64Array;
  for (let e = 0; e < order.length; e++) {
    const from = isBack ? order[e] : e, to = isBack ? e : order[e];
    for (let d = 0; d < dim; d++) out[to * dim + d] = rows[from * dim + d];
  }
  return out;
}
