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
import { atMiddles, middlesOf, separatePoints, tablesOf, VERTEX } from "./cells.ts";
import type { Quadratic } from "./ghosts.ts";
import type { ViewField, ViewMesh } from "./mesh.ts";
import { type SharedDofs, valuesInCells } from "./periodic.ts";
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
  if (mesh.shared !== null) {
    addUnwrapped(view, mesh, mesh.shared, newGrid(view, safeName(name)));
  } else if (apart.length === 0 || of(1, true).length + of(2, true).length > 0) {
    addContinuous(view, mesh, newGrid(view, safeName(name)));
  }
  for (const degree of apart) {
    addSeparate(view, mesh, newGrid(view, `${safeName(name)}_P${degree}_discontinuous`), degree);
  }
}

/** Adds the mesh itself: nodes, and midpoints of edges if a field has values there. */
function addContinuous(view: View, mesh: ViewMesh, root: string): void {
  const { dim, nodeCount, ownedNodes, ownedCells, cells, fields, quadratic } = mesh;
  const count = nodeCount + (quadratic?.edges.count ?? 0);
  addCounts(view, root, count, tablesOf(cells, dim, quadratic ? 2 : 1, ownedCells));
  const middles = quadratic === null ? null : addQuadratic(view, mesh, quadratic, root);
  if (quadratic === null) {
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
  addRows(view, `${root}/Points`, "float64", dim, 3, between(nodes, middles, quadratic));
  for (const field of fields) {
    if (!field.continuous || field.degree === 0) continue;
    const { components, degree, name } = field;
    const path = `${root}/PointData/${shownName(name)}`;
    const rows = rowsOf(view, root, field);
    const all = degree === 1 && quadratic !== null
      ? between(rows, atMiddlesOf(view, root, field, quadratic), quadratic)
      : rows;
    addRows(view, path, "float64", components, widthOf(dim, components), all);
  }
  if (mesh.divided) addGhostMarks(view, mesh, root);
  addConstants(view, mesh, root);
}

/** Adds the connectivity of quadratic cells; returns the path of the midpoints of their edges. */
function addQuadratic(
  view: View,
  { dim, ownedCells, coordinates, middles: own, path }: ViewMesh,
  { connectivity, edges }: Quadratic,
  root: string,
): string {
  addOwn(view, `${root}/Connectivity`, connectivity, [connectivity.length]);
  addTable(view, root, `${root}/Connectivity`, ownedCells, dofsPerCell(dim, 2));
  if (own !== null) return path(meshPaths.middles);
  const middles = middlesOf(edges, coordinates, dim);
  return keep(view, `${root}/middles`, middles, [edges.count, dim]);
}

/** Combines rows in the order of dofs: own nodes, own edges, ghost nodes, ghost edges. */
function between(
  [ownNodes, ghostNodes]: readonly ViewRows[],
  target: string | null,
  quadratic: Quadratic | null,
): ViewRows[] {
  if (quadratic === null) return [ownNodes, ghostNodes];
  const { edges: { count }, ownedEdges } = quadratic;
  return [
    ownNodes,
    { target, rows: ownedEdges },
    ghostNodes,
    { target, first: ownedEdges, rows: count - ownedEdges },
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
  root: string,
  { name, data, components }: ViewField,
  { edges }: Quadratic,
): string | null {
  if (data === null) return null;
  const shape = components === 1 ? [edges.count] : [edges.count, components];
  const path = `${root}/at_middles/${shownName(name)}`;
  return keep(view, path, atMiddles(edges, data, components), shape);
}

/** Marks the points that other pieces own. */
function addGhostMarks(view: View, mesh: ViewMesh, root: string): void {
  const { nodeCount, ownedNodes, quadratic } = mesh;
  const { count = 0 } = quadratic?.edges ?? {}, ownedEdges = quadratic?.ownedEdges ?? 0;
  const own = ownedNodes + ownedEdges, ghosts = nodeCount + count - own;
  const marks = keep(view, `${root}/ghosts/marks`, new Uint8Array(ghosts).fill(1), [ghosts]);
  const rows = [{ target: null, rows: own }, { target: marks, rows: ghosts }];
  addRows(view, `${root}/PointData/${GHOSTS}`, "uint8", 1, 1, rows);
}

/** Adds a periodic mesh as it lies: every cell with its own points, and continuous fields at these. */
function addUnwrapped(
  view: View,
  mesh: ViewMesh,
  { degree, dofs }: SharedDofs,
  root: string,
): void {
  const { dim } = mesh;
  addSeparateCells(view, mesh, root, degree);
  for (const { name, degree: own, continuous, components, data } of mesh.fields) {
    if (!continuous || own === 0) continue;
    const path = `${root}/PointData/${shownName(name)}`, width = widthOf(dim, components);
    const rows = mesh.ownedCells * dofsPerCell(dim, degree);
    let target: string | null = null;
    if (data !== null) {
      const values = valuesInCells(
        dim,
        degree,
        own as 1 | 2,
        dofs.get(own)!,
        data,
        components,
      );
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
  const { dim, cells, ownedCells } = mesh;
  const cellTables = tablesOf(cells, dim, degree, ownedCells);
  const count = cellTables.cellCount * cellTables.perCell;
  addCounts(view, root, count, cellTables);
  const points = separatePoints(mesh, degree);
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
    addOwn(view, `${root}/Types`, new Uint8Array(rows).fill(VERTEX), [rows]);
    view.longest = Math.max(view.longest, rows);
  }
  // A variable may have the same name as the ids; the later one is shown.
  const shown = new Map<string, ShownArray>(arrays.map((array) => [shownName(array.name), array]));
  for (const [short, { path, kind, components }] of shown) {
    const width = kind === "float64" ? widthOf(dim, components) : components;
    addRows(view, `${root}/PointData/${short}`, kind, components, width, [at(path)]);
  }
}
