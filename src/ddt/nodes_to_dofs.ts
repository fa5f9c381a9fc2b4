/**
 * From values and slopes at nodes to the degrees of freedom of continuous P1 and P2 variables.
 *
 * @module
 */
import type { Geometry } from "../mesh/geometry.ts";
import { localEdges } from "../mesh/simplex.ts";
import type { NodalFit } from "./particle_fit.ts";

/**
 * Values at the degrees of freedom: those of the nodes, and in the middle of edges (P2) those of the
 * cubic through the values and slopes at both ends.
 *
 * @param fit Its columns are levels, and within them components.
 * @param out One array per level, `[dofCount x components]`.
 * @returns the degrees of freedom, ascending, that the fit does not determine.
 */
export function nodesToDofs(
  geometry: Geometry,
  degree: 1 | 2,
  components: number,
  fit: NodalFit,
  out: readonly Float64Array[],
): number[] {
  const { ends, ways } = endsOf(geometry, degree);
  const missing: number[] = [], { dim } = geometry.topology;
  const width = out.length * components;
  for (let dof = 0; dof < ends.length / 2; dof++) {
    const a = ends[2 * dof], b = ends[2 * dof + 1];
    if (fit.found[a] === 0 || fit.found[b] === 0) {
      missing.push(dof);
      continue;
    }
    for (let c = 0; c < width; c++) {
      const level = out[Math.floor(c / components)];
      level[dof * components + c % components] = a === b
        ? fit.values[a * width + c]
        : middle(fit, a, b, c, width, ways.subarray(dof * dim, (dof + 1) * dim));
    }
  }
  return missing;
}

/**
 * The vertices at both ends of the edge on which a degree of freedom is, `[dofCount x 2]`; at a vertex, that one twice.
 * And the ways from the one to the other, `[dofCount x dim]`.
 */
function endsOf(
  { topology, coordinates: x }: Geometry,
  degree: 1 | 2,
): { ends: Int32Array; ways: Float64Array } {
  const { dim, cells, cellCount, joined } = topology;
  const { count, perCell, cellDofs } = topology.dofMap(degree, true);
  const corners = dim + 1, edges = localEdges(dim);
  const ends = new Int32Array(2 * count), ways = new Float64Array(count * dim);
  for (let c = 0; c < cellCount; c++) {
    for (let k = 0; k < perCell; k++) {
      const edge = 2 * (k - corners), to = 2 * cellDofs[c * perCell + k];
      const a = c * corners + (k < corners ? k : edges[edge]);
      const b = c * corners + (k < corners ? k : edges[edge + 1]);
      ends[to] = joined.cells[a];
      ends[to + 1] = joined.cells[b];
      for (let d = 0; d < dim; d++) {
        ways[(to >> 1) * dim + d] = x[cells[b] * dim + d] - x[cells[a] * dim + d];
      }
    }
  }
  return { ends, ways };
}

/** The value of the cubic in the middle of the edge from a to b. */
function middle(
  { values, slopes }: NodalFit,
  a: number,
  b: number,
  c: number,
  width: number,
  way: Float64Array,
): number {
  const dim = way.length;
  let bend = 0;
  for (let d = 0; d < dim; d++) {
    const difference = slopes[(a * width + c) * dim + d] - slopes[(b * width + c) * dim + d];
    bend += difference * way[d];
  }
  return (values[a * width + c] + values[b * width + c]) / 2 + bend / 8;
}
