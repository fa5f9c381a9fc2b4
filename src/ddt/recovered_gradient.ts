/**
 * Gradients of continuous fields at their degrees of freedom, of one order more than those of their polynomials,
 * by polynomial-preserving recovery: for fields of degree 1 the gradient of the quadratic, for those of degree 2
 * of the cubic, that fits the values around a place best and takes the value there. Exact for fields of that
 * degree, at the boundary too.
 *
 * Source: Z. Zhang, A. Naga, A new finite element gradient recovery method: superconvergence property,
 * SIAM J. Sci. Comput. 26 (2005) 1192-1213, doi:10.1137/S1064827503402837.
 *
 * @module
 */
import type { Geometry } from "../mesh/geometry.ts";
import type { Lattice } from "../mesh/lattice.ts";
import { PolynomialFit } from "./polynomial_fit.ts";

const known = new WeakMap<Geometry, Map<number, Recovery>>();

/** Most rings of neighbours in a patch; enough for every corner of a usable mesh. */
const maxRings = 4;

/**
 * Gradients at the degrees of freedom, "nodes" from here on.
 *
 * @param values `[count x components]`.
 * @param out d u_a / d x_d at `out[(node * components + a) * dim + d]`; rows of other nodes are left alone.
 * @param wanted Not 0 for the nodes where gradients are wanted, `[count]`. Defaults to all. The result at a
 *   node does not depend on the others.
 * @param degree Of the field. Defaults to 1.
 */
export function recoverGradients(
  geometry: Geometry,
  values: Float64Array,
  components: number,
  out: Float64Array,
  wanted: Uint8Array | null = null,
  degree: 1 | 2 = 1,
): void {
  let degrees = known.get(geometry);
  if (degrees === undefined) known.set(geometry, degrees = new Map());
  let recovery = degrees.get(degree);
  if (recovery === undefined) degrees.set(degree, recovery = new Recovery(geometry, degree));
  const { dim } = geometry.topology;
  const size = components * dim;
  for (let i = 0; i < recovery.count; i++) {
    if (wanted !== null && wanted[i] === 0) continue;
    recovery.prepare(i);
    const { first, last, neighbours, weights } = recovery;
    out.fill(0, i * size, (i + 1) * size);
    for (let k = first[i]; k < last[i]; k++) {
      const j = neighbours[k];
      for (let a = 0; a < components; a++) {
        const difference = values[j * components + a] - values[i * components + a];
        const to = (i * components + a) * dim;
        for (let d = 0; d < dim; d++) out[to + d] += weights[k * dim + d] * difference;
      }
    }
  }
}

/**
 * Gradients as sums over neighbours, `g_i = sum_j w_ij (u_j - u_i)`, worked out for each node when it is first
 * wanted.
 *
 * State: none, a function of the geometry.
 */
class Recovery {
  /** How many nodes there are. */
  readonly count: number;
  /** Where the neighbours of a node begin and end, `[count]`; -1 before they are known. */
  readonly first: Int32Array;
  readonly last: Int32Array;
  neighbours = new Int32Array(64);
  /** `[neighbours x dim]`. */
  weights: Float64Array;
  readonly #dim: 2 | 3;
  /** `[count x dim]`; of a periodic mesh, the images of neighbours that are nearest to the node at hand. */
  readonly #places: Float64Array;
  readonly #lattice: Lattice | null;
  /** Where the nodes of a periodic mesh are; those of other meshes are at `#places`. */
  readonly #fixed: Float64Array;
  readonly #way: Float64Array;
  readonly #adjacency: Adjacency;
  readonly #patch: Patch;
  readonly #fit: PolynomialFit;
  #end = 0;

  constructor(geometry: Geometry, degree: 1 | 2) {
    const { topology } = geometry, { dim } = topology;
    this.count = topology.dofMap(degree, true).count;
    this.#dim = dim;
    this.#lattice = geometry.lattice;
    this.#way = new Float64Array(dim);
    const areNodes = degree === 1 && this.#lattice === null;
    this.#fixed = areNodes ? geometry.coordinates : geometry.dofCoordinates(degree, true);
    this.#places = this.#lattice === null ? this.#fixed : this.#fixed.slice();
    this.#adjacency = degree === 1 ? adjacencyOf(geometry) : cellAdjacency(geometry, degree);
    this.#patch = new Patch(this.count);
    this.#fit = new PolynomialFit(dim, degree === 1 ? 2 : 3);
    this.first = new Int32Array(this.count).fill(-1);
    this.last = new Int32Array(this.count).fill(-1);
    this.weights = new Float64Array(64 * dim);
  }

  /** Works out the neighbours of a node and their weights, unless they are known. */
  prepare(node: number): void {
    if (this.first[node] >= 0) return;
    const patch = this.#patch, fit = this.#fit, x = this.#places;
    patch.start(node);
    for (let ring = 1; ring <= maxRings; ring++) {
      patch.grow(this.#adjacency);
      if (this.#lattice !== null) this.#gather(this.#lattice, node);
      if (fit.solve(x, node, patch.nodes, false)) break;
      // The whole mesh has too few nodes, or all are in a line: use the best linear fit.
      if (ring === maxRings) fit.solve(x, node, patch.nodes, true);
    }
    const dim = this.#dim, found = patch.nodes.length;
    this.#reserve(this.#end + found);
    this.neighbours.set(patch.nodes, this.#end);
    this.weights.set(fit.weights.subarray(0, found * dim), this.#end * dim);
    this.first[node] = this.#end;
    this.last[node] = this.#end += found;
  }

  /** Moves the nodes of the patch by whole periods, to be near the node. */
  #gather(lattice: Lattice, node: number): void {
    const dim = this.#dim, from = this.#fixed, x = this.#places, way = this.#way;
    for (let d = 0; d < dim; d++) x[node * dim + d] = from[node * dim + d];
    for (const j of this.#patch.nodes) {
      for (let d = 0; d < dim; d++) way[d] = from[j * dim + d] - from[node * dim + d];
      lattice.shorten(way);
      for (let d = 0; d < dim; d++) x[j * dim + d] = from[node * dim + d] + way[d];
    }
  }

  #reserve(count: number): void {
    if (count <= this.neighbours.length) return;
    const { neighbours, weights } = this, dim = this.#dim;
    this.neighbours = new Int32Array(2 * count);
    this.neighbours.set(neighbours);
    this.weights = new Float64Array(2 * count * dim);
    this.weights.set(weights);
  }
}

interface Adjacency {
  readonly starts: Int32Array;
  readonly nodes: Int32Array;
}

function adjacencyOf({ topology: { joined: { nodeCount, edges } } }: Geometry): Adjacency {
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

/** Nodes are neighbours where they share a cell. */
function cellAdjacency({ topology }: Geometry, degree: 1 | 2): Adjacency {
  const { perCell, cellDofs, count } = topology.dofMap(degree, true);
  const sets = Array.from({ length: count }, () => new Set<number>());
  for (let c = 0; c < cellDofs.length; c += perCell) {
    for (let a = 0; a < perCell; a++) {
      for (let b = 0; b < perCell; b++) if (a !== b) sets[cellDofs[c + a]].add(cellDofs[c + b]);
    }
  }
  const starts = new Int32Array(count + 1);
  sets.forEach((set, i) => starts[i + 1] = starts[i] + set.size);
  const nodes = new Int32Array(starts[count]);
  // In order of their numbers: sums do not depend on how the cells are ordered.
  sets.forEach((set, i) => nodes.set(Int32Array.from(set).sort(), starts[i]));
  return { starts, nodes };
}

/**
 * The nodes around one node, ring by ring.
 *
 * State: none, scratch memory.
 */
class Patch {
  nodes: number[] = [];
  readonly #seen: Int32Array;
  #node = -1;
  #done = 0;

  constructor(nodeCount: number) {
    this.#seen = new Int32Array(nodeCount).fill(-1);
  }

  start(node: number): void {
    this.#node = node;
    this.#seen[node] = node;
    this.nodes = [];
    this.#done = -1;
  }

  grow({ starts, nodes }: Adjacency): void {
    const end = this.nodes.length;
    for (let k = this.#done; k < end; k++) {
      const from = k < 0 ? this.#node : this.nodes[k];
      for (let e = starts[from]; e < starts[from + 1]; e++) {
        if (this.#seen[nodes[e]] === this.#node) continue;
        this.#seen[nodes[e]] = this.#node;
        this.nodes.push(nodes[e]);
      }
    }
    this.#done = end;
  }
}
