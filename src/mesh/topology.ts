/**
 * Which nodes make which cells, and who borders on whom. Immutable; coordinates are elsewhere.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";
import type { Forest } from "./adapt/forest.ts";
import type { DofMap, FieldDegree } from "./dof_map.ts";
import { type EdgeList, findEdges } from "./edge_table.ts";
import { findNeighbours } from "./neighbours.ts";
import type { RankMesh } from "./rank_mesh.ts";
import { CellsByVertex, checkTwins, type JoinedCells, joinTwins, type Twins } from "./twins.ts";
import { WholeMesh, type WholeMeshFacts } from "./whole_mesh.ts";

/** Facets, each as one cell that it belongs to and the local vertex that it is opposite to. */
export interface FacetList {
  readonly count: number;
  readonly cells: Int32Array;
  readonly locals: Int32Array;
}

/** What a topology is made from: mesh data without coordinates. The arrays are kept, not copied. */
export interface TopologyData {
  readonly dim: 2 | 3;
  readonly nodeCount: number;
  readonly cells: Int32Array;
  readonly boundaries: ReadonlyMap<string, Int32Array>;
  readonly regions: ReadonlyMap<string, Int32Array>;
  /** How the cells came about by halving; left out for a mesh that was never adapted. */
  readonly forest?: Forest | null;
  /** Nodes of a periodic mesh that are one place; left out for other meshes, and for the part of one rank. */
  readonly twins?: Twins | null;
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
  /** Labels and levels of the cells; null for a mesh that was never adapted. */
  readonly forest: Forest | null;
  /** What this rank has of the whole mesh; null where there is one rank. */
  readonly rankMesh: RankMesh | null;
  /** Nodes that are one place, in the numbering of the whole mesh; null where the mesh is not periodic. */
  readonly twins: Twins | null;
  readonly #facts: WholeMeshFacts;
  #neighbours: Int32Array | null = null;
  #edges: EdgeList | null = null;
  #exteriorFacets: FacetList | null = null;
  #rimFacets: FacetList | null = null;
  #joined: JoinedCells | null = null;
  readonly #named: ReadonlyMap<string, FacetList>;
  readonly #dofMaps = new Map<number, DofMap>();

  /**
   * @param rankMesh Says that `data` is one rank's part of a mesh, which may be empty.
   * @throws {RangeError} when there is no cell, an id is out of range, or a boundary names a facet that no
   *   cell has.
   */
  constructor(data: TopologyData, rankMesh: RankMesh | null = null) {
    this.rankMesh = rankMesh;
    this.dim = data.dim;
    this.nodeCount = data.nodeCount;
    this.cells = data.cells;
    this.cellCount = data.cells.length / (data.dim + 1);
    this.boundaries = data.boundaries;
    this.regions = data.regions;
    this.forest = data.forest ?? null;
    this.twins = rankMesh?.twins ?? data.twins ?? null;
    this.#facts = rankMesh ?? new WholeMesh(this);
    checkIds(this, this.#facts.leastCellCount);
    if (this.twins !== null && rankMesh === null) checkTwins(this.twins, this.nodeCount);
    this.#named = this.#facts.findBoundaries();
  }

  /** Cells that this rank owns; they come first, and all others are ghosts. */
  get ownedCellCount(): number {
    return this.#facts.ownedCellCount;
  }

  /** On one rank of several, of a mesh that was adapted: what tells its whole topology from others, `[2]`. */
  get fingerprint(): Uint32Array | null {
    return this.rankMesh?.fingerprint ?? null;
  }

  /** The array by which a restore finds this topology again; tokens share it. */
  get key(): TypedArray {
    return this.fingerprint ?? this.cells;
  }

  /**
   * `[cellCount x (dim + 1)]`: the cell across the facet opposite to vertex k, or -1.
   *
   * @throws {RangeError} when a facet has more than two cells; meshes from users' arrays ask for it at once.
   */
  get neighbours(): Int32Array {
    return this.#neighbours ??= findNeighbours(this);
  }

  get edges(): EdgeList {
    return this.#edges ??= findEdges(this);
  }

  /**
   * The cells by their vertices, which are nodes but for twins: these are one vertex. The topology itself where there
   * are none. Degrees of freedom of degree 1 are vertices, and those of degree 2 vertices and then edges of this.
   */
  get joined(): JoinedCells {
    return this.#joined ??= this.#join();
  }

  /**
   * Every facet with one cell only, in the order of cells; of the whole mesh, so cuts between ranks are not among
   * them, nor are the sides of a periodic mesh.
   */
  get exteriorFacets(): FacetList {
    return this.#exteriorFacets ??= this.#facts.findExteriorFacets();
  }

  /** {@link Topology.exteriorFacets} with the sides of a periodic mesh: what is seen of the mesh as it is drawn. */
  get rimFacets(): FacetList {
    if (this.twins === null) return this.exteriorFacets;
    return this.#rimFacets ??= this.#facts.findRimFacets();
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
    const names = [...this.boundaries.keys()].map((name) => `"${name}"`).join(", ");
    throw new RangeError(
      `there is no boundary "${boundary}"; this mesh has ${names === "" ? "none" : names}`,
    );
  }

  /** The numbering of degrees of freedom, made once for each kind. */
  dofMap(degree: FieldDegree, continuous: boolean): DofMap {
    const key = degree === 0 ? 0 : degree * 2 + (continuous ? 1 : 0);
    let map = this.#dofMaps.get(key);
    if (!map) {
      map = this.#facts.dofMap(degree, continuous);
      this.#dofMaps.set(key, map);
    }
    return map;
  }

  #join(): JoinedCells {
    if (this.twins === null) return this;
    if (this.rankMesh === null) return joinTwins(this, this.twins);
    const { count, cellDofs } = this.dofMap(1, true);
    return new CellsByVertex(this.dim, count, cellDofs);
  }
}

function checkIds(topology: Topology, least: number): void {
  const { dim, cells, nodeCount, cellCount } = topology;
  if (dim !== 2 && dim !== 3) throw new RangeError(`a mesh has dimension 2 or 3, got ${dim}`);
  if (!(cellCount >= least && Number.isInteger(cellCount))) {
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
