/**
 * Linear functions among quadratic ones: the first coarse level of P2.
 *
 * @module
 */
import type { DofMap } from "../mesh/dof_map.ts";
import type { Topology } from "../mesh/topology.ts";
import type { SparseRows } from "./linear/sparse_product.ts";

/**
 * Interpolation from the free vertices of P1 to the free unknowns of P2: one at a vertex, a half at the
 * ends of an edge. Null unless the numbering is continuous P2.
 *
 * @param topology Whose edges carry the further unknowns.
 * @param map The numbering.
 * @param constrained `[count]`, 1 where a value is constrained; such rows are empty, and such vertices do not
 *   have a column.
 */
export function p1InP2(
  topology: Topology,
  map: DofMap,
  constrained: Uint8Array,
): SparseRows | null {
  if (map.degree !== 2 || !map.continuous) return null;
  const { nodeCount, edges } = topology.joined;
  const column = new Int32Array(nodeCount).fill(-1);
  let cols = 0;
  for (let i = 0; i < nodeCount; i++) if (constrained[i] === 0) column[i] = cols++;
  const rows = map.count;
  const starts = new Int32Array(rows + 1);
  const columns = new Int32Array(nodeCount + 2 * edges.count);
  const values = new Float64Array(columns.length);
  let nnz = 0;
  for (let i = 0; i < nodeCount; i++) {
    if (constrained[i] === 0) {
      columns[nnz] = column[i];
      values[nnz++] = 1;
    }
    starts[i + 1] = nnz;
  }
  for (let e = 0; e < edges.count; e++) {
    const row = nodeCount + e;
    for (let k = 2 * e; k < 2 * e + 2 && constrained[row] === 0; k++) {
      const vertex = column[edges.nodes[k]];
      if (vertex < 0) continue;
      columns[nnz] = vertex;
      values[nnz++] = 0.5;
    }
    starts[row + 1] = nnz;
  }
  return { rows, cols, starts, columns, values };
}
