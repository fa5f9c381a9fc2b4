/**
 * Delaunay triangles of points in the plane. Of all triangulations of a set of points it is the one
 * whose smallest angle is largest (R. Sibson, Locally equiangular triangulations, Comput. J. 21
 * (1978), DOI 10.1093/comjnl/21.3.243), so a point set that has one good triangulation gets one.
 *
 * @module
 */
import { Delaunator } from "../../deps/delaunator.ts";

/**
 * The triangles, positively oriented, each with its lowest node first, sorted by that node: cells
 * that are near in space are near in memory when the nodes are.
 *
 * @param points `[n x 2]`, row-major, of a size near 1 (points closer than 2e-16 count as one).
 * @param keep Whether a triangle of these nodes belongs to the mesh.
 * @returns Node ids, `[cellCount x 3]`.
 */
export function delaunayTriangles(
  points: Float64Array,
  keep: (a: number, b: number, c: number) => boolean = () => true,
): Int32Array {
  const found = new Delaunator(points).triangles;
  const nodeCount = points.length / 2;
  const starts = new Int32Array(nodeCount + 1);
  for (let i = 0; i < found.length; i += 3) {
    const a = found[i], b = found[i + 1], c = found[i + 2];
    if (keep(a, b, c)) starts[Math.min(a, b, c) + 1]++;
  }
  for (let n = 0; n < nodeCount; n++) starts[n + 1] += starts[n];
  const cells = new Int32Array(3 * starts[nodeCount]);
  for (let i = 0; i < found.length; i += 3) {
    // The package turns with the y axis pointing down.
    const a = found[i], b = found[i + 2], c = found[i + 1];
    if (!keep(a, b, c)) continue;
    const first = Math.min(a, b, c);
    const at = 3 * starts[first]++;
    cells[at] = first;
    cells[at + 1] = first === a ? b : first === b ? c : a;
    cells[at + 2] = first === a ? c : first === b ? a : b;
  }
  return cells;
}
