/**
 * Where degrees of freedom are: the lowest cell that has each, and its place in that cell.
 *
 * @module
 */
import type { FieldDegree } from "./dof_map.ts";
import { elementOf } from "./elements/mod.ts";
import type { Geometry } from "./geometry.ts";
import type { LocatedPoints } from "./located_points.ts";

/** Geometries are immutable: what was found is kept as long as the geometry lives. */
const known = new WeakMap<Geometry, Map<string, LocatedPoints>>();

/** The degrees of freedom of one kind on `geometry`, in the order of their numbers; not to be written. */
export function locatedDofs(
  geometry: Geometry,
  { degree, continuous }: { readonly degree: FieldDegree; readonly continuous: boolean },
): LocatedPoints {
  let kinds = known.get(geometry);
  if (kinds === undefined) known.set(geometry, kinds = new Map());
  const key = `${degree} ${continuous}`;
  let located = kinds.get(key);
  if (located === undefined) kinds.set(key, located = find(geometry, degree, continuous));
  return located;
}

function find(geometry: Geometry, degree: FieldDegree, continuous: boolean): LocatedPoints {
  const { dim } = geometry.topology;
  const { count, perCell, cellDofs } = geometry.topology.dofMap(degree, continuous);
  const { nodes } = elementOf(dim, degree);
  const width = dim + 1;
  const cells = new Int32Array(count).fill(-1);
  const barycentric = new Float64Array(count * width);
  for (let i = 0; i < cellDofs.length; i++) {
    const dof = cellDofs[i];
    if (cells[dof] >= 0) continue;
    const cell = Math.floor(i / perCell), local = i - cell * perCell;
    cells[dof] = cell;
    for (let k = 0; k < width; k++) barycentric[dof * width + k] = nodes[local * width + k];
  }
  const coordinates = geometry.dofCoordinates(degree, continuous);
  return { count, coordinates, cells, barycentric };
}
