/**
 * Where degrees of freedom are: for each a cell that has it, and its place in that cell.
 *
 * @module
 */
import { elementOf } from "../mesh/elements/mod.ts";
import type { Geometry } from "../mesh/geometry.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";

/** Located points, one for each degree of freedom. */
export interface Anchors {
  readonly count: number;
  /** `[count x dim]`. */
  readonly points: Float64Array;
  /** `[count]`, the lowest cell that has it. */
  readonly cells: Int32Array;
  /** `[count x (dim + 1)]`. */
  readonly barycentric: Float64Array;
}

/** Of an immutable geometry, so kept as long as it lives. */
const known = new WeakMap<Geometry, Map<string, Anchors>>();

/** The degrees of freedom of variables like this one on `geometry`; read-only. */
export function anchorsOf(geometry: Geometry, variable: MeshVariable): Anchors {
  const { degree, continuous } = variable;
  let kinds = known.get(geometry);
  if (kinds === undefined) known.set(geometry, kinds = new Map());
  const key = `${degree} ${continuous}`;
  let anchors = kinds.get(key);
  if (anchors === undefined) kinds.set(key, anchors = findAnchors(geometry, degree, continuous));
  return anchors;
}

function findAnchors(geometry: Geometry, degree: 0 | 1 | 2, continuous: boolean): Anchors {
  const { dim } = geometry.topology;
  const { count, perCell, cellDofs } = geometry.topology.dofMap(degree, continuous);
  const { nodes } = elementOf(dim, degree);
  const corners = dim + 1;
  const cells = new Int32Array(count).fill(-1);
  const barycentric = new Float64Array(count * corners);
  for (let i = 0; i < cellDofs.length; i++) {
    const dof = cellDofs[i];
    if (cells[dof] >= 0) continue;
    const cell = Math.floor(i / perCell), local = i - cell * perCell;
    cells[dof] = cell;
    for (let k = 0; k < corners; k++) {
      barycentric[dof * corners + k] = nodes[local * corners + k];
    }
  }
  return { count, points: geometry.dofCoordinates(degree, continuous), cells, barycentric };
}

/** Some of them, in the order asked for. */
export function pickAnchors(anchors: Anchors, dofs: ArrayLike<number>): Anchors {
  const width = (array: Float64Array) => array.length / anchors.count;
  const rows = (array: Float64Array) => {
    const w = width(array);
    return Float64Array.from(
      { length: dofs.length * w },
      (_, i) => array[dofs[Math.floor(i / w)] * w + i % w],
    );
  };
  return {
    count: dofs.length,
    points: rows(anchors.points),
    cells: Int32Array.from(dofs, (dof) => anchors.cells[dof]),
    barycentric: rows(anchors.barycentric),
  };
}
