/**
 * Linear functions among quadratic ones, over ranks.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import type { Halo } from "../../mesh/halo.ts";
import { quadraticEnds } from "../../mesh/quadratic_ends.ts";
import type { RankMesh } from "../../mesh/rank_mesh.ts";
import { ColumnMap, offsetsOf } from "./column_map.ts";
import type { DividedInterpolation } from "./interpolation.ts";

/**
 * Interpolation from the free vertices of P1 to this rank's free unknowns of continuous P2: one at a vertex,
 * a half at the ends of an edge. A vertex belongs to the same rank in both. Collective.
 *
 * @param part This rank's part of the mesh; of P2 it owns its vertices first, then its edges.
 * @param constrained `[count]`, 1 where a value is constrained; such rows are empty, and such vertices do not
 *   have a column.
 */
export function p1InP2OverRanks(
  part: RankMesh,
  constrained: Uint8Array,
  halo: Halo,
  comm: Comm,
): DividedInterpolation {
  const { owned, count } = part.dofs(2, true), vertices = part.vertices.owned;
  const isFree = (i: number) => i < vertices && constrained[i] === 0;
  let own = 0;
  for (let i = 0; i < owned; i++) if (isFree(i)) own++;
  const offsets = offsetsOf(own, comm);
  // The places of the vertices of this rank and its ghosts among all coarse unknowns.
  const known = new Float64Array(count).fill(-1);
  for (let i = 0, place = offsets[comm.rank]; i < owned; i++) if (isFree(i)) known[i] = place++;
  halo.sync(known, 1);
  const places = Int32Array.from(known);
  const columns = new ColumnMap(offsets, comm.rank, places), columnOf = columns.at(places);
  const starts = new Int32Array(owned + 1);
  const found = new Int32Array(2 * owned), values = new Float64Array(2 * owned);
  const ends = quadraticEnds(part);
  let nnz = 0;
  for (let i = 0; i < owned; i++) {
    if (i < vertices && constrained[i] === 0) {
      found[nnz] = columnOf[i];
      values[nnz++] = 1;
    }
    for (let k = 2 * i; i >= vertices && constrained[i] === 0 && k < 2 * i + 2; k++) {
      const vertex = columnOf[ends[k]];
      if (vertex < 0) continue;
      found[nnz] = vertex;
      values[nnz++] = 0.5;
    }
    starts[i + 1] = nnz;
  }
  const rows = { rows: owned, cols: columns.count, starts, columns: found, values };
  return { rows, columns };
}
