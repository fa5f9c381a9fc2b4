/** A piece of a spherical shell with curved tetrahedra. @module */
import { findEdges } from "../../src/mesh/edge_table.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import { boxData } from "../../src/mesh/shapes/box.ts";
import { Model } from "../../src/model/model.ts";

/** From the unit cube: radius 1 to 2 along x, and two angles of 0.8 in all. */
function bent(x: ArrayLike<number>, at: number): number[] {
  const way = [1, Math.tan(0.8 * (x[at + 1] - 0.5)), Math.tan(0.8 * (x[at + 2] - 0.5))];
  const scale = (1 + x[at]) / Math.hypot(...way);
  return way.map((value) => value * scale);
}

/** n cells along each edge; all mid-side nodes are where the map has the middles of edges of the cube. */
export function shellPiece(n: number): Mesh {
  const data = boxData({ min: [0, 0, 0], max: [1, 1, 1], cells: [n, n, n] });
  const { coordinates: x, cells } = data, nodeCount = x.length / 3;
  const { nodes: edges, count } = findEdges({
    dim: 3,
    cells,
    nodeCount,
    cellCount: cells.length / 4,
  });
  const points: number[] = [], places: number[] = [];
  for (let e = 0; e < count; e++) {
    const [a, b] = [3 * edges[2 * e], 3 * edges[2 * e + 1]];
    points.push(...bent([0, 1, 2].map((d) => (x[a + d] + x[b + d]) / 2), 0));
  }
  for (let i = 0; i < nodeCount; i++) places.push(...bent(x, 3 * i));
  const middles = { edges, points: Float64Array.from(points) };
  return new Mesh(new Model(), { ...data, coordinates: Float64Array.from(places), middles });
}
