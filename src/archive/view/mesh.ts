/**
 * A mesh and its fields in the form that a view needs.
 *
 * @module
 */
import { allocate, sameBytes } from "../../arrays.ts";
import { placeOf } from "../../mesh/ascending.ts";
import { meshKey, meshPaths, meshVariablePath, storedPartition } from "../../mesh/stored.ts";
import { ownedRows } from "../../snapshot/assemble.ts";
import type { Collective } from "../lockstep.ts";
import { hdf5PathOf } from "../../snapshot/file/paths.ts";
import { dofsPerCell } from "../../mesh/dof_map.ts";
import { quadraticCellsOf } from "./cells.ts";
import {
  fetchRows,
  type Quadratic,
  quadraticOf,
  type RankCells,
  type Routes,
  routesOf,
  type ViewPart,
} from "./ghosts.ts";
import { cellDofsOf, type SharedDofs, vertexCellsAt } from "./periodic.ts";
import { type MeshPiece, OwnTables, type ViewTables } from "./tables.ts";
import type { ViewDetail } from "./view.ts";
import { type EntryMap, QUADRATIC_IDS, type ShownField, type ShownMesh } from "./survey.ts";

/** A mesh as a view shows it: the whole, or the part of a rank, whose owned items come first. */
export interface ViewMesh {
  /** Returns the path of one of its entries in the file. */
  readonly path: (relative: string) => string;
  readonly dim: 2 | 3;
  readonly nodeCount: number;
  readonly ownedNodes: number;
  readonly ownedCells: number;
  /** True on several ranks, where points may be shared with other ranks. */
  readonly divided: boolean;
  /** Whether its cells are of degree 2, with mid-side nodes of their own. */
  readonly hasMiddles: boolean;
  /** Null if all cells are shown with straight edges. */
  readonly edges: ViewEdges | null;
  /** The degree in which a periodic mesh is drawn as it lies; null for other meshes. */
  readonly unwrapped: 1 | 2 | null;
  readonly fields: readonly ViewField[];
  readonly tables: ViewTables;
}

/** How many edges there are, and how many of them a rank owns. */
export interface ViewEdges {
  readonly count: number;
  readonly owned: number;
}

/** A field found in the entries. */
export interface ViewField extends ShownField, Counts {
  /** Where the rows of ghosts begin in the dataset, and all of its rows, where these are not the shown ones. */
  readonly stored?: { readonly ghosts: number; readonly rows: number };
  /**
   * The path of its numbers in the file; null if it is not set on this rank, and therefore zero.
   */
  readonly target: string | null;
  /** All of its rows as they are shown; null for zeros. */
  readonly data: Float64Array | null;
  /** The rows of ghosts with the values of their owners, if the captured values differ. */
  readonly ghosts: Float64Array | null;
}

/** A mesh as a view shows it, with the arrays that its own entries give. */
export function* meshOf(
  entries: EntryMap,
  shown: ShownMesh,
  divided: boolean,
  prefix: string,
  detail: ViewDetail,
): Collective<ViewMesh> {
  const part = divided ? partAt(entries, meshKey(shown.name)) : null;
  return shownMesh(yield* pieceOf(entries, shown, part, prefix, detail));
}

function shownMesh(piece: MeshPiece): ViewMesh {
  const { quadratic, middles, shared, part } = piece;
  return {
    ...piece,
    divided: part !== null,
    hasMiddles: middles !== null,
    edges: quadratic && { count: quadratic.edges.count, owned: quadratic.ownedEdges },
    unwrapped: shared?.degree ?? null,
    tables: new OwnTables(piece),
  };
}

/** Collects the data that all ranks have agreed to show, of one of them. */
export function* pieceOf(
  entries: EntryMap,
  { name, dim, fields: shown }: ShownMesh,
  part: ViewPart | null,
  prefix: string,
  detail: ViewDetail,
): Collective<MeshPiece> {
  const key = meshKey(name), path = (own: string) => `${prefix}${key}/${own}`;
  const topology = entries.get(`${key}/${meshPaths.cells}`)!,
    places = entries.get(`${key}/${meshPaths.coordinates}`)!;
  const cells = topology.data as Int32Array, coordinates = places.data as Float64Array;
  const nodeCount = coordinates.length / dim, cellCount = cells.length / (dim + 1);
  const corners = {
    dim,
    cells,
    coordinates,
    nodeCount,
    ownedNodes: ownedRows(places) ?? nodeCount,
    ownedCells: ownedRows(topology) ?? cellCount,
  };
  const small = detail === "small";
  const degrees = ([1, 2] as const).filter((one) =>
    shown.some(({ degree, continuous }) => degree === one && continuous)
  );
  const vertices = degrees.length === 0 ? null : vertexCellsAt(entries, key, dim);
  const dofs = new Map<number, Int32Array>();
  for (const degree of vertices === null ? [] : degrees) {
    dofs.set(degree, yield* cellDofsOf(vertices!, degree, corners, part));
  }
  const isCoarse = small || !degrees.includes(2);
  const shared: SharedDofs | null = vertices && { degree: isCoarse ? 1 : 2, dofs };
  const middles = entries.get(`${key}/${meshPaths.middles}`)?.data as Float64Array | undefined;
  const isQuadratic = middles !== undefined || (degrees.includes(2) && shared === null);
  const quadratic = isQuadratic && !small ? yield* quadraticAt(corners, part) : null;
  const counts = (degree: number, continuous: boolean): Counts => {
    const { ownedNodes, ownedCells } = corners;
    if (continuous && degree === 1) {
      return vertices === null
        ? { rows: nodeCount, owned: ownedNodes }
        : { rows: vertices.joined.nodeCount, owned: vertices.owned };
    }
    if (continuous) {
      const count = vertices === null
        ? nodeCount + quadratic!.edges.count
        : part?.dofIds?.length ?? vertices.joined.nodeCount + vertices.joined.edges.count;
      return { rows: count, owned: part?.ownedDofs ?? count };
    }
    const perCell = degree === 0 ? 1 : dofsPerCell(dim, degree as 1 | 2);
    return { rows: cellCount * perCell, owned: ownedCells * perCell };
  };
  const routes = new Map<number, Routes>(), fields: ViewField[] = [];
  for (const all of shown) {
    if (small && !all.continuous && all.degree > 0) continue;
    // The values at the nodes are a field of degree 1.
    const nodal = small && all.degree === 2 && vertices === null;
    const field = nodal ? { ...all, degree: 1 } : all;
    const { degree, continuous } = field, count = counts(degree, continuous);
    const own = meshVariablePath(field.name);
    const whole = entries.get(`${key}/${own}`)?.data as Float64Array | null;
    const target = whole === null ? null : hdf5PathOf(path(own));
    const firstGhost = nodal ? part?.ownedDofs ?? nodeCount : corners.ownedNodes;
    const data = nodal ? atNodes(whole, field.components, corners, firstGhost) : whole;
    const stored = whole !== null && nodal &&
      { stored: { ghosts: firstGhost, rows: whole.length / field.components } };
    const found = { ...field, ...count, ...stored, target, data, ghosts: null };
    if (part === null || !continuous) fields.push(found);
    else {
      const ids = degree === 1 ? vertices?.ids ?? part.nodeIds : part.dofIds!;
      const way = routes.get(degree) ?? (yield* routesOfGhosts(ids, count.owned));
      routes.set(degree, way);
      fields.push(yield* withGhosts(found, way));
    }
  }
  const own = (relative: string) => hdf5PathOf(path(relative));
  return { ...corners, middles: middles ?? null, part, path: own, quadratic, shared, fields };
}

/** The values of a quadratic field at the nodes; its ghosts begin at a row of their own. */
function atNodes(
  data: Float64Array | null,
  components: number,
  { ownedNodes, nodeCount }: RankCells,
  firstGhost: number,
): Float64Array | null {
  if (data === null || ownedNodes === nodeCount) return data;
  const out = new Float64Array(nodeCount * components), own = ownedNodes * components;
  out.set(data.subarray(0, own));
  const ghosts = firstGhost * components;
  out.set(data.subarray(ghosts, ghosts + out.length - own), own);
  return out;
}

/** The number of rows that a field has on this rank, and how many of them this rank owns. */
interface Counts {
  readonly rows: number;
  readonly owned: number;
}

function* quadraticAt(corners: RankCells, part: ViewPart | null): Collective<Quadratic> {
  if (part !== null) return yield* quadraticOf(corners, part);
  const all = quadraticCellsOf(corners.cells, corners.dim, corners.nodeCount);
  return { ...all, ownedEdges: all.edges.count };
}

/** Which part of a mesh a rank has. */
export function partAt(entries: EntryMap, key: string): ViewPart {
  const idsAt = (path: string) => entries.get(`${key}/${path}`)?.data as Int32Array | undefined;
  const dofs = entries.get(`${key}/${QUADRATIC_IDS}`);
  return {
    nodeIds: idsAt(meshPaths.nodeIds)!,
    cellIds: idsAt(meshPaths.cellIds)!,
    dofIds: idsAt(QUADRATIC_IDS) ?? null,
    ownedDofs: ownedRows(dofs) ?? 0,
    globalNodes: storedPartition(entries.get(`${key}/${meshPaths.partition}`)).globalNodes,
  };
}

/** The routes from the owners to the ghosts among `ids`. */
function routesOfGhosts(ids: Int32Array, owned: number): Collective<Routes> {
  const own = ids.subarray(0, owned);
  return routesOf(Float64Array.from(ids.subarray(owned)), (id) => placeOf(own, id));
}

/** Returns the field with the owners' values at its ghosts. */
function* withGhosts(field: ViewField, routes: Routes): Collective<ViewField> {
  const { data, rows, owned, components } = field;
  const ghosts = allocate("float64", (rows - owned) * components);
  yield* fetchRows(routes, data, components, ghosts);
  const here = data?.subarray(owned * components) ?? new Float64Array(ghosts.length);
  if (sameBytes(here, ghosts)) return field;
  const all = allocate("float64", rows * components);
  if (data !== null) all.set(data);
  all.set(ghosts, owned * components);
  return { ...field, data: all, ghosts };
}
