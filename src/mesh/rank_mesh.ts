/**
 * One rank's part of a mesh: the cells it owns, and one layer of ghost cells around them.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { type DofMap, dofsPerCell, type FieldDegree } from "./dof_map.ts";
import { expanded, IndexMap } from "./index_map.ts";
import { type SharedEdges, shareEdges } from "./shared_edges.ts";
import type { FacetList, TopologyData } from "./topology.ts";
import { CellsByVertex, type Twins } from "./twins.ts";
import type { WholeMeshFacts } from "./whole_mesh.ts";

/** The numbering of degrees of freedom of one kind on this rank. */
interface Dofs {
  readonly indexMap: IndexMap;
  readonly map: DofMap;
}

/** The facets of a named boundary that one rank has, in the order of the boundary. */
export interface BoundaryPart extends FacetList {
  /** Which of the facets of the boundary they are, ascending. */
  readonly rows: Int32Array;
}

/** What a rank has of a mesh, in local numbers. */
export interface RankParts {
  readonly data: TopologyData;
  readonly cells: IndexMap;
  readonly nodes: IndexMap;
  /** Of the vertices of a periodic mesh, and the vertices of the cells, `[cellCount x (dim + 1)]`; null for others. */
  readonly vertices: { readonly indexMap: IndexMap; readonly cellVertices: Int32Array } | null;
  readonly boundaries: ReadonlyMap<string, BoundaryPart>;
  /** Of the facets that have one cell only in the whole mesh, those here, by the global ids of their cells. */
  readonly exterior: FacetList;
  /** The same with the sides of a periodic mesh. */
  readonly rim: FacetList;
  /** In the numbering of the whole mesh. */
  readonly twins: Twins | null;
  /** Tells the whole topology and its division from others, `[2]`; of meshes that were adapted. */
  readonly fingerprint: Uint32Array | null;
}

/** A rank's part of a mesh. Immutable; tables are made on first use. */
export class RankMesh implements WholeMeshFacts {
  readonly rank: number;
  readonly ranks: number;
  /** What the local topology is made from, in local numbers. */
  readonly data: TopologyData;
  readonly cells: IndexMap;
  readonly nodes: IndexMap;
  /** Local cells in ascending order of global ids. */
  readonly cellOrder: Int32Array;
  /** Nodes of the whole mesh that are one place; null where it is not periodic. */
  readonly twins: Twins | null;
  /** What tells the whole topology and its division from others, `[2]`; null for a mesh that was never adapted. */
  readonly fingerprint: Uint32Array | null;
  /** A rank may be left without cells. */
  readonly leastCellCount = 0;
  readonly #parts: RankParts;
  readonly #comm: Comm;
  readonly #dofs = new Map<string, Dofs>();
  #edges: SharedEdges | null = null;

  constructor(parts: RankParts, comm: Comm) {
    const { data, cells, nodes, twins, fingerprint } = parts;
    this.rank = comm.rank;
    this.ranks = comm.size;
    this.data = data;
    this.cells = cells;
    this.nodes = nodes;
    this.twins = twins;
    this.fingerprint = fingerprint;
    this.cellOrder = merged(cells);
    this.#parts = parts;
    this.#comm = comm;
  }

  /** Which of the facets of a named boundary of the whole mesh are here, ascending. */
  boundaryRows(name: string): Int32Array {
    return this.boundary(name).rows;
  }

  /** The facets of a named boundary that are here. */
  boundary(name: string): BoundaryPart {
    return this.#parts.boundaries.get(name)!;
  }

  /** Global ids and owners of vertices: nodes, and of a periodic mesh places that are one or several nodes. */
  get vertices(): IndexMap {
    return this.#parts.vertices?.indexMap ?? this.nodes;
  }

  /** The edges between vertices, with their ids in the whole mesh. Collective when it is first asked for. */
  get sharedEdges(): SharedEdges {
    if (this.#edges !== null) return this.#edges;
    const { dim, cells } = this.data, { vertices } = this;
    const rows = new CellsByVertex(
      dim,
      vertices.count,
      this.#parts.vertices?.cellVertices ?? cells,
    );
    return this.#edges = shareEdges(rows, this.cells, vertices.ids, this.#comm);
  }

  /** Which of the whole mesh's edges this rank has. Collective when it is first asked for. */
  get edges(): IndexMap {
    return this.sharedEdges.indexMap;
  }

  /** Whether the edges are numbered. */
  get hasEdges(): boolean {
    return this.#edges !== null;
  }

  /** Cells that this rank owns. */
  get ownedCellCount(): number {
    return this.cells.owned;
  }

  /** Those of the whole mesh's exterior facets whose cell is here: cuts between ranks are not among them. */
  findExteriorFacets(): FacetList {
    return this.#parts.exterior;
  }

  /** The same with the sides of a periodic mesh. */
  findRimFacets(): FacetList {
    return this.#parts.rim;
  }

  /** Those facets of the whole mesh's boundaries whose cell is here. */
  findBoundaries(): Map<string, FacetList> {
    return new Map(this.#parts.boundaries);
  }

  /** Local degrees of freedom of one kind: owned ones, then ghosts. */
  dofMap(degree: FieldDegree, continuous: boolean): DofMap {
    return this.#dofsOf(degree, continuous).map;
  }

  /**
   * Global ids and owners of degrees of freedom of one kind. Collective when those of degree 2 are first asked for,
   * which a continuous variable of that degree does when it is made.
   */
  dofs(degree: FieldDegree, continuous: boolean): IndexMap {
    return this.#dofsOf(degree, continuous).indexMap;
  }

  #dofsOf(degree: FieldDegree, continuous: boolean): Dofs {
    const key = `${degree}${continuous && degree > 0}`;
    let dofs = this.#dofs.get(key);
    if (dofs === undefined) this.#dofs.set(key, dofs = this.#number(degree, continuous));
    return dofs;
  }

  #number(degree: FieldDegree, continuous: boolean): Dofs {
    const { dim } = this.data, perCell = dofsPerCell(dim, degree), { cells } = this;
    const made = (indexMap: IndexMap, cellDofs: Int32Array, isShared: boolean): Dofs => {
      const map = { degree, continuous: isShared, count: indexMap.count, perCell, cellDofs };
      return { indexMap, map };
    };
    if (degree === 0 || !continuous) {
      const own = Int32Array.from({ length: cells.count * perCell }, (_, i) => i);
      return made(degree === 0 ? cells : expanded(cells, perCell, this.#comm), own, false);
    }
    const cellVertices = this.#parts.vertices?.cellVertices ?? this.data.cells;
    if (degree === 1) return made(this.vertices, cellVertices, true);
    const { vertices } = this, { indexMap: edges, cellEdges } = this.sharedEdges;
    const all = joined(vertices, edges, this.#comm), corners = dim + 1;
    const cellDofs = new Int32Array(cells.count * perCell);
    for (let c = 0; c < cells.count; c++) {
      for (let k = 0; k < corners; k++) {
        cellDofs[c * perCell + k] = all.firsts(cellVertices[c * corners + k]);
      }
      const sides = perCell - corners;
      for (let e = 0; e < sides; e++) {
        cellDofs[c * perCell + corners + e] = all.seconds(cellEdges[c * sides + e]);
      }
    }
    return made(all.indexMap, cellDofs, true);
  }
}

/** Vertices, and then edges, as one set of things; with the numbers of both in it. */
function joined(first: IndexMap, second: IndexMap, comm: Comm) {
  const after = first.globalCount, shifted = second.ids.map((id) => id + after);
  const all = new Int32Array(first.count + second.count);
  all.set(first.ids.subarray(0, first.owned));
  all.set(shifted.subarray(0, second.owned), first.owned);
  all.set(first.ids.subarray(first.owned), first.owned + second.owned);
  all.set(shifted.subarray(second.owned), first.count + second.owned);
  const owners = new Int32Array(first.ghostOwners.length + second.ghostOwners.length);
  owners.set(first.ghostOwners);
  owners.set(second.ghostOwners, first.ghostOwners.length);
  return {
    indexMap: new IndexMap(all, owners, after + second.globalCount, comm),
    firsts: (local: number) => local < first.owned ? local : local + second.owned,
    seconds: (local: number) => local + (local < second.owned ? first.owned : first.count),
  };
}

/** Local numbers in ascending order of ids: owned ones and ghosts are so already. */
function merged({ ids, owned, count }: IndexMap): Int32Array {
  const out = new Int32Array(count);
  for (let i = 0, j = owned, at = 0; at < count; at++) {
    out[at] = j === count || (i < owned && ids[i] < ids[j]) ? i++ : j++;
  }
  return out;
}
