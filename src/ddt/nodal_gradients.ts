import { freshValuesOf } from "../mesh/fresh_fields.ts";
import { geometryOf, haloOf, placesIn } from "../mesh/mesh.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import { recoverAcross, recoverGradients } from "./recovered_gradient.ts";

/**
 * Recovered gradients of a continuous field of degree 1 or 2 at this rank's degrees of freedom,
 * `[dofCount x components x dim]`. They are
 * the same on any number of ranks: recovery reaches farther than the layer of ghosts, and asks other ranks for what
 * it does not find here. Collective.
 *
 * @param values `[dofCount x components]`
 * @param cells Cells of this rank at whose degrees of freedom gradients are wanted; the rest is 0. Defaults to all.
 */
export function recoveredGradients(
  variable: MeshVariable,
  values: Float64Array,
  cells: Int32Array | null = null,
): Float64Array {
  const { mesh, components, dofCount } = variable, size = components * mesh.dim;
  const degree = variable.degree === 2 ? 2 : 1, geometry = geometryOf(mesh);
  const wanted = wantedIn(variable, cells), out = new Float64Array(dofCount * size);
  const { rankMesh } = geometry.topology;
  if (rankMesh === null) {
    recoverGradients(geometry, values, components, out, wanted, degree);
    return out;
  }
  const indexMap = rankMesh.dofs(degree, true), halo = haloOf(mesh, indexMap);
  const asked = Float64Array.from(wanted);
  halo.addToOwners(asked);
  const owned = Uint8Array.from(asked.subarray(0, indexMap.owned), (value) => value > 0 ? 1 : 0);
  const fresh = freshValuesOf(variable, values);
  recoverAcross(placesIn(mesh), halo, fresh, components, out, owned, degree);
  for (let i = 0; i < dofCount; i++) {
    if (wanted[i] === 0) out.fill(0, i * size, (i + 1) * size);
  }
  return out;
}

/** 1 for the degrees of freedom of some cells, or of all, `[dofCount]`. */
function wantedIn(variable: MeshVariable, cells: Int32Array | null): Uint8Array {
  const wanted = new Uint8Array(variable.dofCount);
  if (cells === null) return wanted.fill(1);
  const { cellDofs, element: { perCell } } = fieldOf(variable);
  for (const cell of cells) {
    for (let k = 0; k < perCell; k++) wanted[cellDofs[cell * perCell + k]] = 1;
  }
  return wanted;
}
