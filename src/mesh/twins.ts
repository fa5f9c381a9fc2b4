/**
 * Nodes that are one place of a periodic mesh, and cells whose corners are such places.
 *
 * @module
 */
import { DisjointSets } from "./disjoint_sets.ts";
import { sameBytes } from "../arrays.ts";
import { type EdgeList, findEdges } from "./edge_table.ts";
import { sameNames } from "./names.ts";
import { type CellRows, findNeighbours } from "./neighbours.ts";
import { localFacets } from "./simplex.ts";
import type { FacetList, Topology } from "./topology.ts";

/**
 * Pairs of nodes that are one place, by the name of their direction, `[pairs x 2]`: a node of the one side, then
 * that of the other. In the numbering of the whole mesh.
 */
export type Twins = ReadonlyMap<string, Int32Array>;

/** Cells by their vertices, with the tables that follow. A topology without twins is its own. */
export interface JoinedCells extends CellRows {
  /** The edges between vertices. */
  readonly edges: EdgeList;
  /** `[cellCount x (dim + 1)]`: the cell across the facet opposite to vertex k, or -1. */
  readonly neighbours: Int32Array;
}

/** {@link JoinedCells} where some vertices are several nodes; "nodes" are vertices here. */
export class CellsByVertex implements JoinedCells {
  readonly dim: 2 | 3;
  readonly nodeCount: number;
  readonly cellCount: number;
  readonly cells: Int32Array;
  /** The vertex of every node, `[nodes]`; null on one rank of several. */
  readonly vertexOf: Int32Array | null;
  #edges: EdgeList | null = null;
  #neighbours: Int32Array | null = null;

  /** @param cells the vertices of each cell, `[cellCount x (dim + 1)]`. */
  constructor(
    dim: 2 | 3,
    nodeCount: number,
    cells: Int32Array,
    vertexOf: Int32Array | null = null,
  ) {
    this.vertexOf = vertexOf;
    this.dim = dim;
    this.nodeCount = nodeCount;
    this.cellCount = cells.length / (dim + 1);
    this.cells = cells;
  }

  get edges(): EdgeList {
    return this.#edges ??= findEdges(this);
  }

  get neighbours(): Int32Array {
    return this.#neighbours ??= findNeighbours(this);
  }
}

/** Takes twins as one vertex. */
export function joinTwins(rows: CellRows, twins: Twins): CellsByVertex {
  const { count, of } = verticesOf(rows.nodeCount, twins);
  return new CellsByVertex(rows.dim, count, rows.cells.map((node) => of[node]), of);
}

/** The vertex of every node; vertices are numbered by their lowest nodes. */
export function verticesOf(nodeCount: number, twins: Twins): { count: number; of: Int32Array } {
  const nodes = new DisjointSets(nodeCount);
  for (const pairs of twins.values()) {
    for (let i = 0; i < pairs.length; i += 2) nodes.join(pairs[i], pairs[i + 1]);
  }
  const of = new Int32Array(nodeCount);
  let count = 0;
  // The root of a node is the lowest of its twins, so that it has its number already.
  for (let node = 0; node < nodeCount; node++) {
    const root = nodes.rootOf(node);
    of[node] = root === node ? count++ : of[root];
  }
  return { count, of };
}

/** Whether two meshes are periodic in the same way, or both are not. */
export function sameTwins(a: Twins | null, b: Twins | null): boolean {
  if (a === null || b === null) return a === b;
  return sameNames([...a.keys()], [...b.keys()]) &&
    [...a].every(([name, pairs]) => sameBytes(pairs, b.get(name)!));
}

/**
 * Checks that pairs are of nodes that exist.
 *
 * @throws {RangeError} when they are not.
 */
export function checkTwins(twins: Twins, nodeCount: number): void {
  for (const [name, pairs] of twins) {
    if (pairs.length % 2 !== 0 || pairs.length === 0) {
      throw new RangeError(
        `direction "${name}" of a periodic mesh has ${pairs.length} node ids; they come in pairs`,
      );
    }
    const bad = pairs.findIndex((node) => !(node >= 0 && node < nodeCount));
    if (bad >= 0) {
      throw new RangeError(
        `direction "${name}" of a periodic mesh names node ${
          pairs[bad]
        }; there are ${nodeCount} nodes`,
      );
    }
  }
}

/**
 * Checks that every facet of one side of a periodic mesh has a cell across the other side, and that boundaries are without
 * such facets.
 *
 * @throws {RangeError} when that is not so.
 */
export function requireSides(topology: Topology): void {
  const { dim, cells, joined, rimFacets, exteriorFacets, boundaries } = topology;
  const local = localFacets(dim), corners = dim + 1;
  const isExterior = new Set(placesOf(exteriorFacets, corners));
  const nodesOf = (place: number) => {
    const start = Math.floor(place / corners) * corners, k = place % corners;
    return Array.from(local.subarray(k * dim, (k + 1) * dim), (vertex) => cells[start + vertex]);
  };
  void joined.neighbours;
  const exterior = placesOf(rimFacets, corners).filter((place) => isExterior.has(place));
  for (const [name, pairs] of topology.twins!) {
    for (const side of [0, 1]) {
      const onSide = new Set(pairs.filter((_, i) => i % 2 === side));
      const lone = exterior.find((place) => nodesOf(place).every((node) => onSide.has(node)));
      if (lone === undefined) continue;
      throw new RangeError(
        `a facet on a side of a periodic mesh, with nodes ${nodesOf(lone).join(", ")}, does not ` +
          `have a partner in direction "${name}"; both sides are divided alike`,
      );
    }
  }
  for (const name of boundaries.keys()) {
    const places = placesOf(topology.facetsOf(name), corners);
    const across = places.find((place) => topology.neighbours[place] < 0 && !isExterior.has(place));
    if (across === undefined) continue;
    throw new RangeError(
      `boundary "${name}" has the facet with nodes ${nodesOf(across).join(", ")}, which is on a ` +
        `side of a periodic mesh; such facets are inside of the domain, and in no boundary`,
    );
  }
}

function placesOf({ cells, locals }: FacetList, corners: number): number[] {
  return Array.from(cells, (cell, f) => cell * corners + locals[f]);
}
