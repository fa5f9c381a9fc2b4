/**
 * What the cells of a rank share with those of other ranks, where no rank has them all.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { Halo } from "./halo.ts";
import type { IdTable } from "./id_table.ts";
import { IndexMap } from "./index_map.ts";
import { type CellRows, findNeighbours } from "./neighbours.ts";
import { owningCells } from "./owning_cells.ts";
import type { FacetList } from "./topology.ts";

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

/** The nodes of some cells, each owned by the owner of the lowest cell that has it, and their local numbers. */
export function sharedNodes(
  { dim, nodeCount }: { readonly dim: 2 | 3; readonly nodeCount: number },
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

/** Facets by the places where they stand: cell * (dim + 1) + local facet. */
export function facetsAt(places: Int32Array, corners: number): FacetList {
  return {
    count: places.length,
    cells: places.map((place) => (place / corners) | 0),
    locals: places.map((place) => place % corners),
  };
}
