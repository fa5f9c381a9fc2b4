/**
 * Coarse levels for systems on a mesh.
 *
 * @module
 */
import type { DofMap } from "../mesh/dof_map.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { geometryOf, haloOf, type Mesh } from "../mesh/mesh.ts";
import { referenceOf } from "../solve/assembly/reference.ts";
import { sparsityOf } from "../solve/assembly/sparsity.ts";
import { addStiffness } from "../solve/assembly/stiffness.ts";
import { isRegular } from "../solve/cell_stretch.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { nodalHierarchy, type NodalLevel } from "../solve/linear/multigrid/nodal_hierarchy.ts";
import { p1InP2 } from "../solve/p1_in_p2.ts";
import { p1InP2OverRanks } from "../solve/ranks/p1_in_p2.ts";
import { type RankNodalLevels, rankNodalLevels } from "../solve/ranks/rank_nodal_levels.ts";
import { firstRows } from "../solve/ranks/rank_space.ts";

/** Geometries are immutable: levels are kept as long as theirs lives, by degree. */
const known = new WeakMap<Geometry, Map<number, NodalLevel[]>>();
const knownOnRanks = new WeakMap<Geometry, Map<number, RankNodalLevels>>();

function remembered<T>(all: WeakMap<Geometry, Map<number, T>>, geometry: Geometry): Map<number, T> {
  const found = all.get(geometry) ?? new Map<number, T>();
  all.set(geometry, found);
  return found;
}

/** Levels for which the Laplacian's smooth functions are smooth; made once for a geometry and a degree. */
export function nodalLevels(geometry: Geometry, map: DofMap): readonly NodalLevel[] {
  const byDegree = remembered(known, geometry);
  let levels = byDegree.get(map.degree);
  if (levels === undefined) {
    const isNested = map.degree === 2 && isRegular(geometry, null);
    const first = isNested ? p1InP2(geometry.topology, map, new Uint8Array(map.count)) : null;
    byDegree.set(map.degree, levels = nodalHierarchy(laplacian(geometry, map), first));
  }
  return levels;
}

/** The same over ranks. Collective. */
export function nodalLevelsOnRanks(mesh: Mesh, map: DofMap): RankNodalLevels {
  const geometry = geometryOf(mesh), { comm } = mesh.model;
  const byDegree = remembered(knownOnRanks, geometry);
  let levels = byDegree.get(map.degree);
  if (levels === undefined) {
    const rankMesh = geometry.topology.rankMesh!;
    const places = rankMesh.dofs(map.degree, true), halo = haloOf(mesh, places);
    const rows = firstRows(laplacian(geometry, map), places.owned);
    const isNested = map.degree === 2 && isRegular(geometry, comm);
    const first = isNested
      ? p1InP2OverRanks(rankMesh, new Uint8Array(map.count), halo, comm)
      : null;
    byDegree.set(map.degree, levels = rankNodalLevels({ rows, halo }, first, comm));
  }
  return levels;
}

function laplacian(geometry: Geometry, map: DofMap): CsrMatrix {
  const sparsity = sparsityOf(map);
  const values = new Float64Array(sparsity.columns.length);
  const reference = referenceOf(geometry.topology.dim, map.degree);
  addStiffness(values, geometry, reference, sparsity, 1);
  const { rows, rowStarts, columns } = sparsity;
  return new CsrMatrix(rows, rows, rowStarts, columns, values);
}
