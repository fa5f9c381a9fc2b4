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
    const [nx, ny] = this.#counts, isList = typeof ids !== "number";
    const count = isList ? ids.length : ids, out = new Int32Array(count * corners);
    for (let n = 0, at = 0; n < count; n++) {
      const id = isList ? ids[n] : n, box = Math.floor(id / perBox);
      const row = Math.floor(box / nx), i = box - row * nx;
      const k = this.dim === 2 ? 0 : Math.floor(row / ny), j = row - k * ny;
      const lowest = i + (nx + 1) * (j + (ny + 1) * k), first = (id - box * perBox) * corners;
      for (let v = 0; v < corners; v++) out[at++] = lowest + steps[first + v];
    }
    return out;
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
