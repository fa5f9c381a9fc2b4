/**
 * A divided mesh made from blocks of cells: no rank ever has the whole.
 *
 * @module
 */
import { allOrNone, requireSame } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { findFacets } from "./facet_lookup.ts";
import { Geometry } from "./geometry.ts";
import { ghostCells } from "./ghost_cells.ts";
import { Halo } from "./halo.ts";
import { IdTable } from "./id_table.ts";
import { IndexMap } from "./index_map.ts";
import type { MeshBlocks } from "./mesh_blocks.ts";
import { type CellRows, findNeighbours } from "./neighbours.ts";
import { owningCells } from "./owning_cells.ts";
import { partitionSpread } from "./partition_cells.ts";
import { type BoundaryPart, RankMesh } from "./rank_mesh.ts";
import { type FacetList, Topology } from "./topology.ts";

/**
 * This rank's part of a mesh, as it would be divided if every rank had it whole. Collective.
 *
 * @param what The name of the mesh, for ranks to compare.
 * @throws {RangeError} when ranks give other meshes, or a cell has no volume.
 */
export function spreadMesh(blocks: MeshBlocks, comm: Comm, what: string): Geometry {
  const { dim, words } = blocks;
  requireSame(comm, "a mesh is the same on all ranks", `${what}, ${words}`);
  const part = cellsHere(blocks, comm);
  const { cells, rows, isEdge } = part, { nodes, locals } = sharedNodes(blocks, part, comm);
  const here = { dim, nodeCount: nodes.count, cellCount: cells.count, cells: rows };
  const near = cellsNear({ ...here, nodeCount: part.table.count }, isEdge);
  const exterior = exteriorOf(near, isEdge, cells, comm);
  for (let i = 0; i < rows.length; i++) rows[i] = locals[rows[i]];
  const lists = blocks.boundaries();
  const { parts: boundaries, facets } = boundariesHere(lists, nodes, here, near.ids);
  const data = { ...here, boundaries: facets, regions: new Map(), forest: null };
  const none = { vertices: null, twins: null, fingerprint: null };
  const parts = { data, cells, nodes, boundaries, exterior, rim: exterior, ...none };
  const rankMesh = new RankMesh(parts, comm, null);
  return placed(blocks, new Topology(rankMesh.data, rankMesh), comm);
}

/** The geometry of a part; where a cell has no volume, the error is that of one rank. Collective. */
function placed(blocks: MeshBlocks, topology: Topology, comm: Comm): Geometry {
  const { dim, cellCount, nodeCount } = blocks;
  const coordinates = blocks.placesAt(topology.rankMesh!.nodes.ids);
  return allOrNone(comm, () => {
    try {
      return new Geometry(topology, coordinates);
    } catch (error) {
      // In the numbers of the whole mesh.
      const whole = { dim, nodeCount, cells: blocks.cellsAt(cellCount) };
      const all = new Topology({ ...whole, boundaries: new Map(), regions: new Map() });
      void new Geometry(all, blocks.placesAt(nodeCount));
      throw error;
    }
  });
}

/** The cells of a rank by nodes that are numbered as they come. */
export interface CellsHere {
  readonly cells: IndexMap;
  readonly table: IdTable;
  /** Numbers of nodes, `[cellCount x (dim + 1)]`. */
  readonly rows: Int32Array;
  /** How many of the nodes, the first ones, are those of owned cells. */
  readonly ownNodes: number;
  /** Whether a node may have other cells around it, or be at the edge of the domain, by number. */
  readonly isEdge: Uint8Array;
}

/** The cells that this rank owns, and its ghosts. Collective. */
function cellsHere(blocks: MeshBlocks, comm: Comm): CellsHere {
  const corners = blocks.dim + 1, ids = ownedCells(blocks, comm);
  const own = blocks.cellsAt(ids), table = new IdTable(own.length / (2 * blocks.dim));
  table.addAll(own);
  const isEdge = new Uint8Array(table.count);
  for (let i = 0; i < own.length; i++) isEdge[own[i]]++;
  for (let n = 0; n < isEdge.length; n++) isEdge[n] = isEdge[n] < blocks.cellsAround ? 1 : 0;
  let atEdge = 0;
  for (let i = 0; i < own.length; i++) atEdge += isEdge[own[i]];
  const nodes = new Int32Array(atEdge), cellsOf = new Int32Array(atEdge), known = table.ids;
  for (let i = 0, at = 0; i < own.length; i++) {
    if (isEdge[own[i]] === 0) continue;
    nodes[at] = known[own[i]];
    cellsOf[at++] = ids[(i / corners) | 0];
  }
  const cells = ghostCells(blocks, ids, nodes, cellsOf, comm);
  const rows = new Int32Array(cells.count * corners), others = cells.ids.slice(cells.owned);
  rows.set(own);
  const around = blocks.cellsAt(others);
  table.addAll(around);
  rows.set(around, own.length);
  const isOuter = new Uint8Array(table.count).fill(1);
  isOuter.set(isEdge);
  return { cells, table, rows, ownNodes: isEdge.length, isEdge: isOuter };
}

/** Global ids of the cells that this rank owns, ascending. Each rank divides a block of cells. */
function ownedCells(blocks: MeshBlocks, comm: Comm): Int32Array {
  const { dim, cellCount } = blocks, { rank, size } = comm;
  const first = Math.floor(cellCount * rank / size);
  const count = Math.floor(cellCount * (rank + 1) / size) - first;
  const ids = new Int32Array(count), centres = blocks.centresOf(first, count);
  for (let i = 0; i < count; i++) ids[i] = first + i;
  const owners = partitionSpread({ dim, centres, ids, weights: null }, cellCount, comm);
  const lists = listsByRank(count, size, (i) => owners[i]);
  return joinedLists(comm.alltoallv(lists.map((list) => list.map((i) => ids[i]))));
}

/** Lists one behind the other. */
function joinedLists(lists: readonly Int32Array[]): Int32Array {
  const out = new Int32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    out.set(list, at);
    at += list.length;
  }
  return out;
}

/** The nodes of some cells, each owned by the owner of the lowest cell that has it, and their local numbers. */
export function sharedNodes(
  { dim, nodeCount }: Pick<MeshBlocks, "dim" | "nodeCount">,
  { cells, rows, table, ownNodes }: CellsHere,
  comm: Comm,
): { nodes: IndexMap; locals: Int32Array } {
  const corners = dim + 1, { ids } = table;
  const deciding = owningCells(rows, corners, ids.length, cells.ids);
  const owners = new Int32Array(ids.length);
  for (let n = 0; n < owners.length; n++) owners[n] = cells.ownerOf(deciding[n]);
  // Of cells around the outermost nodes some may not be here; the owner of a cell has all those around it.
  const ownersIn = (list: Int32Array) => {
    const out = new Float64Array(list.length * corners);
    for (let i = 0; i < out.length; i++) {
      out[i] = owners[rows[list[(i / corners) | 0] * corners + i % corners]];
    }
    return out;
  };
  for (const { ghosts, data } of Halo.of(cells, comm).exchange(ownersIn)) {
    for (let i = 0; i < data.length; i++) {
      const node = rows[ghosts[(i / corners) | 0] * corners + i % corners];
      if (node >= ownNodes) owners[node] = data[i];
    }
  }
  const { map, locals } = IndexMap.sorted({ ids, owners, globalCount: nodeCount }, comm);
  return { nodes: map, locals };
}

/**
 * The facets of this rank's cells that have one cell only in the whole mesh: the owner of a cell has all cells around
 * it. Collective.
 *
 * @param isEdge Of nodes: whether a facet may be without a second cell there.
 */
export function exteriorOf(
  { ids: near, rows: { dim, nodeCount, cells: some } }: CellsNear,
  isEdge: Uint8Array,
  cells: IndexMap,
  comm: Comm,
): FacetList {
  const corners = dim + 1;
  const across = findNeighbours({ dim, nodeCount, cellCount: near.length, cells: some });
  const bits = new Float64Array(cells.count);
  for (let i = 0; i < across.length; i++) {
    const cell = near[(i / corners) | 0];
    if (across[i] >= 0 || cell >= cells.owned || !isAtEdge(some, i, corners, isEdge)) continue;
    bits[cell] += 1 << (i % corners);
  }
  Halo.of(cells, comm).sync(bits, 1);
  const places: number[] = [], found: number[] = [];
  for (let c = 0; c < bits.length; c++) if (bits[c] > 0) found.push(c);
  for (const cell of found.sort((a, b) => cells.ids[a] - cells.ids[b])) {
    for (let k = 0; k < corners; k++) if (bits[cell] & (1 << k)) places.push(cell * corners + k);
  }
  return facetsAt(Int32Array.from(places), corners);
}

/** Cells with a facet at the edge of what a rank owns, by their local numbers. */
interface CellsNear {
  readonly ids: Int32Array;
  readonly rows: CellRows;
}

export function cellsNear(
  { dim, cells, cellCount, nodeCount }: CellRows,
  isEdge: Uint8Array,
): CellsNear {
  const corners = dim + 1, near: number[] = [];
  for (let c = 0; c < cellCount; c++) {
    let count = 0;
    for (let k = c * corners; k < (c + 1) * corners; k++) count += isEdge[cells[k]];
    if (count >= dim) near.push(c);
  }
  const ids = Int32Array.from(near), some = rowsAt(cells, ids, corners);
  return { ids, rows: { dim, nodeCount, cellCount: ids.length, cells: some } };
}

function rowsAt(table: Int32Array, rows: Int32Array, width: number): Int32Array {
  const out = new Int32Array(rows.length * width);
  for (let i = 0; i < out.length; i++) out[i] = table[rows[(i / width) | 0] * width + i % width];
  return out;
}

/** Whether all nodes of the facet opposite to the corner that stands at `i` are at the edge. */
function isAtEdge(rows: Int32Array, i: number, corners: number, isEdge: Uint8Array): boolean {
  const start = i - i % corners;
  for (let k = start; k < start + corners; k++) if (k !== i && isEdge[rows[k]] !== 1) return false;
  return true;
}

export function facetsAt(places: Int32Array, corners: number): FacetList {
  return {
    count: places.length,
    cells: places.map((place) => (place / corners) | 0),
    locals: places.map((place) => place % corners),
  };
}

/** Of the boundaries' facets those whose cell is here, and their local nodes. */
function boundariesHere(
  lists: ReadonlyMap<string, Int32Array>,
  nodes: IndexMap,
  here: CellRows,
  cellsNear: Int32Array,
): { parts: Map<string, BoundaryPart>; facets: Map<string, Int32Array> } {
  const { dim } = here, near = new Map<string, Int32Array>(), local = new Map<string, Int32Array>();
  for (const [name, facets] of lists) {
    const rows: number[] = [], ids = facets.map((id) => nodes.localOf(id));
    for (let f = 0; f * dim < ids.length; f++) {
      if (!ids.subarray(f * dim, (f + 1) * dim).includes(-1)) rows.push(f);
    }
    near.set(name, Int32Array.from(rows));
    local.set(
      name,
      Int32Array.from(rows.flatMap((f) => [...ids.subarray(f * dim, (f + 1) * dim)])),
    );
  }
  const parts = new Map<string, BoundaryPart>(), facets = new Map<string, Int32Array>();
  const corners = dim + 1, cells = rowsAt(here.cells, cellsNear, corners);
  const some = { ...here, cells, cellCount: cellsNear.length };
  for (const [name, found] of findFacets(some, local, true)) {
    const places = found.map((place) =>
      place < 0 ? -1 : cellsNear[(place / corners) | 0] * corners + place % corners
    );
    const rows = near.get(name)!.filter((_, i) => places[i] >= 0);
    parts.set(name, { rows, ...facetsAt(places.filter((place) => place >= 0), dim + 1) });
    facets.set(name, local.get(name)!.filter((_, i) => places[Math.floor(i / dim)] >= 0));
  }
  return { parts, facets };
}
