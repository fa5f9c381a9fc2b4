/**
 * Boxes cut into equal boxes, and these into simplices, of which each cell and node is known from its number.
 *
 * @module
 */
import type { GridAxis, RowGrid } from "../row_grid.ts";
import { type Corners, evenly } from "./box_corners.ts";
import { sideFacets, sideRow, sidesOf, strides } from "./lattice_sides.ts";

/**
 * `counts` equal boxes along each axis. In 2-D the diagonal from the lower left to the upper right
 * makes two triangles of each. In 3-D the six paths along edges from the lowest corner to the highest
 * make six tetrahedra (H. W. Kuhn, Some combinatorial lemmas in topology, IBM J. Res. Dev. 4 (1960),
 * DOI 10.1147/rd.45.0518); all boxes are cut alike, so faces of neighbours match.
 *
 * Nodes and boxes are numbered with x fastest.
 */
export class LatticeBox implements RowGrid {
  readonly dim: 2 | 3;
  readonly nodeCount: number;
  readonly rowCount: number;
  readonly rowLength: number;
  readonly kinds: number;
  readonly axes: readonly GridAxis[];
  readonly sides: readonly string[];
  readonly #counts: readonly number[];
  readonly #lines: readonly Float64Array[];
  /** From the lowest node of a box to the nodes of its cells, `[kinds x (dim + 1)]`. */
  readonly #steps: Int32Array;
  /** The same along each axis, 0 or 1, `[dim][kinds x (dim + 1)]`. */
  readonly #offsets: readonly Uint8Array[];
  /** The cells that have each corner of a box, whose bits are its ends along the axes. */
  readonly #around: readonly (readonly number[])[];
  /** The side that each facet is on where its box is there, `[kinds x (dim + 1)]`, or -1; which half of a square. */
  readonly #sideOf: Int8Array;
  readonly #halfOf: Uint8Array;
  /** Of a box, along each axis; for the moment. */
  readonly #place = new Int32Array(3);

  constructor(corners: Corners, counts: readonly number[]) {
    const { dim, min, max } = corners, [nx] = counts;
    this.dim = dim;
    this.#counts = counts;
    this.#lines = counts.map((n, d) => evenly(min[d], max[d], n));
    const paths = pathsOf(dim), step = strides(counts);
    this.#offsets = counts.map((_, d) => Uint8Array.from(paths, (corner) => (corner >> d) & 1));
    this.#steps = Int32Array.from(
      paths,
      (_, m) => this.#offsets.reduce((sum, offset, d) => sum + offset[m] * step[d], 0),
    );
    this.kinds = paths.length / (dim + 1);
    this.rowLength = nx * this.kinds;
    this.rowCount = counts.reduce((product, n) => product * n, 1) / nx;
    this.nodeCount = counts.reduce((product, n) => product * (n + 1), 1);
    this.axes = counts.map((_, d) => this.#axis(d));
    this.sides = sidesOf(dim).map(({ name }) => name);
    this.#around = Array.from({ length: 1 << dim }, (_, corner) => [
      ...new Set(paths.flatMap((at, m) => at === corner ? [Math.floor(m / (dim + 1))] : [])),
    ]);
    const facets = facetsOf(dim, paths);
    this.#sideOf = Int8Array.from(facets, ({ side }) => side);
    this.#halfOf = Uint8Array.from(facets, ({ half }) => half);
  }

  /** What tells this box from others. */
  get words(): string {
    const ends = this.#lines.map((line) => `${line[0]} to ${line[line.length - 1]}`);
    return `${this.#counts.join(" x ")} boxes from ${ends.join(", ")}`;
  }

  /** How many cells are around a node inside. */
  get mostAround(): number {
    return this.dim === 2 ? 6 : 24;
  }

  /** Where the cells are along one axis. */
  #axis(d: number): GridAxis {
    const corners = this.dim + 1, { kinds } = this, ny = this.#counts[1], offset = this.#offsets[d];
    const share = this.#lines[d].map((x) => x / corners);
    const centres = new Float64Array(this.#counts[d] * kinds);
    for (let i = 0; i < centres.length; i++) {
      const at = Math.floor(i / kinds), v = (i % kinds) * corners;
      let sum = share[at + offset[v]];
      for (let k = 1; k < corners; k++) sum += share[at + offset[v + k]];
      // A sum that starts at 0 is never -0.
      centres[i] = 0 + sum;
    }
    const groups = [() => 0, (row: number) => row % ny, (row: number) => Math.floor(row / ny)];
    return { isAlong: d === 0, centres, groupOf: groups[d] };
  }

  /** The nodes of a row's first cell of each kind, into `out`, `[kinds x (dim + 1)]`. */
  firstNodes(row: number, out: Int32Array): void {
    const nx = this.#counts[0], ny = this.#counts[1];
    const layer = this.dim === 2 ? 0 : Math.floor(row / ny);
    const lowest = (nx + 1) * (row + layer);
    for (let m = 0; m < out.length; m++) out[m] = lowest + this.#steps[m];
  }

  /** The row of nodes in which a node stands. */
  nodeRowOf(node: number): number {
    return Math.floor(node / (this.#counts[0] + 1));
  }

  /** The places of some nodes, `[count x dim]`: of those in a list, or of the first `count`. */
  placesAt(nodes: Int32Array | number): Float64Array {
    const { dim } = this, [x, y, z] = this.#lines, isList = typeof nodes !== "number";
    const count = isList ? nodes.length : nodes, out = new Float64Array(count * dim);
    for (let n = 0, i = -1, j = 0, k = 0, last = -2; n < count; n++) {
      const node = isList ? nodes[n] : n;
      // Most nodes are beside the one before.
      if (node === last + 1 && i + 1 < x.length) i++;
      else {
        const row = Math.floor(node / x.length);
        k = dim === 2 ? 0 : Math.floor(row / y.length);
        i = node - row * x.length;
        j = row - k * y.length;
      }
      last = node;
      out[n * dim] = x[i];
      out[n * dim + 1] = y[j];
      if (dim === 3) out[n * dim + 2] = z[k];
    }
    return out;
  }

  /** The cells around a node, ascending, into `out`; how many there are. */
  cellsAround(node: number, out: Int32Array): number {
    const { kinds } = this, flat = this.dim === 2;
    const nx = this.#counts[0], ny = this.#counts[1], nz = flat ? 1 : this.#counts[2];
    const row = this.nodeRowOf(node), x = node - row * (nx + 1);
    const z = flat ? 0 : Math.floor(row / (ny + 1)), y = row - z * (ny + 1);
    let count = 0;
    for (let k = flat ? 0 : Math.max(0, z - 1); k <= z && k < nz; k++) {
      for (let j = Math.max(0, y - 1); j <= y && j < ny; j++) {
        for (let i = Math.max(0, x - 1); i <= x && i < nx; i++) {
          const box = i + nx * (j + ny * k), corner = x - i + 2 * (y - j) + 4 * (z - k);
          const around = this.#around[corner];
          for (let m = 0; m < around.length; m++) out[count++] = box * kinds + around[m];
        }
      }
    }
    return count;
  }

  /** Whether more cells of a row than those of the first and the last box may be at the edge. */
  isEdgeRow(row: number): boolean {
    const ny = this.#counts[1], k = Math.floor(row / ny), j = row - k * ny;
    return j === 0 || j === ny - 1 || (this.dim === 3 && (k === 0 || k === this.#counts[2] - 1));
  }

  /** Facets of a cell at the edge of the box, into `out`: local facet, side, row there. How many there are. */
  facetsAtEdge(cell: number, out: Int32Array): number {
    const { kinds, dim } = this, counts = this.#counts, nx = counts[0], ny = counts[1];
    const box = Math.floor(cell / kinds), row = Math.floor(box / nx), layer = Math.floor(row / ny);
    const place = this.#place, first = (cell - box * kinds) * (dim + 1), sides = sidesOf(dim);
    place[0] = box - row * nx;
    place[1] = row - layer * ny;
    place[2] = layer;
    let count = 0;
    for (let k = 0; k <= dim; k++) {
      const number = this.#sideOf[first + k];
      if (number < 0) continue;
      const side = sides[number];
      if (place[side.axis] !== side.end * (counts[side.axis] - 1)) continue;
      out[3 * count] = k;
      out[3 * count + 1] = number;
      out[3 * count + 2] = sideRow(side, counts, place, this.#halfOf[first + k]);
      count++;
    }
    return count;
  }

  /** The sides of the box, facets by their nodes, `[facets x dim]`. */
  boundaries(): Map<string, Int32Array> {
    return sideFacets(this.#counts);
  }
}

/** The corners of a box that its cells have, `[kinds x (dim + 1)]`: bit d says at which end of axis d one is. */
function pathsOf(dim: 2 | 3): number[] {
  const x = 1, y = 2, z = 4;
  if (dim === 2) return [0, x, x + y, 0, x + y, y];
  // From the lowest corner the path goes by `p`, then `q`; where the order of the axes is an odd
  // permutation, the two are exchanged to keep the orientation positive.
  const p = [x, x + z, y + x, y, z, z + y], q = [x + y, x, y, y + z, z + x, z];
  return p.flatMap((corner, t) => [0, corner, q[t], x + y + z]);
}

/** On which side of a box the facets of its cells are, -1 for those inside, and which half of a square they are. */
function facetsOf(dim: 2 | 3, paths: readonly number[]): { side: number; half: number }[] {
  return paths.map((_, m) => {
    const k = m % (dim + 1), nodes = paths.slice(m - k, m - k + dim + 1).filter((_, v) => v !== k);
    const side = sidesOf(dim).findIndex(({ axis, end }) =>
      nodes.every((corner) => ((corner >> axis) & 1) === end)
    );
    if (side < 0 || dim === 2) return { side, half: 0 };
    const { u, v } = sidesOf(dim)[side];
    const isFirst = nodes.some((corner) => ((corner >> u) & 1) === 1 && ((corner >> v) & 1) === 0);
    return { side, half: isFirst ? 0 : 1 };
  });
}
