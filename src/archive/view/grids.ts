/**
 * The grids of a view: a mesh with its continuous fields, its separated cells with the other
 * fields, and a swarm.
 *
 * @module
 */
import { meshPaths } from "../../mesh/stored.ts";
import { hdf5PathOf, safeName } from "../../snapshot/file/paths.ts";
import { wholeBox } from "../../snapshot/file/virtual_dataset.ts";
import { swarmKey, swarmPaths } from "../../swarm/stored.ts";
import { dofsPerCell } from "../../mesh/dof_map.ts";
import { repeated } from "../../snapshot/numbers_in_blocks.ts";
import { VERTEX } from "./cells.ts";
import type { ViewEdges, ViewField, ViewMesh } from "./mesh.ts";
import {
  addCounts,
  addFirst,
  addOwn,
  addRows,
  addSizes,
  addTable,
  addVertices,
  addVirtual,
  keep,
  newGrid,
  NUMBERS,
  shownName,
  type View,
  type ViewRows,
  widthOf,
} from "./view.ts";
import type { EntryMap, ShownArray, ShownSwarm } from "./survey.ts";

/**
 * VTK's name for the array that marks points which other pieces also have; 1 marks a point of
 * another piece.
 */
const GHOSTS = "vtkGhostType";

/** Adds the grids of a mesh. */
export function addMesh(view: View, mesh: ViewMesh, name: string): void {
  const { fields } = mesh;
  const of = (degree: number, continuous: boolean) =>
    fields.filter((field) => field.degree === degree && field.continuous === continuous);
  const apart = ([1, 2] as const).filter((degree) => of(degree, false).length > 0);
  if (mesh.unwrapped !== null) {
    addUnwrapped(view, mesh, mesh.unwrapped, newGrid(view, safeName(name)));
  } else if (apart.length === 0 || of(1, true).length + of(2, true).length > 0) {
    addContinuous(view, mesh, newGrid(view, safeName(name)));
  }
  for (const degree of apart) {
    addSeparate(view, mesh, newGrid(view, `${safeName(name)}_P${degree}_discontinuous`), degree);
  }
}

/** Adds the mesh itself: nodes, and midpoints of edges if a field has values there. */
function addContinuous(view: View, mesh: ViewMesh, root: string): void {
  const { dim, nodeCount, ownedNodes, ownedCells, fields, edges, tables } = mesh;
  const count = nodeCount + (edges?.count ?? 0);
  addCounts(view, root, count, tables.cells(edges ? 2 : 1));
  const middles = edges === null ? null : addQuadratic(view, mesh, edges, root);
  if (edges === null) {
    const ids = ownedCells * (dim + 1);
    addVirtual(view, `${root}/Connectivity`, "int32", [ids], [{
      target: mesh.path(meshPaths.cells),
      from: wholeBox([ownedCells, dim + 1]),
      to: wholeBox([ids]),
    }]);
  }
  const nodes = [
    { target: mesh.path(meshPaths.coordinates), rows: ownedNodes },
    { target: mesh.path(meshPaths.coordinates), first: ownedNodes, rows: nodeCount - ownedNodes },
  ];
  addRows(view, `${root}/Points`, "float64", dim, 3, between(nodes, middles, edges));
  for (const field of fields) {
    if (!field.continuous || field.degree === 0) continue;
    const { components, degree, name } = field;
    const path = `${root}/PointData/${shownName(name)}`;
    const rows = rowsOf(view, root, field);
    const all = degree === 1 && edges !== null
      ? between(rows, atMiddlesOf(view, mesh, root, field, edges), edges)
      : rows;
    addRows(view, path, "float64", components, widthOf(dim, components), all);
  }
  if (mesh.divided) addGhostMarks(view, mesh, root);
  addConstants(view, mesh, root);
}

/** Adds the connectivity of quadratic cells; returns the path of the midpoints of their edges. */
function addQuadratic(
  view: View,
  { dim, ownedCells, hasMiddles, tables, path }: ViewMesh,
  { count }: ViewEdges,
  root: string,
): string {
  const perCell = dofsPerCell(dim, 2);
  addOwn(view, `${root}/Connectivity`, tables.connectivity(), [ownedCells * perCell]);
  addTable(view, root, `${root}/Connectivity`, ownedCells, perCell);
  if (hasMiddles) return path(meshPaths.middles);
  return keep(view, `${root}/middles`, tables.middles(), [count, dim]);
}

/** Combines rows in the order of dofs: own nodes, own edges, ghost nodes, ghost edges. */
function between(
  [ownNodes, ghostNodes]: readonly ViewRows[],
  target: string | null,
  edges: ViewEdges | null,
): ViewRows[] {
  if (edges === null) return [ownNodes, ghostNodes];
  const { count, owned } = edges;
  return [
    ownNodes,
    { target, rows: owned },
    ghostNodes,
    { target, first: owned, rows: count - owned },
  ];
}

/** The rows of a field: its own rows, then the ghosts. */
function rowsOf(
  view: View,
  root: string,
  { name, target, rows, owned, ghosts, components, stored }: ViewField,
): [own: ViewRows, ghosts: ViewRows] {
  const count = rows - owned, shape = components === 1 ? [count] : [count, components];
  return [
    { target, rows: owned, of: stored?.rows },
    ghosts === null
      ? { target, first: stored?.ghosts ?? owned, rows: count }
      : { target: keep(view, `${root}/ghosts/${shownName(name)}`, ghosts, shape), rows: count },
  ];
}

/** Adds the values of a linear field at the midpoints of edges. */
function atMiddlesOf(
  view: View,
  { tables }: ViewMesh,
  root: string,
  field: ViewField,
  { count }: ViewEdges,
): string | null {
  const { name, components } = field, values = tables.atMiddles(field);
  if (values === null) return null;
  const shape = components === 1 ? [count] : [count, components];
  return keep(view, `${root}/at_middles/${shownName(name)}`, values, shape);
}

/** Marks the points that other pieces own. */
function addGhostMarks(view: View, mesh: ViewMesh, root: string): void {
  const { nodeCount, ownedNodes, edges } = mesh;
  const { count, owned } = edges ?? { count: 0, owned: 0 };
  const own = ownedNodes + owned, ghosts = nodeCount + count - own;
  const marks = keep(view, `${root}/ghosts/marks`, new Uint8Array(ghosts).fill(1), [ghosts]);
  const rows = [{ target: null, rows: own }, { target: marks, rows: ghosts }];
  addRows(view, `${root}/PointData/${GHOSTS}`, "uint8", 1, 1, rows);
}

/** Adds a periodic mesh as it lies: every cell with its own points, and continuous fields at these. */
function addUnwrapped(
  view: View,
  mesh: ViewMesh,
  degree: 1 | 2,
  root: string,
): void {
  const { dim, tables } = mesh;
  addSeparateCells(view, mesh, root, degree);
  for (const field of mesh.fields) {
    const { name, degree: own, continuous, components } = field;
    if (!continuous || own === 0) continue;
    const path = `${root}/PointData/${shownName(name)}`, width = widthOf(dim, components);
    const rows = mesh.ownedCells * dofsPerCell(dim, degree);
    let target: string | null = null;
    const values = tables.inCells(field, degree);
    if (values !== null) {
      const shape = components === 1 ? [rows] : [rows, components];
      if (width === components) {
        addOwn(view, path, values, shape);
        continue;
      }
      target = keep(view, `${root}/in_cells/${shownName(name)}`, values, shape);
    }
    addRows(view, path, "float64", components, width, [{ target, rows }]);
  }
  addConstants(view, mesh, root);
}

/** Adds every cell with its own points, for discontinuous fields. */
function addSeparate(view: View, mesh: ViewMesh, root: string, degree: 1 | 2): void {
  addSeparateCells(view, mesh, root, degree);
  for (const field of mesh.fields) {
    if (field.degree !== degree || field.continuous) continue;
    addOwned(view, mesh, `${root}/PointData`, field);
  }
  addConstants(view, mesh, root);
}

function addSeparateCells(view: View, mesh: ViewMesh, root: string, degree: 1 | 2): void {
  const { dim, tables } = mesh, cellTables = tables.cells(degree);
  const count = cellTables.cellCount * cellTables.perCell;
  addCounts(view, root, count, cellTables);
  const points = tables.separatePoints(degree);
  if (dim === 3) addOwn(view, `${root}/Points`, points, [count, 3]);
  else {
    const target = keep(view, `${root}/corners`, points, [count, 2]);
    addRows(view, `${root}/Points`, "float64", 2, 3, [{ target, rows: count }]);
  }
  addFirst(view, `${root}/Connectivity`, NUMBERS, "int32", [count]);
  addTable(view, root, NUMBERS, cellTables.cellCount, cellTables.perCell);
  view.longest = Math.max(view.longest, count);
}

/** Adds fields with one value per cell. */
function addConstants(view: View, mesh: ViewMesh, root: string): void {
  for (const field of mesh.fields) {
    if (field.degree === 0) addOwned(view, mesh, `${root}/CellData`, field);
  }
}

/** Adds a field of which only the owned rows are shown. */
function addOwned(
  view: View,
  { dim }: ViewMesh,
  folder: string,
  { name, target, owned, components }: ViewField,
): void {
  const rows = [{ target, rows: owned }], width = widthOf(dim, components);
  addRows(view, `${folder}/${shownName(name)}`, "float64", components, width, rows);
}

/** Adds a swarm as vertices. */
export function addSwarm(
  view: View,
  entries: EntryMap,
  { name, dim, arrays }: ShownSwarm,
  prefix: string,
): void {
  const key = swarmKey(name);
  const [rows] = entries.get(`${key}/${swarmPaths.coordinates}`)!.shape;
  const root = newGrid(view, safeName(name));
  const at = (path: string): ViewRows => ({ target: hdf5PathOf(`${prefix}${key}/${path}`), rows });
  addRows(view, `${root}/Points`, "float64", dim, 3, [at(swarmPaths.coordinates)]);
  if (view.detail === "small") addVertices(view, root, rows, VERTEX);
  else {
    addSizes(view, root, rows, rows, rows);
    addFirst(view, `${root}/Connectivity`, NUMBERS, "int32", [rows]);
    addFirst(view, `${root}/Offsets`, NUMBERS, "int32", [rows + 1]);
    addTable(view, root, NUMBERS, rows, 1);
    const types = view.inBlocks ? repeated("uint8", VERTEX) : new Uint8Array(rows).fill(VERTEX);
    addOwn(view, `${root}/Types`, types, [rows]);
    view.longest = Math.max(view.longest, rows);
  }
  // A variable may have the same name as the ids; the later one is shown.
  const shown = new Map<string, ShownArray>(arrays.map((array) => [shownName(array.name), array]));
  for (const [short, { path, kind, components }] of shown) {
    const width = kind === "float64" ? widthOf(dim, components) : components;
    addRows(view, `${root}/PointData/${short}`, kind, components, width, [at(path)]);
  }
}
