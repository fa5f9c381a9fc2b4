import { fieldOf, type MeshVariable, wholeValuesOf } from "../mesh/mesh_variable.ts";
import { wholeGeometryOf } from "../mesh/mesh.ts";
import { recoverGradients } from "./recovered_gradient.ts";

/**
 * Recovered gradients of a continuous field of degree 1 or 2 at this rank's degrees of freedom,
 * `[dofCount x components x dim]`. They are
 * the same on any number of ranks, since recovery, which reaches farther than the layer of ghosts, sees the
 * values of the whole mesh. Collective.
 *
 * @param values `[dofCount x components]`
 * @param cells Cells of this rank at whose degrees of freedom gradients are wanted; the rest is 0. Defaults to all.
 */
export function recoveredGradients(
  variable: MeshVariable,
  values: Float64Array,
  cells: Int32Array | null = null,
): Float64Array {
  const { mesh, components, dofCount } = variable;
  const degree = variable.degree === 2 ? 2 : 1, geometry = wholeGeometryOf(mesh);
  const { count } = geometry.topology.dofMap(degree, true);
  const whole = wholeValuesOf(variable, values);
  const size = components * mesh.dim, isWhole = mesh.model.comm.size === 1;
  const ids = isWhole ? null : variable.globalDofIds;
  const wanted = new Uint8Array(count);
  const want = (node: number) => wanted[ids === null ? node : ids[node]] = 1;
  if (cells === null) { for (let i = 0; i < dofCount; i++) want(i); }
  else {
    const { cellDofs, element: { perCell } } = fieldOf(variable);
    for (const cell of cells) for (let k = 0; k < perCell; k++) want(cellDofs[cell * perCell + k]);
  }
  const all = new Float64Array(count * size);
  recoverGradients(geometry, whole, components, all, wanted, degree);
  if (ids === null) return all;
  const out = new Float64Array(dofCount * size);
  for (let i = 0; i < dofCount; i++) {
    for (let s = 0; s < size; s++) out[i * size + s] = all[ids[i] * size + s];
  }
  return out;
}
