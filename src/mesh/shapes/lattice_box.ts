/**
 * Boxes cut into equal boxes, and these into simplices, of which each cell and node is known from its number.
 *
 * @module
 */
import type { MeshBlocks } from "../mesh_blocks.ts";
import { type Corners, evenly } from "./box_corners.ts";
import { faces, sides } from "./lattice_sides.ts";

/**
 * `counts` equal boxes along each axis. In 2-D the diagonal from the lower left to the upper right
 * makes two triangles of each. In 3-D the six paths along edges from the lowest corner to the highest
 * make six tetrahedra (H. W. Kuhn, Some combinatorial lemmas in topology, IBM J. Res. Dev. 4 (1960),
 * DOI 10.1147/rd.45.0518); all boxes are cut alike, so faces of neighbours match.
 *
 * Nodes and boxes are numbered with x fastest.
 */
export class LatticeBox implements MeshBlocks {
  readonly dim: 2 | 3;
  readonly cellCount: number;
  readonly nodeCount: number;
  readonly #counts: readonly number[];
  readonly #axes: readonly Float64Array[];
  /** From the lowest node of a box to the nodes of its cells, `[cells per box x (dim + 1)]`. */
  readonly #steps: Int32Array;

  constructor(corners: Corners, counts: readonly number[]) {
    this.dim = corners.dim;
    this.#counts = counts;
    this.#axes = counts.map((n, d) => evenly(corners.min[d], corners.max[d], n));
    this.#steps = stepsOf(counts, corners.dim === 2);
    const boxes = counts.reduce((product, n) => product * n, 1);
    this.cellCount = boxes * this.#steps.length / (this.dim + 1);
    this.nodeCount = counts.reduce((product, n) => product * (n + 1), 1);
  }

  /** What tells this box from others. */
  get words(): string {
    const ends = this.#axes.map((axis) => `${axis[0]} to ${axis[axis.length - 1]}`);
    return `${this.#counts.join(" x ")} boxes from ${ends.join(", ")}`;
  }

  /** The nodes of some cells, `[count x (dim + 1)]`: of those in a list, or of the first `count`. */
  cellsAt(ids: Int32Array | number): Int32Array {
    const steps = this.#steps, corners = this.dim + 1, perBox = steps.length / corners;
    const [nx, ny] = this.#counts, isFlat = this.dim === 2;
    const list = typeof ids === "number" ? null : ids, count = list?.length ?? ids as number;
    const out = new Int32Array(count * corners);
    for (let n = 0, at = 0, last = -2, i = 0, lowest = 0; n < count; n++) {
      const id = list === null ? n : list[n], box = (id / perBox) | 0;
      // Most boxes are beside the one before.
      if (box === last + 1 && i + 1 < nx) i++, lowest++;
      else if (box !== last) {
        const row = (box / nx) | 0, k = isFlat ? 0 : (row / ny) | 0;
        i = box - row * nx;
        lowest = i + (nx + 1) * (row - k * ny + (ny + 1) * k);
      }
      last = box;
      const first = (id - box * perBox) * corners;
      for (let v = 0; v < corners; v++) out[at++] = lowest + steps[first + v];
    }
    return out;
  }

  /** The centroids of the cells from `first` on, `[count x dim]`, as `centroidsOf` computes them. */
  centresOf(first: number, count: number): Float64Array {
    const { dim } = this, corners = dim + 1, steps = this.#steps, perBox = steps.length / corners;
    const [nx, ny] = this.#counts, out = new Float64Array(count * dim);
    for (let d = 0; d < dim; d++) {
      const share = this.#axes[d].map((x) => x / corners), offset = this.#offsets(d);
      const box = Math.floor(first / perBox), row = Math.floor(box / nx);
      let v = (first - box * perBox) * corners, i = box % nx, j = row % ny;
      let k = dim === 2 ? 0 : Math.floor(row / ny);
      for (let n = d; n < out.length; n += dim) {
        const at = d === 0 ? i : d === 1 ? j : k;
        let sum = share[at + offset[v]] + share[at + offset[v + 1]] + share[at + offset[v + 2]];
        if (corners === 4) sum += share[at + offset[v + 3]];
        // A sum that starts at 0 is never -0.
        out[n] = 0 + sum;
        v += corners;
        if (v < offset.length) continue;
        v = 0;
        if (++i < nx) continue;
        i = 0;
        if (++j < ny || dim === 2) continue;
        j = 0;
        k++;
      }
    }
    return out;
  }

  /** Of the nodes of a box's cells: whether they are at its lower or upper end along an axis, 0 or 1. */
  #offsets(axis: number): Int32Array {
    const size = [1, this.#counts[0] + 1, (this.#counts[0] + 1) * (this.#counts[1] + 1)];
    return this.#steps.map((step) => {
      const z = this.dim === 2 ? 0 : step >= size[2] ? 1 : 0, rest = step - z * size[2];
      const y = rest >= size[1] ? 1 : 0;
      return [rest - y * size[1], y, z][axis];
    });
  }

  /** How many cells are around a node inside. */
  get cellsAround(): number {
    return this.dim === 2 ? 6 : 24;
  }

  /** The places of some nodes, `[count x dim]`: of those in a list, or of the first `count`. */
  placesAt(nodes: Int32Array | number): Float64Array {
    const { dim } = this, [x, y, z] = this.#axes, isList = typeof nodes !== "number";
    const count = isList ? nodes.length : nodes, out = new Float64Array(count * dim);
    for (let n = 0; n < count; n++) {
      const node = isList ? nodes[n] : n, row = Math.floor(node / x.length);
      out[n * dim] = x[node - row * x.length];
      const k = dim === 2 ? 0 : Math.floor(row / y.length);
      out[n * dim + 1] = y[row - k * y.length];
      if (dim === 3) out[n * dim + 2] = z[k];
    }
    return out;
  }

  /** The sides of the box, facets by their nodes, `[facets x dim]`. */
  boundaries(): Map<string, Int32Array> {
    const [nx, ny, nz] = this.#counts;
    return this.dim === 2 ? sides(nx, ny) : faces(nx, ny, nz);
  }
}

/** From the lowest node of a box to the nodes of its cells. */
function stepsOf([nx, ny]: readonly number[], isFlat: boolean): Int32Array {
  const dx = 1, dy = nx + 1, dz = (nx + 1) * (ny + 1);
  if (isFlat) return Int32Array.of(0, dx, dx + dy, 0, dx + dy, dy);
  // From the lowest corner the path goes by `p`, then `q`; where the order of the axes is an odd
  // permutation, the two are exchanged to keep the orientation positive.
  const p = [dx, dx + dz, dy + dx, dy, dz, dz + dy];
  const q = [dx + dy, dx, dy, dy + dz, dz + dx, dz];
  return Int32Array.from(p.flatMap((step, t) => [0, step, q[t], dx + dy + dz]));
}
