/**
 * Cells of degree 2: the one home of the map from the reference cell to where a cell is, for cells whose edges
 * are not all straight. A straight cell needs no map: its Jacobian is the same everywhere.
 *
 * `x(l) = sum_k N_k(l) x_k`, with the quadratic shape functions N_k and the corners and mid-side nodes x_k.
 *
 * Source: P. G. Ciarlet, P.-A. Raviart, Interpolation theory over curved elements, Comput. Methods Appl. Mech. Eng. 1
 * (1972) 217-249, DOI 10.1016/0045-7825(72)90006-0; M. Lenoir, Optimal isoparametric finite elements, SIAM J. Numer.
 * Anal. 23 (1986) 562-580, DOI 10.1137/0723036.
 *
 * @module
 */
import { elementOf } from "./elements/mod.ts";
import type { Element } from "./elements/mod.ts";
import { quadratureOf } from "./quadrature.ts";
import { localEdges } from "./simplex.ts";
import type { Topology } from "./topology.ts";

/** Middles that miss the straight one by this many roundings of the largest coordinate are straight. */
const straightness = 16 * Number.EPSILON;

/**
 * Where the mid-side nodes are, a copy in which those that are straight but for rounding are exactly so, and cells
 * around them straight.
 *
 * @param middles `[edges x dim]`.
 */
export function snapMiddles(
  topology: Topology,
  x: Float64Array,
  middles: Float64Array,
): Float64Array {
  const { dim, edges: { count, nodes } } = topology;
  if (middles.length !== count * dim) {
    throw new RangeError(
      `${count} edges in ${dim}-D need ${
        count * dim
      } coordinates of their middles, got ${middles.length}`,
    );
  }
  const out = middles.slice();
  for (let e = 0; e < count; e++) {
    let off = 0, size = 0;
    for (let d = 0; d < dim; d++) {
      const a = x[nodes[2 * e] * dim + d], b = x[nodes[2 * e + 1] * dim + d];
      const m = middles[e * dim + d];
      if (!Number.isFinite(m)) {
        const place = middles.subarray(e * dim, (e + 1) * dim).join(", ");
        throw new RangeError(
          `the middle of edge ${e} is at (${place}); coordinates have to be finite`,
        );
      }
      off = Math.max(off, Math.abs(m - (a + b) / 2));
      size = Math.max(size, Math.abs(a), Math.abs(b));
    }
    if (off > straightness * size) continue;
    for (let d = 0; d < dim; d++) {
      out[e * dim + d] = (x[nodes[2 * e] * dim + d] + x[nodes[2 * e + 1] * dim + d]) / 2;
    }
  }
  return out;
}

const shape = new Float64Array(10), slopes = new Float64Array(30), jacobian = new Float64Array(9);

/** The cells of a geometry that have an edge which is not straight. Immutable. */
export class CurvedCells {
  readonly dim: 2 | 3;
  /** The curved cells, ascending. */
  readonly cells: Int32Array;
  /** `[cellCount]`: the number of a cell among the curved ones, or -1. */
  readonly numbers: Int32Array;
  /** Corners and mid-side nodes of each, `[curved x perCell x dim]`, in the order of the quadratic element. */
  readonly nodes: Float64Array;
  readonly #element: Element;

  /** @throws {RangeError} when a cell is folded: its Jacobian is not positive somewhere. */
  constructor(topology: Topology, coordinates: Float64Array, middles: Float64Array) {
    const { dim, cellCount } = topology;
    this.dim = dim;
    this.#element = elementOf(dim, 2);
    const { numbers, cells } = findCurved(topology, coordinates, middles);
    this.numbers = numbers;
    this.cells = cells;
    this.nodes = nodesOf(topology, coordinates, middles, cells, this.#element.perCell);
    if (numbers.length !== cellCount) throw new RangeError("there is one number for each cell");
    this.#check();
  }

  /** Where a curved cell has the point with these barycentric coordinates -> `out[to..]`. */
  place(k: number, barycentric: Float64Array, at: number, out: Float64Array, to: number): void {
    const { dim, nodes } = this, { perCell } = this.#element;
    this.#element.values(barycentric, at, shape);
    for (let d = 0; d < dim; d++) {
      let sum = 0;
      for (let n = 0; n < perCell; n++) sum += shape[n] * nodes[(k * perCell + n) * dim + d];
      out[to + d] = sum;
    }
  }

  /**
   * The inverse Jacobian of a curved cell at a point -> `out[to..to + dim^2)`; row i is the gradient of barycentric
   * coordinate i + 1.
   *
   * @returns The determinant of the Jacobian over dim!: the volume of a straight cell with that Jacobian.
   */
  invert(
    k: number,
    barycentric: Float64Array,
    at: number,
    out: Float64Array,
    to: number,
  ): number {
    this.jacobianAt(k, barycentric, at, jacobian);
    return this.dim === 2 ? invertPlane(jacobian, out, to) : invertSpace(jacobian, out, to);
  }

  /** The Jacobian of a curved cell at a point -> `out`: d x_d / d xi_r at `[r * dim + d]`. */
  jacobianAt(k: number, barycentric: Float64Array, at: number, out: Float64Array): void {
    const { dim, nodes } = this, { perCell } = this.#element;
    this.#element.gradients(barycentric, at, slopes);
    for (let r = 0; r < dim; r++) {
      for (let d = 0; d < dim; d++) {
        let sum = 0;
        for (let n = 0; n < perCell; n++) {
          sum += slopes[n * dim + r] * nodes[(k * perCell + n) * dim + d];
        }
        out[r * dim + d] = sum;
      }
    }
  }

  #check(): void {
    const { dim } = this, points = checkPoints(dim);
    const scratch = new Float64Array(9);
    for (let k = 0; k < this.cells.length; k++) {
      for (let at = 0; at < points.length; at += dim + 1) {
        if (this.invert(k, points, at, scratch, 0) > 0) continue;
        throw new RangeError(
          `cell ${
            this.cells[k]
          } is folded: its curved sides cross, or a mid-side node is too far from the middle ` +
            "of its edge; move the mid-side nodes, make cells smaller, or straight with { geometryDegree: 1 }",
        );
      }
    }
  }
}

/** A lattice of points that includes corners and mid-side nodes, and those of a rule of integration. */
function checkPoints(dim: 2 | 3): Float64Array {
  const n = 4, out: number[] = [];
  for (let i = 0; i <= n; i++) {
    for (let j = 0; i + j <= n; j++) {
      if (dim === 2) out.push(i / n, j / n, (n - i - j) / n);
      else for (let k = 0; i + j + k <= n; k++) out.push(i / n, j / n, k / n, (n - i - j - k) / n);
    }
  }
  out.push(...quadratureOf(dim, 4).barycentric);
  return Float64Array.from(out);
}

function findCurved(topology: Topology, x: Float64Array, middles: Float64Array) {
  const { dim, cellCount, edges: { count, nodes, cellEdges } } = topology;
  const sides = dim === 2 ? 3 : 6;
  const bent = new Uint8Array(count);
  for (let e = 0; e < count; e++) {
    for (let d = 0; d < dim; d++) {
      const a = x[nodes[2 * e] * dim + d], b = x[nodes[2 * e + 1] * dim + d];
      if (middles[e * dim + d] !== (a + b) / 2) bent[e] = 1;
    }
  }
  const numbers = new Int32Array(cellCount).fill(-1), cells: number[] = [];
  for (let i = 0; i < cellEdges.length; i++) {
    const cell = Math.floor(i / sides);
    if (bent[cellEdges[i]] === 0 || numbers[cell] >= 0) continue;
    numbers[cell] = cells.length;
    cells.push(cell);
  }
  return { numbers, cells: Int32Array.from(cells) };
}

function nodesOf(
  topology: Topology,
  x: Float64Array,
  middles: Float64Array,
  cells: Int32Array,
  perCell: number,
): Float64Array {
  const { dim, cells: corners, edges: { cellEdges } } = topology;
  const width = dim + 1, sides = localEdges(dim).length / 2;
  const out = new Float64Array(cells.length * perCell * dim);
  for (let k = 0; k < cells.length; k++) {
    for (let n = 0; n < perCell; n++) {
      const source = n < width ? x : middles;
      const from = n < width
        ? corners[cells[k] * width + n]
        : cellEdges[cells[k] * sides + n - width];
      for (let d = 0; d < dim; d++) out[(k * perCell + n) * dim + d] = source[from * dim + d];
    }
  }
  return out;
}

function invertPlane(j: Float64Array, out: Float64Array, to: number): number {
  const det = j[0] * j[3] - j[2] * j[1];
  out[to] = j[3] / det;
  out[to + 1] = -j[2] / det;
  out[to + 2] = -j[1] / det;
  out[to + 3] = j[0] / det;
  return det / 2;
}

function invertSpace(j: Float64Array, out: Float64Array, to: number): number {
  let det = 0;
  for (let r = 0; r < 3; r++) {
    const s = 3 * ((r + 1) % 3), t = 3 * ((r + 2) % 3);
    for (let d = 0; d < 3; d++) {
      const e = (d + 1) % 3, f = (d + 2) % 3;
      out[to + 3 * r + d] = j[s + e] * j[t + f] - j[s + f] * j[t + e];
    }
    if (r === 0) det = j[0] * out[to] + j[1] * out[to + 1] + j[2] * out[to + 2];
  }
  for (let i = 0; i < 9; i++) out[to + i] /= det;
  return det / 6;
}
