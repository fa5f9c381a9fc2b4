/**
 * A mesh whose parts come from other ranks than those that are to have them: each rank sends its pieces to their
 * owners, and no rank has the whole.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { RowRoutes } from "../snapshot/row_routes.ts";
import { Geometry } from "./geometry.ts";
import { ghostCells } from "./ghost_cells.ts";
import { Halo } from "./halo.ts";
import { IdTable } from "./id_table.ts";
import type { MeshPieces } from "./mesh_pieces.ts";
import { findNeighbours } from "./neighbours.ts";
import { listedThings, ofListed } from "./listed_things.ts";
import { RankMesh } from "./rank_mesh.ts";
import { type CellsHere, cellsNear, exteriorOf, sharedNodes } from "./spread_mesh.ts";
import { Topology } from "./topology.ts";

/**
 * This rank's part of a mesh that ranks give in pieces: as it would be divided if one rank had all of it. Collective.
 *
 * @param pieces What this rank gives.
 * @param owners Which rank is to own each of the cells that this rank gives.
 * @param fingerprint What tells the whole topology and its division from others, `[2]`; null for a new mesh.
 * @throws {RangeError} when a cell is inverted or has no volume.
 */
export function divideMesh(
  pieces: MeshPieces,
  owners: Int32Array,
  fingerprint: Uint32Array | null,
  comm: Comm,
): Geometry {
  const { dim, nodeCount } = pieces;
  const own = ownCells(pieces, owners, comm);
  const { here, forest } = cellsHere(pieces, own, comm), { cells, rows, table, isEdge } = here;
  const { nodes, locals } = sharedNodes(pieces, here, comm);
  const counts = { dim, cellCount: cells.count, cells: rows };
  const exterior = exteriorOf(
    cellsNear({ ...counts, nodeCount: table.count }, isEdge),
    isEdge,
    cells,
    comm,
  );
  for (let i = 0; i < rows.length; i++) rows[i] = locals[rows[i]];
  const things = listedThings(pieces, owners, cells, comm);
  const { parts: boundaries, facets, regions } = ofListed(pieces, things, cells, nodes);
  const data = { ...counts, nodeCount: nodes.count, boundaries: facets, regions, forest };
  const none = { vertices: null, twins: null };
  const parts = { data, cells, nodes, boundaries, exterior, rim: exterior, fingerprint, ...none };
  const rankMesh = new RankMesh(parts, comm);
  const topology = new Topology(rankMesh.data, rankMesh);
  const places = RowRoutes.of(comm, pieces.nodes, nodes.ids, nodeCount)!.bring(pieces.places, dim);
  const middles = pieces.middlesFor?.(topology) ?? null;
  return allOrNone(comm, () => new Geometry(topology, places, middles));
}

/** Cells with what belongs to each, by ascending id. */
interface CellRecords {
  readonly ids: Int32Array;
  /** Nodes by global id, and of an adapted mesh label and level, `[cells x width]`. */
  readonly rows: Int32Array;
  readonly width: number;
}

/** The cells that this rank is to own. Collective. */
function ownCells({ dim, cells, rows, forest }: MeshPieces, owners: Int32Array, comm: Comm) {
  const corners = dim + 1, width = corners + (forest === null ? 0 : 2);
  const arrived = comm.alltoallv(
    listsByRank(cells.length, comm.size, (i) => owners[i]).map((list) => {
      const out = new Int32Array(list.length * (width + 1));
      for (let i = 0, at = 0; i < list.length; i++) {
        out[at++] = cells[list[i]];
        for (let k = 0; k < corners; k++) out[at++] = rows[list[i] * corners + k];
        if (forest === null) continue;
        out[at++] = forest.labels[list[i]];
        out[at++] = forest.levels[list[i]];
      }
      return out;
    }),
  );
  return inOrder(arrived, width);
}

/** Records of all senders, each an id and `width` numbers, by ascending id. */
function inOrder(arrived: readonly Int32Array[], width: number): CellRecords {
  const count = arrived.reduce((sum, { length }) => sum + length, 0) / (width + 1);
  const ids = new Int32Array(count), rows = new Int32Array(count * width);
  // Each sender's records ascend: the one whose next is the lowest goes on.
  const at = arrived.map(() => 0);
  for (let i = 0; i < count;) {
    let from = -1, next = Infinity;
    for (let r = 0; r < arrived.length; r++) {
      if (at[r] === arrived[r].length) continue;
      const id = arrived[r][at[r]];
      if (from < 0 || id < arrived[from][at[from]]) {
        next = from < 0 ? Infinity : arrived[from][at[from]];
        from = r;
      } else next = Math.min(next, id);
    }
    const list = arrived[from];
    while (at[from] < list.length && list[at[from]] < next) {
      ids[i] = list[at[from]++];
      for (let k = 0; k < width; k++) rows[i * width + k] = list[at[from]++];
      i++;
    }
  }
  return { ids, rows, width };
}

/** The own cells and those around them, by nodes that are numbered as they come. Collective. */
function cellsHere(pieces: MeshPieces, own: CellRecords, comm: Comm) {
  const { dim } = pieces, corners = dim + 1, { ids, width } = own, owned = ids.length;
  const rows = new Int32Array(owned * corners);
  for (let i = 0; i < rows.length; i++) {
    rows[i] = own.rows[((i / corners) | 0) * width + i % corners];
  }
  const table = new IdTable(rows.length / (2 * dim));
  table.addAll(rows);
  const isEdge = edgeNodes({ dim, nodeCount: table.count, cellCount: owned, cells: rows });
  const nodes: number[] = [], cellsOf: number[] = [], known = table.ids;
  for (let i = 0; i < rows.length; i++) {
    if (isEdge[rows[i]] === 0) continue;
    nodes.push(known[rows[i]]);
    cellsOf.push(ids[(i / corners) | 0]);
  }
  const cells = ghostCells(pieces, ids, Int32Array.from(nodes), Int32Array.from(cellsOf), comm);
  const all = new Float64Array(cells.count * width);
  all.set(own.rows);
  Halo.of(cells, comm).sync(all, width);
  const around = new Int32Array((cells.count - owned) * corners);
  for (let i = 0; i < around.length; i++) {
    around[i] = all[(owned + ((i / corners) | 0)) * width + i % corners];
  }
  table.addAll(around);
  const isOuter = new Uint8Array(table.count).fill(1);
  isOuter.set(isEdge);
  const joined = new Int32Array(cells.count * corners);
  joined.set(rows);
  joined.set(around, rows.length);
  const here: CellsHere = { cells, table, rows: joined, ownNodes: isEdge.length, isEdge: isOuter };
  const bytes = (k: number) =>
    Uint8Array.from({ length: cells.count }, (_, i) => all[i * width + corners + k]);
  const forest = pieces.forest === null ? null : { labels: bytes(0), levels: bytes(1) };
  return { here, forest };
}

/** Which nodes are on a facet that has one of the cells only: others may have cells around these alone. */
function edgeNodes(rows: Parameters<typeof findNeighbours>[0]): Uint8Array {
  const { cells, nodeCount, dim } = rows, corners = dim + 1;
  const isEdge = new Uint8Array(nodeCount), across = findNeighbours(rows);
  for (let i = 0; i < across.length; i++) {
    if (across[i] >= 0) continue;
    const start = i - i % corners;
    for (let k = start; k < start + corners; k++) if (k !== i) isEdge[cells[k]] = 1;
  }
  return isEdge;
}
