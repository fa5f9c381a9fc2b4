/**
 * One rank's part of a mesh: the cells it owns, and one layer of ghost cells around them. Every rank
 * knows the whole topology as well, so that particles and points find their rank wherever they are.
 *
 * @module
 */
import { fingerprintOf } from "../comm/fingerprint.ts";
import type { DofMap, FieldDegree } from "./dof_map.ts";
import { type CellRanks, cellRanksOf } from "./cell_ranks.ts";
import { IndexMap } from "./index_map.ts";
import { owningCells } from "./owning_cells.ts";
import type { FacetList, Topology, TopologyData } from "./topology.ts";
import type { WholeMeshFacts } from "./whole_mesh.ts";

/** The numbering of degrees of freedom of one kind on this rank. */
interface Dofs {
  readonly indexMap: IndexMap;
  readonly map: DofMap;
}

/** A rank's part of `whole`. Immutable; tables are made on first use. */
export class RankMesh implements WholeMeshFacts {
  readonly whole: Topology;
  readonly rank: number;
  readonly ranks: number;
  readonly cells: IndexMap;
  readonly nodes: IndexMap;
  /** Local cells in ascending order of global ids. */
  readonly cellOrder: Int32Array;
  /** A rank may be left without cells. */
  readonly leastCellCount = 0;
  readonly #dofs = new Map<string, Dofs>();
  readonly #boundaryRows = new Map<string, Int32Array>();
  #cellRanks: CellRanks | null = null;
  #edges: IndexMap | null = null;
  #fingerprint: Uint32Array | null = null;

  /** @param cellOwners the owner of every cell of `whole`. */
  constructor(whole: Topology, cellOwners: Int32Array, rank: number, ranks: number) {
    this.whole = whole;
    this.rank = rank;
    this.ranks = ranks;
    const { joined: { cells, nodeCount }, dim } = whole;
    const corners = dim + 1;
    const touched = new Uint8Array(nodeCount);
    for (let i = 0; i < cells.length; i++) {
      if (cellOwners[Math.floor(i / corners)] === rank) touched[cells[i]] = 1;
    }
    const layer = new Uint8Array(cellOwners.length);
    for (let i = 0; i < cells.length; i++) {
      if (touched[cells[i]] !== 0) layer[Math.floor(i / corners)] = 1;
    }
    this.cells = new IndexMap(cellOwners, layer, rank);
    this.nodes = shared(whole.cells, corners, whole.nodeCount, this.cells, rank);
    this.cellOrder = Int32Array.from(this.cells.ids.keys()).sort((a, b) =>
      this.cells.ids[a] - this.cells.ids[b]
    );
  }

  /** What the local topology is made from, in local numbers. */
  get data(): TopologyData {
    const { whole, cells, nodes } = this;
    const { dim } = whole;
    const local = rowsOf(whole.cells, dim + 1, cells.ids, nodes.locals);
    const boundaries = new Map<string, Int32Array>();
    for (const [name, facets] of whole.boundaries) {
      const rows = this.boundaryRows(name);
      boundaries.set(name, rowsOf(facets, dim, rows, nodes.locals));
    }
    const regions = new Map<string, Int32Array>();
    for (const [name, ids] of whole.regions) {
      const here = ids.map((id) => cells.locals[id]).filter((cell) => cell >= 0);
      regions.set(name, here.sort());
    }
    const forest = whole.forest && {
      labels: pickBytes(whole.forest.labels, cells.ids),
      levels: pickBytes(whole.forest.levels, cells.ids),
    };
    return { dim, nodeCount: nodes.count, cells: local, boundaries, regions, forest };
  }

  /** What tells the whole topology and its division from others, `[2]`; always the same array. */
  get fingerprint(): Uint32Array {
    if (this.#fingerprint !== null) return this.#fingerprint;
    const { cells, boundaries, regions, forest, twins } = this.whole;
    const lists = [...boundaries.values(), ...regions.values(), ...twins?.values() ?? []];
    const all = [cells, this.cells.owners, ...lists];
    const hash = fingerprintOf(forest ? [...all, forest.labels, forest.levels] : all);
    return this.#fingerprint = Uint32Array.of(
      parseInt(hash.slice(0, 8), 16),
      parseInt(hash.slice(8), 16),
    );
  }

  /** Which of the facets of a named boundary of the whole mesh are here, ascending. */
  boundaryRows(name: string): Int32Array {
    let rows = this.#boundaryRows.get(name);
    if (rows === undefined) {
      rows = this.#present(this.whole.facetsOf(name));
      this.#boundaryRows.set(name, rows);
    }
    return rows;
  }

  /** Which ranks have each cell of the whole mesh, as owners or as ghosts. */
  get cellRanks(): CellRanks {
    return this.#cellRanks ??= cellRanksOf(this.whole, this.cells.owners);
  }

  /** Which of the whole mesh's edges this rank has; made on first use. */
  get edges(): IndexMap {
    if (this.#edges !== null) return this.#edges;
    const { dim, edges: { count, cellEdges } } = this.whole;
    return this.#edges = shared(cellEdges, dim === 2 ? 3 : 6, count, this.cells, this.rank);
  }

  /** Cells that this rank owns. */
  get ownedCellCount(): number {
    return this.cells.owned;
  }

  /** Those of the whole mesh's exterior facets whose cell is here: cuts between ranks are not among them. */
  findExteriorFacets(): FacetList {
    return this.#localFacets(this.whole.exteriorFacets);
  }

  /** The same with the sides of a periodic mesh. */
  findRimFacets(): FacetList {
    return this.#localFacets(this.whole.rimFacets);
  }

  /** Those facets of the whole mesh's boundaries whose cell is here. */
  findBoundaries(): Map<string, FacetList> {
    const names = [...this.whole.boundaries.keys()];
    return new Map(names.map((name) => [name, this.#localFacets(this.whole.facetsOf(name))]));
  }

  /** Local degrees of freedom of one kind: owned ones, then ghosts. */
  dofMap(degree: FieldDegree, continuous: boolean): DofMap {
    return this.#dofsOf(degree, continuous).map;
  }

  /** Global ids and owners of degrees of freedom of one kind. */
  dofs(degree: FieldDegree, continuous: boolean): IndexMap {
    return this.#dofsOf(degree, continuous).indexMap;
  }

  #present(list: FacetList): Int32Array {
    const rows: number[] = [];
    for (let f = 0; f < list.count; f++) if (this.cells.locals[list.cells[f]] >= 0) rows.push(f);
    return Int32Array.from(rows);
  }

  #localFacets(list: FacetList): FacetList {
    const rows = this.#present(list);
    return {
      count: rows.length,
      cells: Int32Array.from(rows, (f) => this.cells.locals[list.cells[f]]),
      locals: Int32Array.from(rows, (f) => list.locals[f]),
    };
  }

  #dofsOf(degree: FieldDegree, continuous: boolean): Dofs {
    const key = `${degree}${continuous && degree > 0}`;
    let dofs = this.#dofs.get(key);
    if (dofs === undefined) this.#dofs.set(key, dofs = this.#number(degree, continuous));
    return dofs;
  }

  #number(degree: FieldDegree, continuous: boolean): Dofs {
    const { whole, cells } = this;
    const global = whole.dofMap(degree, continuous);
    const { perCell } = global;
    const indexMap = degree === 0
      ? cells
      : global.continuous && degree === 1 && whole.twins === null
      ? this.nodes
      : shared(global.cellDofs, perCell, global.count, cells, this.rank);
    const cellDofs = rowsOf(global.cellDofs, perCell, cells.ids, indexMap.locals);
    return {
      indexMap,
      map: { degree, continuous: global.continuous, count: indexMap.count, perCell, cellDofs },
    };
  }
}

function pickBytes(bytes: Uint8Array, rows: Int32Array): Uint8Array {
  const out = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = bytes[rows[i]];
  return out;
}

/** Numbers what cells share; a thing belongs to the owner of the lowest cell that has it. */
function shared(
  cellThings: Int32Array,
  perCell: number,
  count: number,
  cells: IndexMap,
  rank: number,
): IndexMap {
  const owners = owningCells(cellThings, perCell, count, null)
    .map((cell) => cell < 0 ? 0 : cells.owners[cell]);
  const present = new Uint8Array(count);
  for (const cell of cells.ids) {
    for (let k = 0; k < perCell; k++) present[cellThings[cell * perCell + k]] = 1;
  }
  return new IndexMap(owners, present, rank);
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
