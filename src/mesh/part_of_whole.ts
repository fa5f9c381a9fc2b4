/**
 * One rank's part of a mesh that is at hand as a whole.
 *
 * @module
 */
import { fingerprintOf } from "../comm/fingerprint.ts";
import type { Comm } from "../comm/comm.ts";
import { IndexMap } from "./index_map.ts";
import { owningCells } from "./owning_cells.ts";
import { type BoundaryPart, RankMesh } from "./rank_mesh.ts";
import type { FacetList, Topology } from "./topology.ts";

/**
 * The cells that a rank owns, and as ghosts those that share a vertex with one of them.
 *
 * @param cellOwners the owner of every cell of `whole`.
 * @param isRebalanced Whether that is another division than that of a new mesh, so that cells alone do not tell which.
 */
export function partOfWhole(
  whole: Topology,
  cellOwners: Int32Array,
  comm: Comm,
  isRebalanced = false,
): RankMesh {
  const { dim, joined } = whole, corners = dim + 1;
  const cells = cellsOf(joined.cells, joined.nodeCount, cellOwners, comm);
  const locals = localsOf(cells);
  const shared = (table: Int32Array, count: number) => {
    const indexMap = sharedBy(table, corners, count, cellOwners, cells, comm);
    const numbers = localsOf(indexMap);
    return { indexMap, numbers, rows: rowsOf(table, corners, cells.ids, numbers) };
  };
  const nodes = shared(whole.cells, whole.nodeCount);
  const vertices = whole.twins === null ? null : shared(joined.cells, joined.nodeCount);
  const boundaries = new Map<string, BoundaryPart>();
  const facetNodes = new Map<string, Int32Array>();
  for (const [name, facets] of whole.boundaries) {
    const part = localFacets(whole.facetsOf(name), locals);
    boundaries.set(name, part);
    facetNodes.set(name, rowsOf(facets, dim, part.rows, nodes.numbers));
  }
  const regions = new Map<string, Int32Array>();
  for (const [name, ids] of whole.regions) {
    regions.set(name, ids.map((id) => locals[id]).filter((cell) => cell >= 0).sort());
  }
  const forest = whole.forest && {
    labels: pickBytes(whole.forest.labels, cells.ids),
    levels: pickBytes(whole.forest.levels, cells.ids),
  };
  const nodeCount = nodes.indexMap.count;
  const data = { dim, nodeCount, cells: nodes.rows, boundaries: facetNodes, regions, forest };
  const parts = {
    data,
    cells,
    nodes: nodes.indexMap,
    vertices: vertices && { indexMap: vertices.indexMap, cellVertices: vertices.rows },
    boundaries,
    exterior: localFacets(whole.exteriorFacets, locals),
    rim: localFacets(whole.rimFacets, locals),
    twins: whole.twins,
    fingerprint: whole.forest === null && !isRebalanced ? null : fingerprintFor(whole, cellOwners),
  };
  return new RankMesh(parts, comm, whole);
}

function cellsOf(
  cells: Int32Array,
  nodeCount: number,
  owners: Int32Array,
  comm: Comm,
): IndexMap {
  const corners = cells.length / owners.length, touched = new Uint8Array(nodeCount);
  for (let i = 0; i < cells.length; i++) {
    if (owners[(i / corners) | 0] === comm.rank) touched[cells[i]] = 1;
  }
  const layer = new Uint8Array(owners.length);
  for (let i = 0; i < cells.length; i++) {
    if (touched[cells[i]] !== 0) layer[(i / corners) | 0] = 1;
  }
  return IndexMap.ofOwners(owners, layer, comm);
}

/** What tells a topology and its division from others. */
function fingerprintFor(whole: Topology, owners: Int32Array): Uint32Array {
  const { cells, boundaries, regions, forest, twins } = whole;
  const lists = [...boundaries.values(), ...regions.values(), ...twins?.values() ?? []];
  const all = [cells, owners, ...lists];
  const hash = fingerprintOf(forest ? [...all, forest.labels, forest.levels] : all);
  return Uint32Array.of(parseInt(hash.slice(0, 8), 16), parseInt(hash.slice(8), 16));
}

/** Local numbers by global id, -1 for what is not here. */
function localsOf({ ids, globalCount }: IndexMap): Int32Array {
  const locals = new Int32Array(globalCount).fill(-1);
  for (let i = 0; i < ids.length; i++) locals[ids[i]] = i;
  return locals;
}

/** Those of some facets whose cell is here. */
function localFacets(list: FacetList, locals: Int32Array): BoundaryPart {
  const found: number[] = [];
  for (let f = 0; f < list.count; f++) if (locals[list.cells[f]] >= 0) found.push(f);
  const rows = Int32Array.from(found);
  return {
    rows,
    count: rows.length,
    cells: rows.map((f) => locals[list.cells[f]]),
    locals: rows.map((f) => list.locals[f]),
  };
}

function pickBytes(bytes: Uint8Array, rows: Int32Array): Uint8Array {
  const out = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = bytes[rows[i]];
  return out;
}

/** Numbers what cells share; a thing belongs to the owner of the lowest cell that has it. */
function sharedBy(
  cellThings: Int32Array,
  perCell: number,
  count: number,
  cellOwners: Int32Array,
  cells: IndexMap,
  comm: Comm,
): IndexMap {
  const owners = owningCells(cellThings, perCell, count, null)
    .map((cell) => cell < 0 ? 0 : cellOwners[cell]);
  const present = new Uint8Array(count);
  for (let i = 0; i < cells.count; i++) {
    const start = cells.ids[i] * perCell;
    for (let k = 0; k < perCell; k++) present[cellThings[start + k]] = 1;
  }
  return IndexMap.ofOwners(owners, present, comm);
}

/** Rows of a table, its entries in local numbers. */
function rowsOf(
  table: Int32Array,
  width: number,
  rows: Int32Array,
  locals: Int32Array,
): Int32Array {
  const out = new Int32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    for (let k = 0; k < width; k++) out[i * width + k] = locals[table[rows[i] * width + k]];
  }
  return out;
}
