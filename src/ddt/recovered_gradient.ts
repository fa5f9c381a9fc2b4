/**
 * Second-order gradients of continuous P1 fields at the nodes, by polynomial-preserving recovery: the
 * gradient of the quadratic that fits the values around a node best and takes the node's own value.
 * Exact for quadratic fields, at the boundary too.
 *
 * Source: Z. Zhang, A. Naga, A new finite element gradient recovery method: superconvergence property,
 * SIAM J. Sci. Comput. 26 (2005) 1192-1213, doi:10.1137/S1064827503402837.
 *
 * @module
 */
import type { Geometry } from "../mesh/geometry.ts";
import { factor, substitute } from "./cholesky.ts";

const known = new WeakMap<Geometry, Recovery>();

/** Most rings of neighbours in a patch; enough for every corner of a usable mesh. */
const maxRings = 4;

/**
 * Gradients at the nodes.
 *
 * @param values `[nodeCount x components]`.
 * @param out d u_a / d x_d at `out[(node * components + a) * dim + d]`; rows of other nodes are left alone.
 * @param wanted Not 0 for the nodes where gradients are wanted, `[nodeCount]`. Defaults to all. The result at a
 *   node does not depend on the others.
 */
export function recoverGradients(
  geometry: Geometry,
  values: Float64Array,
  components: number,
  out: Float64Array,
  wanted: Uint8Array | null = null,
): void {
  let recovery = known.get(geometry);
  if (recovery === undefined) known.set(geometry, recovery = new Recovery(geometry));
  const { dim, nodeCount } = geometry.topology;
  const size = components * dim;
  for (let i = 0; i < nodeCount; i++) {
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
  /** Where the neighbours of a node begin and end, `[nodeCount]`; -1 before they are known. */
  readonly first: Int32Array;
  readonly last: Int32Array;
  neighbours = new Int32Array(64);
  /** `[neighbours x dim]`. */
  weights: Float64Array;
  readonly #geometry: Geometry;
  readonly #adjacency: Adjacency;
  readonly #patch: Patch;
  readonly #fit: QuadraticFit;
  #count = 0;

  constructor(geometry: Geometry) {
    const { dim, nodeCount } = geometry.topology;
    this.#geometry = geometry;
    this.#adjacency = adjacencyOf(geometry);
    this.#patch = new Patch(nodeCount);
    this.#fit = new QuadraticFit(dim);
    this.first = new Int32Array(nodeCount).fill(-1);
    this.last = new Int32Array(nodeCount).fill(-1);
    this.weights = new Float64Array(64 * dim);
  }

  /** Works out the neighbours of a node and their weights, unless they are known. */
  prepare(node: number): void {
    if (this.first[node] >= 0) return;
    const patch = this.#patch, fit = this.#fit, x = this.#geometry.coordinates;
    patch.start(node);
    for (let ring = 1; ring <= maxRings; ring++) {
      patch.grow(this.#adjacency);
      if (fit.solve(x, node, patch.nodes, false)) break;
      // The whole mesh has too few nodes, or all are in a line: use the best linear fit.
      if (ring === maxRings) fit.solve(x, node, patch.nodes, true);
    }
    const { dim } = this.#geometry.topology, found = patch.nodes.length;
    this.#reserve(this.#count + found);
    this.neighbours.set(patch.nodes, this.#count);
    this.weights.set(fit.weights.subarray(0, found * dim), this.#count * dim);
    this.first[node] = this.#count;
    this.last[node] = this.#count += found;
  }

  #reserve(count: number): void {
    if (count <= this.neighbours.length) return;
    const { neighbours, weights } = this, { dim } = this.#geometry.topology;
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

function adjacencyOf({ topology: { nodeCount, edges } }: Geometry): Adjacency {
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

/**
 * Least squares for the slopes of a quadratic through one value, near others.
 *
 * State: none, scratch memory.
 */
class QuadraticFit {
  /** `[neighbours or more x dim]` after {@link QuadraticFit.solve}, until the next one. */
  weights = new Float64Array(0);
  readonly #dim: number;
  readonly #row: Float64Array;
  readonly #normal: Float64Array;
  readonly #unit: Float64Array;
  #rows = new Float64Array(0);
  #importance = new Float64Array(0);

  constructor(dim: 2 | 3) {
    this.#dim = dim;
    const terms = dim === 2 ? 5 : 9;
    this.#row = new Float64Array(terms);
    this.#normal = new Float64Array(terms * terms);
    this.#unit = new Float64Array(terms);
  }

  /** Memory for `m` neighbours. */
  #reserve(m: number): void {
    if (this.#importance.length >= m) return;
    this.weights = new Float64Array(2 * m * this.#dim);
    this.#rows = new Float64Array(2 * m * this.#row.length);
    this.#importance = new Float64Array(2 * m);
  }

  /** False where the neighbours do not determine the quadratic. */
  solve(x: Float64Array, node: number, nodes: readonly number[], linear: boolean): boolean {
    const dim = this.#dim, row = this.#row;
    const n = linear ? dim : row.length, m = nodes.length;
    this.#reserve(m);
    const weights = this.weights.fill(0, 0, m * dim);
    if (m < n) return false;
    let scale = 0;
    for (const j of nodes) scale = Math.max(scale, this.#distance(x, node, j));
    const normal = this.#normal.fill(0), rows = this.#rows, importance = this.#importance;
    for (let j = 0; j < m; j++) {
      this.#fill(x, node, nodes[j], scale);
      // Near nodes count more: a far ring only determines what the near one leaves open.
      const w = 1 / (row[0] ** 2 + row[1] ** 2 + (dim === 3 ? row[2] ** 2 : 0));
      importance[j] = w;
      for (let a = 0; a < n; a++) {
        rows[j * n + a] = row[a];
        for (let b = 0; b <= a; b++) normal[a * n + b] += w * row[a] * row[b];
      }
    }
    if (!factor(normal, n, 1e-6)) return false;
    const y = this.#unit;
    for (let d = 0; d < dim; d++) {
      y.fill(0);
      y[d] = 1;
      substitute(normal, n, y);
      for (let j = 0; j < m; j++) {
        let sum = 0;
        for (let a = 0; a < n; a++) sum += rows[j * n + a] * y[a];
        weights[j * dim + d] = (importance[j] * sum) / scale;
      }
    }
    return true;
  }

  #distance(x: Float64Array, i: number, j: number): number {
    const dim = this.#dim;
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += (x[j * dim + d] - x[i * dim + d]) ** 2;
    return Math.sqrt(sum);
  }

  /** Linear terms, then squares and products. */
  #fill(x: Float64Array, i: number, j: number, scale: number): void {
    const dim = this.#dim, row = this.#row;
    for (let d = 0; d < dim; d++) row[d] = (x[j * dim + d] - x[i * dim + d]) / scale;
    let at = dim;
    for (let a = 0; a < dim; a++) for (let b = a; b < dim; b++) row[at++] = row[a] * row[b];
  }
}
