/**
 * From values and slopes at nodes to the degrees of freedom of continuous P1 and P2 variables.
 *
 * @module
 */
import type { Geometry } from "../mesh/geometry.ts";
import type { NodalFit } from "./particle_fit.ts";

/**
 * Values at the degrees of freedom: those of the nodes, and in the middle of edges (P2) those of the
 * cubic through the values and slopes at both ends.
 *
 * @param fit Its columns are levels, and within them components.
 * @param out One array per level, `[dofCount x components]`.
 * @returns the degrees of freedom, ascending, that the fit says nothing about.
 */
export function nodesToDofs(
  geometry: Geometry,
  degree: 1 | 2,
  components: number,
  fit: NodalFit,
  out: readonly Float64Array[],
): number[] {
  const { nodeCount, edges } = geometry.topology;
  const missing: number[] = [];
  const width = out.length * components;
  for (let node = 0; node < nodeCount; node++) {
    if (fit.found[node] === 0) missing.push(node);
    else {
      for (let c = 0; c < width; c++) {
        const level = out[Math.floor(c / components)];
        level[node * components + c % components] = fit.values[node * width + c];
      }
    }
  }
  if (degree === 1) return missing;
  for (let e = 0; e < edges.count; e++) {
    const a = edges.nodes[2 * e], b = edges.nodes[2 * e + 1], dof = nodeCount + e;
    if (fit.found[a] === 0 || fit.found[b] === 0) {
      missing.push(dof);
      continue;
    }
    for (let c = 0; c < width; c++) {
      const level = out[Math.floor(c / components)];
      level[dof * components + c % components] = middle(geometry, fit, a, b, c, width);
    }
  }
  return missing;
}

/** The cubic on the edge from a to b, half way. */
function middle(
  { topology: { dim }, coordinates: x }: Geometry,
  { values, slopes }: NodalFit,
  a: number,
  b: number,
  c: number,
  width: number,
): number {
  let bend = 0;
  for (let d = 0; d < dim; d++) {
    const difference = slopes[(a * width + c) * dim + d] - slopes[(b * width + c) * dim + d];
    bend += difference * (x[b * dim + d] - x[a * dim + d]);
  }
  return (values[a * width + c] + values[b * width + c]) / 2 + bend / 8;
}
