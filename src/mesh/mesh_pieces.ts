/**
 * What a rank gives of a mesh that is to be divided in another way: each cell, node and facet is given by one rank.
 *
 * @module
 */
import type { Forest } from "./adapt/forest.ts";
import type { Comm } from "../comm/comm.ts";
import type { Geometry } from "./geometry.ts";
import { bringer } from "./same_mesh.ts";
import { middlesFromStored, storedMiddles } from "./stored_middles.ts";
import type { Topology } from "./topology.ts";

/** Facets of one boundary. */
export interface GivenFacets {
  /** Which facets of the boundary they are, ascending. */
  readonly rows: Int32Array;
  /** The places of their cells in the list of cells. */
  readonly cells: Int32Array;
  /** The local vertex that each is opposite to. */
  readonly locals: Int32Array;
  /** Global ids of their nodes, `[rows x dim]`. */
  readonly nodes: Int32Array;
}

/** What one rank gives of a mesh. Names of boundaries and regions are the same on all ranks. */
export interface MeshPieces {
  readonly dim: 2 | 3;
  /** How many cells and nodes there are, whichever rank gives them. */
  readonly cellCount: number;
  readonly nodeCount: number;
  /** Global ids, ascending. */
  readonly cells: Int32Array;
  /** The nodes of the cells by global id, `[cells x (dim + 1)]`. */
  readonly rows: Int32Array;
  /** Labels and levels of the cells; null on all ranks for a mesh that was never adapted. */
  readonly forest: Forest | null;
  /** Global ids. */
  readonly nodes: Int32Array;
  /** Where the nodes are, `[nodes x dim]`. */
  readonly places: Float64Array;
  readonly boundaries: ReadonlyMap<string, GivenFacets>;
  /** Places in the list of cells, ascending. */
  readonly regions: ReadonlyMap<string, Int32Array>;
  /** Brings the mid-side nodes of a part, by edge; left out for straight cells. Collective. */
  readonly middlesFor?: (topology: Topology) => Float64Array;
}

/** What a rank owns of a divided mesh, which is not periodic. */
export function ownedPieces(geometry: Geometry, comm: Comm): MeshPieces {
  const { topology, coordinates, middles } = geometry, { dim, forest } = topology;
  const { cells, nodes, data } = topology.rankMesh!, corners = dim + 1, { owned } = cells;
  const rows = topology.cells.slice(0, owned * corners);
  for (let i = 0; i < rows.length; i++) rows[i] = nodes.ids[rows[i]];
  const boundaries = new Map<string, GivenFacets>();
  for (const [name, facets] of data.boundaries) {
    boundaries.set(name, ownedFacets(topology, name, facets));
  }
  const regions = new Map<string, Int32Array>();
  for (const [name, ids] of data.regions) regions.set(name, ids.filter((cell) => cell < owned));
  const pieces = {
    dim,
    cellCount: cells.globalCount,
    nodeCount: nodes.globalCount,
    cells: cells.ids.slice(0, owned),
    rows,
    forest: forest &&
      { labels: forest.labels.slice(0, owned), levels: forest.levels.slice(0, owned) },
    nodes: nodes.ids.slice(0, nodes.owned),
    places: coordinates.slice(0, nodes.owned * dim),
    boundaries,
    regions,
  };
  if (middles === null) return pieces;
  const { edges } = topology.rankMesh!, stored = storedMiddles(geometry);
  const middlesFor = (next: Topology) =>
    middlesFromStored(next, bringer(edges, next.rankMesh!.edges.ids, comm)(stored, dim));
  return { ...pieces, middlesFor };
}

/** The facets of a boundary whose cell a rank owns. */
function ownedFacets(
  { dim, rankMesh }: Topology,
  name: string,
  facets: Int32Array,
): GivenFacets {
  const { cells, nodes } = rankMesh!, { rows, cells: cellsOf, locals } = rankMesh!.boundary(name);
  const own = Int32Array.from(rows.keys()).filter((f) => cellsOf[f] < cells.owned);
  const ids = new Int32Array(own.length * dim);
  for (let i = 0; i < ids.length; i++) {
    ids[i] = nodes.ids[facets[own[(i / dim) | 0] * dim + i % dim]];
  }
  const of = (list: Int32Array) => own.map((f) => list[f]);
  return { rows: of(rows), cells: of(cellsOf), locals: of(locals), nodes: ids };
}
