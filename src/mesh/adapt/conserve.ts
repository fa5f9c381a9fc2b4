/**
 * Conserves the integral of a continuous field when cells are merged.
 *
 * @module
 */
import { elementOf } from "../elements/mod.ts";
import type { FieldKind } from "../field_store.ts";
import type { CoarsenStep } from "./change.ts";

/**
 * Adds what the integral lost or gained in every merged cell back to the shape functions around it.
 *
 * Let m_old and m_new be the means of the field over the parts of a cell and over the merged cell
 * of volume V. Each of the n degrees of freedom that share the cell (corners for P1, midpoints of
 * edges for P2) takes V (m_old - m_new) / n, divided by the integral of its shape function. No
 * system is solved. If the field is a polynomial of its degree, nothing changes, and constants are
 * preserved exactly.
 *
 * @param values the previous values, `[dofCount x components]`.
 * @param kept the new values, obtained by interpolation; corrected in place.
 * @returns `kept`.
 */
export function conserve(
  { before, after, map: { start } }: CoarsenStep,
  { degree, components }: FieldKind,
  values: Float64Array,
  kept: Float64Array,
): Float64Array {
  const { dim, cellCount } = after.topology, corners = dim + 1;
  const old = before.topology.dofMap(degree, true), now = after.topology.dofMap(degree, true);
  const { perCell } = elementOf(dim, degree);
  const firstShared = degree === 1 ? 0 : corners, shared = perCell - firstShared;
  const weights = integralsOf(dim, degree, perCell);
  const missing = new Float64Array(kept.length), integrals = new Float64Array(now.count);
  for (let c = 0; c < cellCount; c++) {
    const at = c * perCell, volume = after.volumes[c];
    for (let k = firstShared; k < perCell; k++) {
      integrals[now.cellDofs[at + k]] += volume * weights[k];
    }
    if (start[c + 1] === start[c] + 1) continue;
    let parts = 0;
    for (let part = start[c]; part < start[c + 1]; part++) parts += before.volumes[part];
    for (let a = 0; a < components; a++) {
      const first = kept[now.cellDofs[at] * components + a];
      let mean = 0;
      for (let part = start[c]; part < start[c + 1]; part++) {
        mean += before.volumes[part] *
          meanOf(old.cellDofs, part * perCell, weights, values, components, a, first);
      }
      const loss = mean / parts - meanOf(now.cellDofs, at, weights, kept, components, a, first);
      for (let k = firstShared; k < perCell; k++) {
        missing[now.cellDofs[at + k] * components + a] += volume * loss / shared;
      }
    }
  }
  for (let dof = 0; dof < now.count; dof++) {
    for (let a = 0; a < components; a++) {
      const i = dof * components + a;
      if (missing[i] !== 0) kept[i] += missing[i] / integrals[dof];
    }
  }
  return kept;
}

/** The mean over a cell, relative to `first`. */
export function meanOf(
  cellDofs: Int32Array,
  at: number,
  weights: Float64Array,
  values: Float64Array,
  components: number,
  a: number,
  first: number,
): number {
  let mean = 0;
  for (let k = 0; k < weights.length; k++) {
    if (weights[k] !== 0) mean += weights[k] * (values[cellDofs[at + k] * components + a] - first);
  }
  return mean;
}

/** The integrals of the shape functions over a cell of volume 1. */
export function integralsOf(dim: 2 | 3, degree: number, perCell: number): Float64Array {
  const weights = new Float64Array(perCell), corners = dim + 1;
  if (degree === 1) return weights.fill(1 / corners);
  // For P2, these are the integrals of l (2 l - 1), and of 4 l l'.
  weights.fill(dim === 2 ? 0 : -1 / 20, 0, corners);
  return weights.fill(dim === 2 ? 1 / 3 : 1 / 5, corners);
}
