/**
 * What ParaView shows of a snapshot: the groups of VTKHDF 1.0 (VTK File Formats, "VTKHDF file format"),
 * planned from entries alone. A part is one unstructured grid: the mesh with its continuous fields, the
 * cells apart with the discontinuous ones, a swarm as vertices. Most of its arrays are second names for
 * datasets of the snapshot, or virtual datasets over them; what has to be made is small beside them.
 *
 * @module
 */
import { kindOf } from "../../arrays.ts";
import { childKey, type Entry } from "../contract.ts";
import { hdf5PathOf, safeName } from "./paths.ts";
import { wholeOf } from "./virtual_dataset.ts";
import {
  atMiddles,
  cellEdgesOf,
  firstNumbers,
  middlesOf,
  separatePoints,
  tablesOf,
  vertexTypes,
} from "./vtk_cells.ts";
import {
  addCounts,
  addOwn,
  addRows,
  addSizes,
  addTable,
  newPart,
  NUMBERS,
  shownName,
  type View,
  widthOf,
} from "./vtk_parts.ts";

/** Entries by key. */
export type EntryMap = ReadonlyMap<string, Entry>;

/** Plans the view; entries that are not as meshes and swarms write them are passed over. */
export function viewOf(entries: EntryMap): View {
  const view: View = { parts: [], own: [], links: [], virtual: [] };
  let longest = 0;
  for (const name of entries.get("meshes")?.keys ?? []) {
    const mesh = meshAt(entries, childKey("meshes", name));
    if (mesh !== null) longest = Math.max(longest, addMesh(view, mesh, name));
  }
  for (const name of entries.get("swarms")?.keys ?? []) {
    longest = Math.max(longest, addSwarm(view, entries, name));
  }
  if (longest > 0) {
    view.own.push({ path: NUMBERS, data: firstNumbers(longest + 1), shape: [longest + 1] });
  }
  return view;
}

/** A mesh as found. */
interface ViewMesh {
  readonly key: string;
  readonly dim: 2 | 3;
  readonly nodeCount: number;
  readonly cells: Int32Array;
  readonly coordinates: Float64Array;
  readonly fields: readonly ViewField[];
}

/** A variable as found. */
interface ViewField {
  readonly name: string;
  readonly key: string;
  readonly data: Float64Array;
  readonly rows: number;
  readonly components: number;
  readonly degree: unknown;
  readonly continuous: unknown;
}

function meshAt(entries: EntryMap, key: string): ViewMesh | null {
  const dim = entries.get(key)?.attributes.dim;
  const cells = entries.get(`${key}/topology/cells`)?.data;
  const coordinates = entries.get(`${key}/coordinates`)?.data;
  if (dim !== 2 && dim !== 3) return null;
  if (!(cells instanceof Int32Array) || !(coordinates instanceof Float64Array)) return null;
  const nodeCount = coordinates.length / dim;
  for (let i = 0; i < cells.length; i++) if (!(cells[i] >= 0 && cells[i] < nodeCount)) return null;
  if (cells.length === 0 || cells.length % (dim + 1) !== 0) return null;
  const fields = (entries.get(`${key}/variables`)?.keys ?? []).flatMap((name): ViewField[] => {
    const own = childKey(`${key}/variables`, name);
    const entry = entries.get(own);
    if (entry === undefined || !(entry.data instanceof Float64Array)) return [];
    const { degree, continuous } = entry.attributes;
    const [rows, components = 1] = entry.shape;
    return [{ name, key: own, data: entry.data, rows, components, degree, continuous }];
  });
  return { key, dim, nodeCount, cells, coordinates, fields };
}

/** Adds the grids of a mesh; returns how many of {@link NUMBERS} they need. */
function addMesh(view: View, mesh: ViewMesh, name: string): number {
  const { fields } = mesh;
  const of = (degree: number, continuous: boolean) =>
    fields.filter((field) => field.degree === degree && field.continuous === continuous);
  let longest = 0;
  const apart = ([1, 2] as const).filter((degree) => of(degree, false).length > 0);
  if (apart.length === 0 || of(1, true).length + of(2, true).length > 0) {
    addContinuous(view, mesh, newPart(view, safeName(name)));
  }
  for (const degree of apart) {
    const root = newPart(view, `${safeName(name)}_P${degree}_discontinuous`);
    longest = Math.max(longest, addSeparate(view, mesh, root, degree));
  }
  return longest;
}

/** The mesh itself: nodes, and middles of edges where a field has values there. */
function addContinuous(view: View, mesh: ViewMesh, root: string): void {
  const { dim, nodeCount, cells, coordinates, fields, key } = mesh;
  const wanted = fields.filter(({ continuous, degree }) => continuous && degree !== 0);
  const nodes = { target: hdf5PathOf(`${key}/coordinates`), rows: nodeCount };
  const quadratic = wanted.some(({ degree }) => degree === 2);
  const edges = quadratic ? cellEdgesOf(cells, dim, nodeCount) : null;
  const count = nodeCount + (edges?.count ?? 0);
  addCounts(view, root, count, tablesOf(cells, dim, quadratic ? 2 : 1));
  if (edges === null) {
    addRows(view, `${root}/Points`, dim, 3, [nodes]);
    const shape = [cells.length / (dim + 1), dim + 1];
    view.virtual.push({
      path: `${root}/Connectivity`,
      kind: "int32",
      shape: [cells.length],
      sources: [{
        target: hdf5PathOf(`${key}/topology/cells`),
        from: wholeOf(shape),
        to: wholeOf([cells.length]),
      }],
    });
  } else {
    const { connectivity } = edges;
    addOwn(view, `${root}/Connectivity`, connectivity, [connectivity.length]);
    addTable(view, root, `${root}/Connectivity`, cells.length / (dim + 1), dim === 2 ? 6 : 10);
    const middles = `${root}/middles`;
    addOwn(view, middles, middlesOf(edges, coordinates, dim), [edges.count, dim]);
    addRows(view, `${root}/Points`, dim, 3, [nodes, { target: middles, rows: edges.count }]);
  }
  for (const { name, key: own, degree, rows, components, data } of wanted) {
    if (rows !== (degree === 2 ? count : nodeCount)) continue;
    const target = hdf5PathOf(own), width = widthOf(dim, components);
    const path = `${root}/PointData/${shownName(name)}`;
    const parts = [{ target, rows }];
    if (degree === 1 && edges !== null) {
      const more = `${root}/at_middles/${shownName(name)}`;
      const shape = components === 1 ? [edges.count] : [edges.count, components];
      addOwn(view, more, atMiddles(edges, data, components), shape);
      parts.push({ target: more, rows: edges.count });
    }
    addRows(view, path, components, width, parts);
  }
  addConstants(view, mesh, root);
}

/** Every cell with points of its own, for fields that jump. */
function addSeparate(view: View, mesh: ViewMesh, root: string, degree: 1 | 2): number {
  const { dim, cells, coordinates, fields } = mesh;
  const cellTables = tablesOf(cells, dim, degree);
  const count = cellTables.cellCount * cellTables.perCell;
  addCounts(view, root, count, cellTables);
  const points = separatePoints(cells, coordinates, dim, degree);
  if (dim === 3) addOwn(view, `${root}/Points`, points, [count, 3]);
  else {
    addOwn(view, `${root}/corners`, points, [count, 2]);
    addRows(view, `${root}/Points`, 2, 3, [{ target: `${root}/corners`, rows: count }]);
  }
  view.links.push({ path: `${root}/Connectivity`, target: NUMBERS });
  addTable(view, root, NUMBERS, cellTables.cellCount, cellTables.perCell);
  for (const { name, key, rows, components, ...field } of fields) {
    if (field.degree !== degree || field.continuous || rows !== count) continue;
    const path = `${root}/PointData/${shownName(name)}`;
    addRows(view, path, components, widthOf(dim, components), [{ target: hdf5PathOf(key), rows }]);
  }
  addConstants(view, mesh, root);
  return count;
}

/** Fields with one value per cell. */
function addConstants(view: View, { dim, cells, fields }: ViewMesh, root: string): void {
  for (const { name, key, degree, rows, components } of fields) {
    if (degree !== 0 || rows !== cells.length / (dim + 1)) continue;
    const path = `${root}/CellData/${shownName(name)}`;
    addRows(view, path, components, widthOf(dim, components), [{ target: hdf5PathOf(key), rows }]);
  }
}

/** Adds a swarm as vertices; returns how many of {@link NUMBERS} it needs. */
function addSwarm(view: View, entries: EntryMap, name: string): number {
  const key = childKey("swarms", name);
  const places = entries.get(`${key}/coordinates`);
  const [rows = 0, dim = 0] = places?.shape ?? [];
  if (!(places?.data instanceof Float64Array) || rows === 0 || (dim !== 2 && dim !== 3)) return 0;
  const root = newPart(view, safeName(name));
  addSizes(view, root, rows, rows, rows);
  addRows(view, `${root}/Points`, dim, 3, [{ target: hdf5PathOf(`${key}/coordinates`), rows }]);
  view.links.push({ path: `${root}/Connectivity`, target: NUMBERS });
  view.links.push({ path: `${root}/Offsets`, target: NUMBERS });
  addTable(view, root, NUMBERS, rows, 1);
  addOwn(view, `${root}/Types`, vertexTypes(rows), [rows]);
  const variables = `${key}/variables`;
  const arrays = new Map([["ids", `${key}/ids`]]);
  for (const own of entries.get(variables)?.keys ?? []) {
    arrays.set(shownName(own), childKey(variables, own));
  }
  for (const [short, own] of arrays) {
    const { data, shape } = entries.get(own) ?? { data: null, shape: [] };
    // VTK has no type for these bits; every other kind stands in the file as itself.
    if (data === null || shape[0] !== rows || kindOf(data) === "float16") continue;
    const path = `${root}/PointData/${short}`, components = shape[1] ?? 1;
    const width = data instanceof Float64Array ? widthOf(dim, components) : components;
    addRows(view, path, components, width, [{ target: hdf5PathOf(own), rows }]);
  }
  return rows;
}
