/**
 * Which nodes make which cells, and who borders on whom. Immutable; coordinates are elsewhere.
 *
 * @module
 */
import { type Degree, type DofMap, makeDofMap } from "./dof_map.ts";
import type { Part } from "./rank_mesh.ts";
import { localEdges, localFacets } from "./simplex.ts";
import { numberTuples, sortTuples } from "./tuple_table.ts";

/** Facets, each as one cell that it belongs to and the local vertex that it is opposite to. */
export interface FacetList {
  readonly count: number;
  readonly cells: Int32Array;
  readonly locals: Int32Array;
}

/** The edges of all cells, each once. */
export interface EdgeList {
  readonly count: number;
  /** `[count x 2]`, the smaller node id first. */
  readonly nodes: Int32Array;
  /** `[cellCount x 3 or 6]`, in the order of `localEdges`. */
  readonly cellEdges: Int32Array;
}

/** Facet numbers of all cells, and the one or two cells at each. */
interface FacetTable {
  /** `[count x dim]`, sorted node ids. */
  readonly nodes: Int32Array;
  /** `[count x 2]`: cell * (dim + 1) + local facet, the lower cell first; -1 where there is none. */
  readonly sides: Int32Array;
}

/** What a topology is made from: mesh data without coordinates. The arrays are kept, not copied. */
export interface TopologyData {
  readonly dim: 2 | 3;
  readonly nodeCount: number;
  readonly cells: Int32Array;
  readonly boundaries: ReadonlyMap<string, Int32Array>;
  readonly regions: ReadonlyMap<string, Int32Array>;
}

/** Cells, named boundaries and regions, with derived tables made on first use. */
export class Topology {
  readonly dim: 2 | 3;
  readonly nodeCount: number;
  readonly cellCount: number;
  /** `[cellCount x (dim + 1)]`. */
  readonly cells: Int32Array;
  /** Node ids of the facets, `[count x dim]`, by name. */
  readonly boundaries: ReadonlyMap<string, Int32Array>;
  /** Cell ids by name, ascending. */
  readonly regions: ReadonlyMap<string, Int32Array>;
  /** What this rank has of the whole mesh; null where there is one rank. */
  readonly part: Part | null;
  #facets: FacetTable | null = null;
  #neighbours: Int32Array | null = null;
  #edges: EdgeList | null = null;
  #rim: FacetList | null = null;
  readonly #named = new Map<string, FacetList>();
  readonly #dofMaps = new Map<number, DofMap>();

  /**
   * @param part Says that `data` is one rank's part of a mesh, which may be empty.
   * @throws {RangeError} when there is no cell, an id is out of range, a facet has more than two
   *   cells, or a boundary names a facet that no cell has.
   */
  constructor(data: TopologyData, part: Part | null = null) {
    this.part = part;
    this.dim = data.dim;
    this.nodeCount = data.nodeCount;
    this.cells = data.cells;
    this.cellCount = data.cells.length / (data.dim + 1);
    this.boundaries = data.boundaries;
    this.regions = data.regions;
    checkIds(this);
    for (const name of this.boundaries.keys()) this.facetsOf(name);
  }

  /** Cells that this rank owns; they come first, and all others are ghosts. */
  get ownedCellCount(): number {
    return this.part?.cells.owned ?? this.cellCount;
  }

  /** `[cellCount x (dim + 1)]`: the cell across the facet opposite to vertex k, or -1. */
  get neighbours(): Int32Array {
    if (this.#neighbours) return this.#neighbours;
    const { sides } = this.#facetTable();
    const table = new Int32Array(this.cells.length).fill(-1);
    const corners = this.dim + 1;
    for (let f = 0; f < sides.length; f += 2) {
      const a = sides[f], b = sides[f + 1];
      if (b < 0) continue;
      table[a] = (b / corners) | 0;
      table[b] = (a / corners) | 0;
    }
    return this.#neighbours = table;
  }

  get edges(): EdgeList {
    return this.#edges ??= findEdges(this);
  }

  /** Every facet with one cell only, in the order of cells; of the whole mesh, so cuts are no rim. */
  get rim(): FacetList {
    if (this.#rim) return this.#rim;
    if (this.part) return this.#rim = this.part.facets(this.part.whole.rim);
    const { neighbours } = this;
    const places: number[] = [];
    for (let i = 0; i < neighbours.length; i++) if (neighbours[i] < 0) places.push(i);
    return this.#rim = listOf(Int32Array.from(places), this.dim + 1);
  }

  /**
   * The facets of a named boundary, in its own order; of a facet inside the domain, the side of the
   * lower cell.
   *
   * @throws {RangeError} when there is no boundary of that name; the message lists those there are.
   */
  facetsOf(boundary: string): FacetList {
    const known = this.#named.get(boundary);
    if (known) return known;
    const nodes = this.boundaries.get(boundary);
    if (!nodes) {
      const names = [...this.boundaries.keys()].map((name) => `"${name}"`).join(", ");
      throw new RangeError(
        `there is no boundary "${boundary}"; this mesh has ${names === "" ? "none" : names}`,
      );
    }
    const list = this.part?.facets(this.part.whole.facetsOf(boundary)) ??
      this.#find(boundary, nodes);
    this.#named.set(boundary, list);
    return list;
  }

  /** The numbering of degrees of freedom, made once for each kind. */
  dofMap(degree: Degree, continuous: boolean): DofMap {
    const key = degree === 0 ? 0 : degree * 2 + (continuous ? 1 : 0);
    let map = this.#dofMaps.get(key);
    if (!map) {
      map = this.part?.dofMap(degree, continuous) ?? makeDofMap(this, degree, continuous);
      this.#dofMaps.set(key, map);
    }
    return map;
  }

  #facetTable(): FacetTable {
    return this.#facets ??= findFacets(this);
  }

  /** Looks the facets of a boundary up among those of the cells. */
  #find(name: string, wanted: Int32Array): FacetList {
    const { dim } = this;
    const table = this.#facetTable();
    const known = table.nodes.length / dim;
    const all = new Int32Array(table.nodes.length + wanted.length);
    all.set(table.nodes);
    all.set(wanted, table.nodes.length);
    const { ids } = numberTuples(sortTuples(all, dim), dim);
    const places = new Int32Array(wanted.length / dim);
    for (let i = 0; i < places.length; i++) {
      const id = ids[known + i];
      if (id >= known) {
        const nodes = wanted.subarray(i * dim, (i + 1) * dim).join(", ");
        throw new RangeError(
          `boundary "${name}": facet ${i} (nodes ${nodes}) is not a facet of any cell`,
        );
      }
      places[i] = table.sides[2 * id];
    }
    return listOf(places, dim + 1);
  }
}

function listOf(places: Int32Array, corners: number): FacetList {
  return {
    count: places.length,
    cells: places.map((place) => (place / corners) | 0),
    locals: places.map((place) => place % corners),
  };
}

function checkIds(topology: Topology): void {
  const { dim, cells, nodeCount, cellCount } = topology;
  if (dim !== 2 && dim !== 3) throw new RangeError(`a mesh has dimension 2 or 3, got ${dim}`);
  if (!(cellCount >= 1 || topology.part !== null) || !Number.isInteger(cellCount)) {
    throw new RangeError(
      `cells come as [n x ${dim + 1}] node ids with n at least 1, got ${cells.length} ids`,
    );
  }
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] < 0 || cells[i] >= nodeCount) {
      const cell = Math.floor(i / (dim + 1));
      throw new RangeError(`cell ${cell} names node ${cells[i]}; there are ${nodeCount} nodes`);
    }
  }
  for (const [name, nodes] of topology.boundaries) {
    if (nodes.length % dim !== 0) {
      throw new RangeError(
        `boundary "${name}" has ${nodes.length} node ids, not a multiple of ${dim}`,
      );
    }
  }
  for (const [name, ids] of topology.regions) {
    const bad = ids.find((id) => id < 0 || id >= cellCount);
    if (bad !== undefined) {
      throw new RangeError(`region "${name}" names cell ${bad}; there are ${cellCount} cells`);
    }
  }
}

function findFacets(topology: Topology): FacetTable {
  const { dim, cells, cellCount } = topology;
  const corners = dim + 1;
  const local = localFacets(dim);
  const tuples = new Int32Array(cellCount * corners * dim);
  let at = 0;
  for (let c = 0; c < cellCount; c++) {
    for (let k = 0; k < corners * dim; k++) tuples[at++] = cells[c * corners + local[k]];
  }
  const { count, ids } = numberTuples(sortTuples(tuples, dim), dim);
  const sides = new Int32Array(2 * count).fill(-1);
  const nodes = new Int32Array(count * dim);
  for (let place = 0; place < ids.length; place++) {
    const f = 2 * ids[place];
    if (sides[f] < 0) {
      sides[f] = place;
      for (let k = 0; k < dim; k++) nodes[ids[place] * dim + k] = tuples[place * dim + k];
    } else if (sides[f + 1] < 0) sides[f + 1] = place;
    else {
      const shared = tuples.subarray(place * dim, (place + 1) * dim).join(", ");
      const owners = [sides[f], sides[f + 1], place].map((p) => Math.floor(p / corners)).join(", ");
      throw new RangeError(`the facet with nodes ${shared} has more than two cells: ${owners}`);
    }
  }
  return { nodes, sides };
}

function findEdges(topology: Topology): EdgeList {
  const { dim, cells, cellCount } = topology;
  const corners = dim + 1;
  const local = localEdges(dim);
  const tuples = new Int32Array(cellCount * local.length);
  let at = 0;
  for (let c = 0; c < cellCount; c++) {
    for (let k = 0; k < local.length; k++) tuples[at++] = cells[c * corners + local[k]];
  }
  const { count, ids, first } = numberTuples(sortTuples(tuples, 2), 2);
  const nodes = new Int32Array(2 * count);
  for (let e = 0; e < count; e++) {
    nodes[2 * e] = tuples[2 * first[e]];
    nodes[2 * e + 1] = tuples[2 * first[e] + 1];
  }
  return { count, nodes, cellEdges: ids };
}
