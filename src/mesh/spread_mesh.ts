/**
 * A divided mesh made from blocks of cells: no rank ever has the whole.
 *
 * @module
 */
import { allOrNone, requireSame } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { findFacets } from "./facet_lookup.ts";
import { Geometry } from "./geometry.ts";
import { Halo } from "./halo.ts";
import { IdTable } from "./id_table.ts";
import { IndexMap } from "./index_map.ts";
import type { MeshBlocks } from "./mesh_blocks.ts";
import { findNeighbours } from "./neighbours.ts";
import { owningCells } from "./owning_cells.ts";
import { centroidsOf, partitionSpread } from "./partition_cells.ts";
import { type BoundaryPart, RankMesh } from "./rank_mesh.ts";
import { ghostCells } from "./ghost_cells.ts";
import { type FacetList, Topology } from "./topology.ts";

/**
 * This rank's part of a mesh, as it would be divided if every rank had it whole. Collective.
 *
 * @param what The name of the mesh, for ranks to compare.
 * @throws {RangeError} when ranks give other meshes, or a cell has no volume.
 */
export function spreadMesh(blocks: MeshBlocks, comm: Comm, what: string): Geometry {
  const { dim, cellCount, nodeCount, words } = blocks;
  requireSame(comm, "a mesh is the same on all ranks", `${what}, ${words}`);
  const owned = ownedCells(blocks, comm);
  const cells = ghostCells(blocks, owned, comm);
  const { nodes, rows } = sharedNodes(blocks, cells, comm);
  const here = { dim, nodeCount: nodes.count, cellCount: cells.count, cells: rows };
  const exterior = exteriorOf(findNeighbours(here), dim, cells, comm);
  const boundaries = new Map<string, BoundaryPart>(), lists = new Map<string, Int32Array>();
  for (const [name, facets] of blocks.boundaries()) {
    const { part, list } = boundaryHere(facets, nodes, here);
    boundaries.set(name, part);
    lists.set(name, list);
  }
  const data = { ...here, boundaries: lists, regions: new Map(), forest: null };
  const none = { vertices: null, twins: null, fingerprint: null };
  const parts = { data, cells, nodes, boundaries, exterior, rim: exterior, ...none };
  const rankMesh = new RankMesh(parts, comm, null);
  const topology = new Topology(rankMesh.data, rankMesh);
  const coordinates = blocks.placesAt(nodes.ids);
  return allOrNone(comm, () => {
    try {
      return new Geometry(topology, coordinates);
    } catch (error) {
      // In the numbers of the whole mesh, as on one rank.
      const whole = { dim, nodeCount, cells: blocks.cellsAt(cellCount) };
      const all = new Topology({ ...whole, boundaries: new Map(), regions: new Map() });
      void new Geometry(all, blocks.placesAt(nodeCount));
      throw error;
    }
  });
}

/** At most this many cells are looked at in one go. */
const chunk = 8192;

/** Global ids of the cells that this rank owns, ascending. Each rank divides a block of cells. */
function ownedCells(blocks: MeshBlocks, comm: Comm): Int32Array {
  const { dim, cellCount } = blocks, { rank, size } = comm;
  const first = Math.floor(cellCount * rank / size);
  const count = Math.floor(cellCount * (rank + 1) / size) - first;
  const ids = new Int32Array(count), centres = new Float64Array(count * dim);
  for (let i = 0; i < count; i++) ids[i] = first + i;
  for (let start = 0; start < count; start += chunk) {
    const nodes = blocks.cellsAt(ids.subarray(start, start + chunk));
    const corners = Int32Array.from(nodes.keys());
    centres.set(centroidsOf(dim, corners, blocks.placesAt(nodes)), start * dim);
  }
  const owners = partitionSpread({ dim, centres, ids, weights: null }, cellCount, comm);
  const counts = new Int32Array(size);
  for (let i = 0; i < count; i++) counts[owners[i]]++;
  const lists = Array.from(counts, (length) => new Int32Array(length));
  counts.fill(0);
  for (let i = 0; i < count; i++) lists[owners[i]][counts[owners[i]]++] = ids[i];
  return joinedLists(comm.alltoallv(lists));
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

/** The nodes of some cells, each owned by the owner of the lowest cell that has it, and the cells by local nodes. */
function sharedNodes(
  blocks: MeshBlocks,
  cells: IndexMap,
  comm: Comm,
): { nodes: IndexMap; rows: Int32Array } {
  const { dim, nodeCount } = blocks, corners = dim + 1;
  const rows = blocks.cellsAt(cells.ids), table = new IdTable(rows.length / (2 * dim));
  for (let i = 0; i < rows.length; i++) rows[i] = table.add(rows[i]);
  const { ids } = table, deciding = owningCells(rows, corners, ids.length, cells.ids);
  const owners = new Int32Array(ids.length);
  for (let n = 0; n < owners.length; n++) owners[n] = cells.ownerOf(deciding[n]);
  // Of cells around the outermost nodes some may not be here; the owner of a cell has all those around it.
  const end = cells.owned * corners, known = new Float64Array(rows.length);
  const isInside = new Uint8Array(ids.length);
  for (let i = 0; i < end; i++) {
    known[i] = owners[rows[i]];
    isInside[rows[i]] = 1;
  }
  Halo.of(cells, comm).sync(known, corners);
  for (let i = end; i < rows.length; i++) {
    if (isInside[rows[i]] === 0) owners[rows[i]] = known[i];
  }
  const { map, locals } = IndexMap.sorted({ ids, owners, globalCount: nodeCount }, comm);
  for (let i = 0; i < rows.length; i++) rows[i] = locals[rows[i]];
  return { nodes: map, rows };
}

/**
 * The facets of this rank's cells that have one cell only in the whole mesh: the owner of a cell has all cells around
 * it. Collective.
 */
function exteriorOf(
  neighbours: Int32Array,
  dim: number,
  cells: IndexMap,
  comm: Comm,
): FacetList {
  const corners = dim + 1, bits = new Float64Array(cells.count);
  for (let i = 0; i < cells.owned * corners; i++) {
    if (neighbours[i] < 0) bits[(i / corners) | 0] += 1 << (i % corners);
  }
  Halo.of(cells, comm).sync(bits, 1);
  const order = Int32Array.from(cells.ids.keys()).filter((cell) => bits[cell] > 0);
  order.sort((a, b) => cells.ids[a] - cells.ids[b]);
  const places: number[] = [];
  for (const cell of order) {
    for (let k = 0; k < corners; k++) if (bits[cell] & (1 << k)) places.push(cell * corners + k);
  }
  return facetsAt(Int32Array.from(places), corners);
}

function facetsAt(places: Int32Array, corners: number): FacetList {
  return {
    count: places.length,
    cells: places.map((place) => (place / corners) | 0),
    locals: places.map((place) => place % corners),
  };
}

/** Those of a boundary's facets whose cell is here, and their local nodes. */
function boundaryHere(
  facets: Int32Array,
  nodes: IndexMap,
  here: { dim: 2 | 3; nodeCount: number; cellCount: number; cells: Int32Array },
): { part: BoundaryPart; list: Int32Array } {
  const { dim } = here, near: number[] = [], local: number[] = [];
  for (let f = 0; f * dim < facets.length; f++) {
    const row = Array.from(facets.subarray(f * dim, (f + 1) * dim), (id) => nodes.localOf(id));
    if (row.includes(-1)) continue;
    near.push(f);
    local.push(...row);
  }
  const list = Int32Array.from(local);
  const places = findFacets(here, new Map([["", list]]), true).get("")!;
  const isHere = (_: number, i: number) => places[i] >= 0;
  const part = {
    rows: Int32Array.from(near.filter(isHere)),
    ...facetsAt(places.filter((p) => p >= 0), dim + 1),
  };
  return { part, list: list.filter((_, i) => places[Math.floor(i / dim)] >= 0) };
}
