/**
 * The parts of a mesh that is at hand as a whole.
 *
 * @module
 */
import { fingerprintOf } from "../comm/fingerprint.ts";
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { type BoundaryData, type IndexData, type PartData, rankMeshOf } from "./part_data.ts";
import type { BoundaryPart, RankMesh } from "./rank_mesh.ts";
import { SharedNumbers } from "./shared_numbers.ts";
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
  const parts = new PartsOfWhole(whole, cellOwners, comm.size, isRebalanced);
  return rankMeshOf(parts.of(comm.rank), comm);
}

/** A whole mesh with owners of its cells. A part takes time and memory in proportion to its own size and the boundary. */
export class PartsOfWhole {
  readonly #whole: Topology;
  readonly #owners: Int32Array;
  /** The cells of each rank, ascending. */
  readonly #own: readonly Int32Array[];
  readonly #nodes: SharedNumbers;
  /** Of a periodic mesh; otherwise vertices are nodes. */
  readonly #vertices: SharedNumbers | null;
  readonly #memberships: Memberships;
  readonly #fingerprint: Uint32Array | null;
  /** Local numbers of the cells of the part that is being made, by global id; -1 for others. */
  readonly #locals: Int32Array;

  /** As {@link partOfWhole} takes them. */
  constructor(whole: Topology, cellOwners: Int32Array, ranks: number, isRebalanced: boolean) {
    const { dim, cells, nodeCount, cellCount, twins, forest, joined } = whole, corners = dim + 1;
    this.#whole = whole;
    this.#owners = cellOwners;
    this.#own = listsByRank(cellCount, ranks, (cell) => cellOwners[cell]);
    this.#nodes = new SharedNumbers(cells, corners, nodeCount, cellOwners);
    this.#vertices = twins === null
      ? null
      : new SharedNumbers(joined.cells, corners, joined.nodeCount, cellOwners);
    this.#memberships = membershipsOf(whole);
    this.#fingerprint = forest === null && !isRebalanced ? null : fingerprintFor(whole, cellOwners);
    this.#locals = new Int32Array(cellCount).fill(-1);
  }

  /** The part of one rank. */
  of(rank: number): PartData {
    const { dim, boundaries, forest, exteriorFacets, rimFacets, twins } = this.#whole;
    const locals = this.#locals, cells = this.#cellsOf(rank), { ids } = cells;
    for (let i = 0; i < ids.length; i++) locals[ids[i]] = i;
    const nodes = this.#nodes.of(rank, ids);
    const found = new Map<string, BoundaryData>();
    for (const [name, facets] of boundaries) {
      const part = localFacets(this.#whole.facetsOf(name), locals);
      found.set(name, { ...part, nodes: this.#nodes.numbersIn(facets, dim, part.rows) });
    }
    const exterior = localFacets(exteriorFacets, locals);
    const part = {
      dim,
      cells,
      nodes: nodes.index,
      cellNodes: nodes.rows,
      vertices: this.#verticesOf(rank, ids),
      boundaries: found,
      regions: this.#regionsOf(ids),
      forest: forest && {
        labels: pickBytes(forest.labels, ids),
        levels: pickBytes(forest.levels, ids),
      },
      exterior,
      rim: twins === null ? exterior : localFacets(rimFacets, locals),
      twins,
      fingerprint: this.#fingerprint,
    };
    for (let i = 0; i < ids.length; i++) locals[ids[i]] = -1;
    return part;
  }

  /** The cells of a rank, and those around them. */
  #cellsOf(rank: number): IndexData {
    const own = this.#own[rank], owners = this.#owners;
    const ghosts = (this.#vertices ?? this.#nodes).cellsAround(own, rank);
    const ids = new Int32Array(own.length + ghosts.length);
    ids.set(own);
    ids.set(ghosts, own.length);
    return { ids, ghostOwners: ghosts.map((id) => owners[id]), globalCount: owners.length };
  }

  #verticesOf(rank: number, cells: Int32Array): PartData["vertices"] {
    if (this.#vertices === null) return null;
    const { index, rows } = this.#vertices.of(rank, cells);
    return { index, cellVertices: rows };
  }

  /** Local numbers of the cells in each region, ascending. */
  #regionsOf(cells: Int32Array): Map<string, Int32Array> {
    const { starts, regions } = this.#memberships, names = [...this.#whole.regions.keys()];
    const lists: number[][] = names.map(() => []);
    for (let c = 0; names.length > 0 && c < cells.length; c++) {
      for (let i = starts[cells[c]]; i < starts[cells[c] + 1]; i++) lists[regions[i]].push(c);
    }
    return new Map(names.map((name, r) => [name, Int32Array.from(lists[r])]));
  }
}

/** The regions of each cell: those of cell c stand from `starts[c]` on. */
interface Memberships {
  readonly starts: Int32Array;
  readonly regions: Int32Array;
}

function membershipsOf({ cellCount, regions }: Topology): Memberships {
  const lists = [...regions.values()],
    starts = new Int32Array(lists.length > 0 ? cellCount + 1 : 0);
  for (const list of lists) for (const cell of list) starts[cell + 1]++;
  for (let c = 1; c < starts.length; c++) starts[c] += starts[c - 1];
  const next = starts.slice(), all = new Int32Array(starts.at(-1) ?? 0);
  lists.forEach((list, region) => {
    for (const cell of list) all[next[cell]++] = region;
  });
  return { starts, regions: all };
}

/** What tells a topology and its division from others. */
function fingerprintFor(whole: Topology, owners: Int32Array): Uint32Array {
  const { cells, boundaries, regions, forest, twins } = whole;
  const lists = [...boundaries.values(), ...regions.values(), ...twins?.values() ?? []];
  const all = [cells, owners, ...lists];
  const hash = fingerprintOf(forest ? [...all, forest.labels, forest.levels] : all);
  return Uint32Array.of(parseInt(hash.slice(0, 8), 16), parseInt(hash.slice(8), 16));
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
