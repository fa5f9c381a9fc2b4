/**
 * Curved sides of cells as curves of SVG: the parabola through the ends and the middle of an edge is a quadratic
 * Bezier curve, whose control point is twice the middle less the mean of the ends.
 *
 * @module
 */
import { geometryOf, type Mesh } from "../../mesh/mesh.ts";
import { type PlotView, toPixels } from "./view.ts";

/** The control point of the edge between two nodes, in pixels; null where it is straight. */
export type Bends = (a: number, b: number) => readonly [x: number, y: number] | null;

/** The bends of the edges of a plane mesh; null where all cells are straight. */
export function bendsOf(mesh: Mesh, view: PlotView): Bends | null {
  const { curved, middles, coordinates: x, topology } = geometryOf(mesh);
  if (curved === null) return null;
  const { nodeCount, edges: { count, nodes } } = topology;
  const controls = new Float64Array(2 * count), numbers = new Map<number, number>();
  for (let e = 0; e < count; e++) {
    const [a, b] = [nodes[2 * e], nodes[2 * e + 1]];
    let isBent = false;
    for (let d = 0; d < 2; d++) {
      const mean = (x[2 * a + d] + x[2 * b + d]) / 2, middle = middles![2 * e + d];
      controls[2 * e + d] = 2 * middle - mean;
      isBent ||= middle !== mean;
    }
    if (isBent) numbers.set(a * nodeCount + b, e);
  }
  const pixels = toPixels(view, controls);
  return (a, b) => {
    const edge = numbers.get(Math.min(a, b) * nodeCount + Math.max(a, b));
    return edge === undefined ? null : [pixels[2 * edge], pixels[2 * edge + 1]];
  };
}
