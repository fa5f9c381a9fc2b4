/**
 * Mid-side nodes by the number of their edge.
 *
 * @module
 */
import type { EdgeMiddles } from "./mesh_data.ts";
import type { Topology } from "./topology.ts";

/** Half-way points of all edges, `[edges x dim]`. */
export function straightMiddles(topology: Topology, x: Float64Array): Float64Array {
  const { dim, edges: { count, nodes } } = topology, out = new Float64Array(count * dim);
  for (let e = 0; e < count; e++) {
    for (let d = 0; d < dim; d++) {
      out[e * dim + d] = (x[nodes[2 * e] * dim + d] + x[nodes[2 * e + 1] * dim + d]) / 2;
    }
  }
  return out;
}

/**
 * The middles of all edges, `[edges x dim]`, from those of some.
 *
 * @throws {RangeError} when lengths do not fit, or two nodes have no edge in common.
 */
export function givenMiddles(
  topology: Topology,
  x: Float64Array,
  { edges, points }: EdgeMiddles,
): Float64Array {
  const { dim, nodeCount } = topology, { count, nodes } = topology.edges;
  if (edges.length * dim !== points.length * 2) {
    throw new RangeError(
      `middles: ${edges.length / 2} edges need ${
        edges.length / 2 * dim
      } coordinates, got ${points.length}`,
    );
  }
  const numbers = new Map<number, number>();
  for (let e = 0; e < count; e++) numbers.set(nodes[2 * e] * nodeCount + nodes[2 * e + 1], e);
  const out = straightMiddles(topology, x);
  for (let i = 0; i < edges.length / 2; i++) {
    const a = Math.min(edges[2 * i], edges[2 * i + 1]);
    const b = Math.max(edges[2 * i], edges[2 * i + 1]);
    const edge = numbers.get(a * nodeCount + b);
    if (edge === undefined) {
      throw new RangeError(`middles: no cell has an edge between the nodes ${a} and ${b}`);
    }
    for (let d = 0; d < dim; d++) out[edge * dim + d] = points[i * dim + d];
  }
  return out;
}

/**
 * Where mid-side nodes go when nodes move: by the mean of what their two nodes move by, so that an edge keeps its
 * bulge.
 */
export function followedMiddles(
  topology: Topology,
  before: Float64Array,
  after: Float64Array,
  middles: Float64Array,
): Float64Array {
  const { dim, edges: { count, nodes } } = topology, out = new Float64Array(count * dim);
  for (let e = 0; e < count; e++) {
    for (let d = 0; d < dim; d++) {
      const a = nodes[2 * e] * dim + d, b = nodes[2 * e + 1] * dim + d, i = e * dim + d;
      const half = (before[a] + before[b]) / 2, moved = (after[a] + after[b]) / 2;
      // What is straight stays so to the bit.
      out[i] = middles[i] === half ? moved : moved + (middles[i] - half);
    }
  }
  return out;
}
