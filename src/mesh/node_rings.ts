/**
 * The rings of degrees of freedom ("nodes" here) around a node. A rank knows the neighbours of the nodes that it owns;
 * those of others it asks of their owners when it needs them.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { findEdges } from "./edge_table.ts";
import type { Geometry } from "./geometry.ts";
import { Halo } from "./halo.ts";
import type { IndexMap } from "./index_map.ts";
import type { CellRows } from "./neighbours.ts";

/** Neighbours of nodes: those of node i are `nodes[starts[i]]` to `nodes[starts[i + 1] - 1]`. */
interface Adjacency {
  readonly starts: Int32Array;
  readonly nodes: Int32Array;
}

/** Who is next to whom, in an order that does not depend on the number of ranks. */
export class NodeRings {
  readonly #dim: 2 | 3;
  /** Null on one rank. */
  readonly #indexMap: IndexMap | null;
  readonly #comm: Comm;
  /** How many nodes have their numbers from this rank's part of the mesh; those learnt of follow. */
  readonly #local: number;
  readonly #adjacency: Adjacency;
  /** Neighbours that others told of, by node. */
  readonly #told = new Map<number, readonly number[]>();
  /** Numbers here, ids and owners of nodes that are not in this rank's part. */
  readonly #far = new Map<number, number>();
  readonly #farIds: number[] = [];
  readonly #farOwners: number[] = [];
  #places: Float64Array;
  /** Brings values of far nodes; null before it is known which these are. */
  #halo: Halo | null = null;

  /** @param degree Of the continuous field whose degrees of freedom are the nodes. */
  constructor(geometry: Geometry, degree: 1 | 2, comm: Comm) {
    const { topology } = geometry, { rankMesh, dim } = topology;
    this.#dim = dim;
    this.#comm = comm;
    this.#indexMap = rankMesh?.dofs(degree, true) ?? null;
    this.#local = topology.dofMap(degree, true).count;
    this.#places = degree === 1 && geometry.lattice === null
      ? geometry.coordinates
      : geometry.dofCoordinates(degree, true);
    this.#adjacency = degree === 1
      ? alongEdges(geometry)
      : inCells(geometry, this.#indexMap?.ids ?? null);
  }

  /** How many nodes there are, those learnt of included. */
  get count(): number {
    return this.#local + this.#farIds.length;
  }

  /** Where they are, `[count x dim]`; other memory once more nodes are known. */
  get places(): Float64Array {
    return this.#places;
  }

  /** Whether the neighbours of a node are known. */
  knows(node: number): boolean {
    return this.#indexMap === null || node < this.#indexMap.owned || this.#told.has(node);
  }

  /** Calls `visit` with the neighbours of a node, in order. */
  visit(node: number, visit: (neighbour: number) => void): void {
    const told = this.#told.get(node);
    if (told !== undefined) {
      for (const neighbour of told) visit(neighbour);
      return;
    }
    const { starts, nodes } = this.#adjacency;
    for (let k = starts[node]; k < starts[node + 1]; k++) visit(nodes[k]);
  }

  /**
   * Learns the neighbours of nodes from those who own them. Collective.
   *
   * @returns false where no rank asked for any.
   */
  learn(nodes: readonly number[]): boolean {
    const comm = this.#comm;
    if (comm.allreduce(nodes.length > 0 ? 1 : 0, "max") === 0) return false;
    const byRank = listsByRank(nodes.length, comm.size, (i) => this.#ownerOf(nodes[i]))
      .map((list) => list.map((i) => nodes[i]));
    const asked = comm.alltoallv(byRank.map((list) => list.map((node) => this.#idOf(node))));
    const said = asked.map((ids) => this.#answer(ids));
    const counts = comm.alltoallv(said.map((one) => one.counts));
    const facts = comm.alltoallv(said.map((one) => one.facts));
    const places = comm.alltoallv(said.map((one) => one.places));
    byRank.forEach((list, rank) => this.#take(list, counts[rank], facts[rank], places[rank]));
    this.#halo = null;
    return true;
  }

  /** Values of all nodes, `[count x width]`, from those of this rank's part. Collective. */
  extend(values: Float64Array, width: number): Float64Array {
    if (this.#indexMap === null) return values;
    const out = new Float64Array(this.count * width);
    out.set(values);
    (this.#halo ??= this.#haloOfFar()).sync(out, width);
    return out;
  }

  #haloOfFar(): Halo {
    const comm = this.#comm, indexMap = this.#indexMap!;
    const far = listsByRank(this.#farOwners.length, comm.size, (k) => this.#farOwners[k]);
    const lists = far.map((list) => list.map((k) => this.#local + k));
    const wanted = comm.alltoallv(lists.map((list) => list.map((node) => this.#idOf(node))));
    return new Halo(lists, wanted.map((ids) => ids.map((id) => indexMap.localOf(id))), comm);
  }

  #ownerOf(node: number): number {
    return node < this.#local ? this.#indexMap!.ownerOf(node) : this.#farOwners[node - this.#local];
  }

  #idOf(node: number): number {
    return node < this.#local ? this.#indexMap!.ids[node] : this.#farIds[node - this.#local];
  }

  /** How many neighbours nodes of this rank have, their ids and owners, `[n x 2]`, and where they are. */
  #answer(ids: Int32Array): { counts: Int32Array; facts: Int32Array; places: Float64Array } {
    const dim = this.#dim, x = this.#places, facts: number[] = [], places: number[] = [];
    const counts = ids.map((id) => {
      const before = facts.length;
      this.visit(this.#indexMap!.localOf(id), (node) => {
        facts.push(this.#idOf(node), this.#ownerOf(node));
        for (let d = 0; d < dim; d++) places.push(x[node * dim + d]);
      });
      return (facts.length - before) / 2;
    });
    return { counts, facts: Int32Array.from(facts), places: Float64Array.from(places) };
  }

  #take(
    nodes: Int32Array,
    counts: Int32Array,
    facts: Int32Array,
    places: Float64Array,
  ): void {
    const dim = this.#dim, added: number[] = [];
    let at = 0;
    nodes.forEach((node, n) => {
      const neighbours: number[] = [];
      for (let k = 0; k < counts[n]; k++, at++) {
        const id = facts[2 * at], local = this.#indexMap!.localOf(id);
        let number = local >= 0 ? local : this.#far.get(id);
        if (number === undefined) {
          this.#far.set(id, number = this.count);
          this.#farIds.push(id);
          this.#farOwners.push(facts[2 * at + 1]);
          for (let d = 0; d < dim; d++) added.push(places[at * dim + d]);
        }
        neighbours.push(number);
      }
      this.#told.set(node, neighbours);
    });
    if (added.length === 0) return;
    const all = new Float64Array(this.#places.length + added.length);
    all.set(this.#places);
    all.set(added, this.#places.length);
    this.#places = all;
  }
}

/** Nodes are neighbours where there is an edge between them; in the order in which edges first appear. */
function alongEdges({ topology: { joined, rankMesh } }: Geometry): Adjacency {
  const { nodeCount } = joined;
  const edges = rankMesh === null ? joined.edges : findEdges(inOrder(joined, rankMesh.cellOrder));
  const starts = new Int32Array(nodeCount + 1);
  for (const node of edges.nodes) starts[node + 1]++;
  for (let i = 0; i < nodeCount; i++) starts[i + 1] += starts[i];
  const next = starts.slice(), nodes = new Int32Array(edges.nodes.length);
  for (let e = 0; e < edges.nodes.length; e += 2) {
    const a = edges.nodes[e], b = edges.nodes[e + 1];
    nodes[next[a]++] = b;
    nodes[next[b]++] = a;
  }
  return { starts, nodes };
}

/** The cells in the order of the whole mesh. */
function inOrder({ dim, nodeCount, cellCount, cells }: CellRows, order: Int32Array): CellRows {
  const corners = dim + 1, sorted = new Int32Array(cells.length);
  order.forEach((cell, n) => {
    for (let k = 0; k < corners; k++) sorted[n * corners + k] = cells[cell * corners + k];
  });
  return { dim, nodeCount, cellCount, cells: sorted };
}

/** Nodes are neighbours where they share a cell; in the order of their ids. */
function inCells({ topology }: Geometry, ids: Int32Array | null): Adjacency {
  const { perCell, cellDofs, count } = topology.dofMap(2, true);
  const sets = Array.from({ length: count }, () => new Set<number>());
  for (let c = 0; c < cellDofs.length; c += perCell) {
    for (let a = 0; a < perCell; a++) {
      for (let b = 0; b < perCell; b++) if (a !== b) sets[cellDofs[c + a]].add(cellDofs[c + b]);
    }
  }
  const starts = new Int32Array(count + 1);
  sets.forEach((set, i) => starts[i + 1] = starts[i] + set.size);
  const nodes = new Int32Array(starts[count]);
  sets.forEach((set, i) => {
    const row = Int32Array.from(set);
    nodes.set(ids === null ? row.sort() : row.sort((a, b) => ids[a] - ids[b]), starts[i]);
  });
  return { starts, nodes };
}
