/**
 * Coarse levels for systems on a mesh.
 *
 * @module
 */
import type { DofMap } from "../mesh/dof_map.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { referenceOf } from "../solve/assembly/reference.ts";
import { sparsityOf } from "../solve/assembly/sparsity.ts";
import { addStiffness } from "../solve/assembly/stiffness.ts";
import { isRegular } from "../solve/cell_stretch.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { nodalHierarchy, type NodalLevel } from "../solve/linear/multigrid/nodal_hierarchy.ts";
import { p1InP2 } from "../solve/p1_in_p2.ts";

/** Geometries are immutable: levels are kept as long as theirs lives. */
const known = new WeakMap<Geometry, Map<number, NodalLevel[]>>();

/** Levels for which the Laplacian's smooth functions are smooth; made once for a geometry and a degree. */
export function nodalLevels(geometry: Geometry, map: DofMap): readonly NodalLevel[] {
  let byDegree = known.get(geometry);
  if (byDegree === undefined) known.set(geometry, byDegree = new Map());
  let levels = byDegree.get(map.degree);
  if (levels === undefined) byDegree.set(map.degree, levels = make(geometry, map));
  return levels;
}

function make(geometry: Geometry, map: DofMap): NodalLevel[] {
  const sparsity = sparsityOf(map);
  const values = new Float64Array(sparsity.columns.length);
  const reference = referenceOf(geometry.topology.dim, map.degree);
  addStiffness(values, geometry, reference, sparsity, 1);
  const { rows, rowStarts, columns } = sparsity;
  const matrix = new CsrMatrix(rows, rows, rowStarts, columns, values);
  const isNested = map.degree === 2 && isRegular(geometry, null);
  const first = isNested ? p1InP2(geometry.topology, map, new Uint8Array(map.count)) : null;
  return nodalHierarchy(matrix, first);
}
