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
import type { Comm } from "../comm/comm.ts";
import { SelfComm } from "../comm/self.ts";
import type { Geometry } from "../mesh/geometry.ts";
import type { Halo } from "../mesh/halo.ts";
import type { Lattice } from "../mesh/lattice.ts";
import type { Places } from "../mesh/places.ts";
import { NodeRings } from "../mesh/node_rings.ts";
import { PolynomialFit } from "./polynomial_fit.ts";

/** By geometry on one rank, and on several by what they have of one together, so that all have it or none. */
const known = new WeakMap<Geometry | Places, Map<number, Recovery>>();

/** Most rings of neighbours in a patch; enough for every corner of a usable mesh. */
const maxRings = 4;

/**
 * Gradients at the degrees of freedom, "nodes" from here on, of a mesh that is here as a whole.
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
  const recovery = recoveryOf(geometry, degree, () => new Recovery(geometry, degree, alone));
  recovery.apply(values, components, out, wanted);
}

const alone = new SelfComm();

/**
 * The same at the nodes of a rank. Owners of nodes work them out, and ghosts receive the result. Collective.
 *
 * @param halo Of the nodes.
 * @param values `[count x components]`, ghosts up to date.
 * @param out All rows are written but those of nodes that no rank wants.
 * @param wanted Not 0 for the owned nodes where gradients are wanted, `[owned]`.
 */
export function recoverAcross(
  places: Places,
  halo: Halo,
  values: Float64Array,
  components: number,
  out: Float64Array,
  wanted: Uint8Array,
  degree: 1 | 2,
): void {
  const { geometry, comm } = places;
  const recovery = recoveryOf(places, degree, () => new Recovery(geometry, degree, comm));
  recovery.prepareAll(wanted);
  recovery.apply(recovery.rings.extend(values, components), components, out, wanted);
  halo.sync(out, components * geometry.topology.dim);
}

function recoveryOf(key: Geometry | Places, degree: 1 | 2, make: () => Recovery): Recovery {
  let degrees = known.get(key);
  if (degrees === undefined) known.set(key, degrees = new Map());
  let recovery = degrees.get(degree);
  if (recovery === undefined) degrees.set(degree, recovery = make());
  return recovery;
}

/**
 * Gradients as sums over neighbours, `g_i = sum_j w_ij (u_j - u_i)`, worked out for each node when it is first
 * wanted.
 *
 * State: none, a function of the geometry.
 */
class Recovery {
  readonly rings: NodeRings;
  /** How many nodes can be worked out here. */
  readonly #count: number;
  /** Where the neighbours of a node begin and end, `[count]`; -1 before they are known. */
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  #neighbours = new Int32Array(64);
  /** `[neighbours x dim]`. */
  #weights: Float64Array;
  readonly #dim: 2 | 3;
  /** Of a periodic mesh, the images of neighbours that are nearest to the node at hand. */
  #images = new Float64Array(0);
  readonly #lattice: Lattice | null;
  readonly #way: Float64Array;
  readonly #patch = new Patch();
  readonly #fit: PolynomialFit;
  #end = 0;

  constructor(geometry: Geometry, degree: 1 | 2, comm: Comm) {
    const { dim, rankMesh } = geometry.topology;
    this.rings = new NodeRings(geometry, degree, comm);
    this.#count = rankMesh?.dofs(degree, true).owned ?? this.rings.count;
    this.#dim = dim;
    this.#lattice = geometry.lattice;
    this.#way = new Float64Array(dim);
    this.#fit = new PolynomialFit(dim, degree === 1 ? 2 : 3);
    this.#first = new Int32Array(this.#count).fill(-1);
    this.#last = new Int32Array(this.#count).fill(-1);
    this.#weights = new Float64Array(64 * dim);
  }

  /** Prepares nodes, with neighbours from other ranks. Collective. */
  prepareAll(wanted: Uint8Array): void {
    let open: number[] = [];
    for (let i = 0; i < this.#count; i++) if (wanted[i] !== 0 && this.#first[i] < 0) open.push(i);
    for (;;) {
      const missing = new Set<number>();
      open = open.filter((node) => !this.#prepare(node, missing));
      if (!this.rings.learn([...missing])) return;
    }
  }

  /** Writes the gradients at the wanted nodes; for null at all. */
  apply(
    values: Float64Array,
    components: number,
    out: Float64Array,
    wanted: Uint8Array | null,
  ): void {
    const dim = this.#dim, size = components * dim;
    for (let i = 0; i < this.#count; i++) {
      if (wanted !== null && wanted[i] === 0) continue;
      if (this.#first[i] < 0) this.#prepare(i, null);
      const neighbours = this.#neighbours, weights = this.#weights;
      out.fill(0, i * size, (i + 1) * size);
      for (let k = this.#first[i]; k < this.#last[i]; k++) {
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
   * Works out the neighbours of a node and their weights.
   *
   * @param missing Takes the nodes whose neighbours have to be known first; null where all are.
   * @returns false where some are missing.
   */
  #prepare(node: number, missing: Set<number> | null): boolean {
    const patch = this.#patch, fit = this.#fit, { rings } = this;
    patch.start(node, rings.count);
    for (let ring = 1; ring <= maxRings; ring++) {
      if (!patch.grow(rings, missing)) return false;
      const x = this.#lattice === null ? rings.places : this.#gather(this.#lattice, node);
      if (fit.solve(x, node, patch.nodes, false)) break;
      // The whole mesh has too few nodes, or all are in a line: use the best linear fit.
      if (ring === maxRings) fit.solve(x, node, patch.nodes, true);
    }
    const dim = this.#dim, found = patch.nodes.length;
    this.#reserve(this.#end + found);
    this.#neighbours.set(patch.nodes, this.#end);
    this.#weights.set(fit.weights.subarray(0, found * dim), this.#end * dim);
    this.#first[node] = this.#end;
    this.#last[node] = this.#end += found;
    return true;
  }

  /** The nodes of the patch moved by whole periods, to be near the node. */
  #gather(lattice: Lattice, node: number): Float64Array {
    const dim = this.#dim, from = this.rings.places, way = this.#way;
    if (this.#images.length < from.length) this.#images = new Float64Array(from.length);
    const x = this.#images;
    for (let d = 0; d < dim; d++) x[node * dim + d] = from[node * dim + d];
    for (const j of this.#patch.nodes) {
      for (let d = 0; d < dim; d++) way[d] = from[j * dim + d] - from[node * dim + d];
      lattice.shorten(way);
      for (let d = 0; d < dim; d++) x[j * dim + d] = from[node * dim + d] + way[d];
    }
    return x;
  }

  #reserve(count: number): void {
    if (count <= this.#neighbours.length) return;
    const neighbours = this.#neighbours, weights = this.#weights, dim = this.#dim;
    this.#neighbours = new Int32Array(2 * count);
    this.#neighbours.set(neighbours);
    this.#weights = new Float64Array(2 * count * dim);
    this.#weights.set(weights);
  }
}

/**
 * The nodes around one node, ring by ring.
 *
 * State: none, scratch memory.
 */
class Patch {
  nodes: number[] = [];
  /** The patch in which each node was seen last. */
  #seen = new Int32Array(0);
  #number = 0;
  #node = -1;
  #done = 0;

  start(node: number, nodeCount: number): void {
    if (this.#seen.length < nodeCount) this.#seen = new Int32Array(nodeCount);
    this.#node = node;
    this.#seen[node] = ++this.#number;
    this.nodes = [];
    this.#done = -1;
  }

  /**
   * Adds the next ring.
   *
   * @param missing Takes the nodes of the last ring whose neighbours are not known; null where all are.
   * @returns false where there are such.
   */
  grow(rings: NodeRings, missing: Set<number> | null): boolean {
    const end = this.nodes.length;
    let isComplete = true;
    for (let k = this.#done; missing !== null && k < end; k++) {
      const from = k < 0 ? this.#node : this.nodes[k];
      if (rings.knows(from)) continue;
      missing.add(from);
      isComplete = false;
    }
    if (!isComplete) return false;
    for (let k = this.#done; k < end; k++) {
      rings.visit(k < 0 ? this.#node : this.nodes[k], this.#add);
    }
    this.#done = end;
    return true;
  }

  readonly #add = (node: number): void => {
    if (this.#seen[node] === this.#number) return;
    this.#seen[node] = this.#number;
    this.nodes.push(node);
  };
}
