/**
 * Places new nodes.
 *
 * @module
 */
import { localFacets } from "../simplex.ts";
import type { Topology } from "../topology.ts";
import type { Refinement } from "./refine.ts";

/** Boundaries that are circles around the origin, by mesh type. */
const circles: Readonly<Record<string, readonly string[]>> = { annulus: ["inner", "outer"] };

/**
 * Returns the coordinates of all nodes after a refinement, `[nodeCount x dim]`. New nodes are at
 * the midpoints of their edges. On a circular boundary they are halfway between the angles of both
 * ends, at the mean radius of the ends, so that a circle remains a circle, even if it was widened.
 *
 * @param coordinates the coordinates of the previous nodes.
 */
export function placeNodes(
  before: Topology,
  meshType: string,
  coordinates: Float64Array,
  { births, nodeCount, middles }: Refinement,
): Float64Array {
  const { dim } = before;
  const out = new Float64Array(nodeCount * dim);
  out.set(coordinates);
  const known = coordinates.length / dim;
  const onCircle = new Uint8Array(nodeCount - known);
  for (const name of circles[meshType] ?? []) {
    if (before.boundaries.has(name)) markMiddles(before, name, middles, onCircle);
  }
  for (let i = 0; i < onCircle.length; i++) {
    const a = births[2 * i] * dim, b = births[2 * i + 1] * dim, at = (known + i) * dim;
    for (let d = 0; d < dim; d++) out[at + d] = (out[a + d] + out[b + d]) / 2;
    if (onCircle[i] === 0) continue;
    const ra = Math.hypot(out[a], out[a + 1]), rb = Math.hypot(out[b], out[b + 1]);
    const x = out[a] / ra + out[b] / rb, y = out[a + 1] / ra + out[b + 1] / rb;
    const scale = (ra + rb) / 2 / Math.hypot(x, y);
    out[at] = x * scale;
    out[at + 1] = y * scale;
  }
  return out;
}

/** Marks the new nodes on the facets of a boundary in 2-D. */
function markMiddles(
  before: Topology,
  boundary: string,
  middles: Refinement["middles"],
  marks: Uint8Array,
): void {
  const { cells, nodeCount } = before, local = localFacets(2);
  const facets = before.facetsOf(boundary);
  const mark = (a: number, b: number): void => {
    const middle = middles.find(a, b);
    if (middle < 0) return;
    marks[middle - nodeCount] = 1;
    mark(a, middle);
    mark(middle, b);
  };
  for (let f = 0; f < facets.count; f++) {
    const at = 3 * facets.cells[f], k = 2 * facets.locals[f];
    mark(cells[at + local[k]], cells[at + local[k + 1]]);
  }
}
