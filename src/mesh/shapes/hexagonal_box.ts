/**
 * Boxes filled with triangles that are close to equilateral, of which each is known from its number.
 *
 * @module
 */
import type { GridAxis, RowGrid } from "../row_grid.ts";
import { type Corners, evenly } from "./box_corners.ts";
import { checkCellCount } from "./sizes.ts";

/** Height of an equilateral triangle with edges of length 1. */
const height = Math.sqrt(3) / 2;

/** Rows of nodes along the longer side of a box. */
interface Rows {
  /** Steps in an even row; an odd row stands half a step aside and has one node more. */
  readonly steps: number;
  /** How many gaps there are between rows; always even, so that the last row is like the first. */
  readonly gaps: number;
}

/**
 * Of the first triangle of each kind in the gap above an even and above an odd row of nodes: how many rows further and
 * how many nodes further in the row its corners are, the lowest first. Along the gap they take turns.
 */
const triangles = [
  [[[0, 0], [1, 1], [1, 0]], [[0, 0], [0, 1], [1, 1]]],
  [[[0, 0], [0, 1], [1, 0]], [[0, 1], [1, 1], [1, 0]]],
] as const;

/**
 * The Delaunay triangles of a hexagonal lattice that is stretched a little to fit the box. Every other
 * row of nodes is half a step aside, with nodes at both ends, so sides are evenly divided and no angle is below
 * 25 degrees whatever the size and the shape of the box: the height of a row fixes the step along it,
 * up to a factor between 5/6 and 5/4 for the step to fit the side, and the worst triangles, at the
 * ends of odd rows, have the tangent step / (2 height) >= 0.48.
 */
export class HexagonalBox implements RowGrid {
  readonly dim = 2;
  readonly kinds = 2;
  readonly mostAround = 6;
  readonly sides = ["left", "right", "bottom", "top"];
  readonly nodeCount: number;
  readonly rowCount: number;
  readonly rowLength: number;
  readonly axes: readonly GridAxis[];
  readonly #steps: number;
  /** The axis that rows run along. */
  readonly #axis: 0 | 1;
  /** Twice as many lines as there are steps along a row. */
  readonly #along: Float64Array;
  /** A line for each row. */
  readonly #across: Float64Array;

  /**
   * @param ranks How many ranks share the cells.
   * @throws {RangeError} when there would be over 50 million cells on each of them.
   */
  constructor({ min, max }: Corners, cellSize: number, ranks: number) {
    const width = max[0] - min[0], depth = max[1] - min[1], axis = depth > width ? 1 : 0;
    const asked = { long: Math.max(width, depth), short: Math.min(width, depth), cellSize, ranks };
    const { steps, gaps } = fitRows(asked);
    this.#steps = steps;
    this.#axis = axis;
    this.#across = evenly(min[1 - axis], max[1 - axis], gaps);
    this.#along = evenly(min[axis], max[axis], 2 * steps);
    this.rowCount = gaps;
    this.rowLength = 2 * steps + 1;
    this.nodeCount = this.#firstOf(gaps) + steps + 1;
    const along = { isAlong: true, centres: this.#centresAlong(), groupOf: (r: number) => r % 2 };
    const across = { isAlong: false, centres: this.#centresAcross(), groupOf: (r: number) => r };
    this.axes = axis === 0 ? [along, across] : [across, along];
  }

  /** What tells this box from others. */
  get words(): string {
    const [x, y] = this.#axis === 0 ? [this.#along, this.#across] : [this.#across, this.#along];
    const ends = [x, y].map((line) => `${line[0]} to ${line[line.length - 1]}`);
    return `${this.rowCount} rows of ${this.rowLength} triangles from ${ends.join(", ")}`;
  }

  /** The first node of a row. */
  #firstOf(row: number): number {
    return (row >> 1) * (2 * this.#steps + 3) + (row % 2) * (this.#steps + 1);
  }

  /** The corners of the first triangle of a kind. In an upright box, x and y are exchanged, which turns it round. */
  #cornersOf(row: number, kind: number): readonly (readonly [number, number])[] {
    const [a, b, c] = triangles[row % 2][kind];
    return this.#axis === 0 ? [a, b, c] : [a, c, b];
  }

  /** The line on which a node of an even or odd row stands. */
  #lineOf(row: number, i: number): number {
    return row % 2 === 0 ? 2 * i : Math.max(0, Math.min(2 * this.#steps, 2 * i - 1));
  }

  #centresAlong(): Float64Array {
    const { rowLength } = this, out = new Float64Array(2 * rowLength);
    for (let n = 0; n < out.length; n++) {
      const group = n < rowLength ? 0 : 1, q = n - group * rowLength;
      for (const [up, on] of this.#cornersOf(group, q % 2)) {
        out[n] += this.#along[this.#lineOf(group + up, on + (q >> 1))] / 3;
      }
    }
    return out;
  }

  #centresAcross(): Float64Array {
    const out = new Float64Array(2 * this.rowCount);
    for (let n = 0; n < out.length; n++) {
      for (const [up] of this.#cornersOf(n >> 1, n % 2)) out[n] += this.#across[(n >> 1) + up] / 3;
    }
    return out;
  }

  /** The nodes of the first triangle of each kind in a gap, into `out`, `[2 x 3]`. */
  firstNodes(row: number, out: Int32Array): void {
    const here = this.#firstOf(row), above = this.#firstOf(row + 1);
    for (let kind = 0, m = 0; kind < 2; kind++) {
      for (const [up, on] of this.#cornersOf(row, kind)) out[m++] = (up === 0 ? here : above) + on;
    }
  }

  /** The row in which a node stands. */
  nodeRowOf(node: number): number {
    const two = Math.floor(node / (2 * this.#steps + 3)), rest = node - two * (2 * this.#steps + 3);
    return 2 * two + (rest > this.#steps ? 1 : 0);
  }

  /** The places of some nodes, `[count x 2]`: of those in a list, or of the first `count`. */
  placesAt(nodes: Int32Array | number): Float64Array {
    const isList = typeof nodes !== "number", count = isList ? nodes.length : nodes;
    const out = new Float64Array(2 * count), axis = this.#axis;
    for (let n = 0, row = 0, first = 0, next = 0; n < count; n++) {
      const node = isList ? nodes[n] : n;
      if (node < first || node >= next) {
        row = this.nodeRowOf(node);
        first = this.#firstOf(row);
        next = this.#firstOf(row + 1);
      }
      out[2 * n + axis] = this.#along[this.#lineOf(row, node - first)];
      out[2 * n + 1 - axis] = this.#across[row];
    }
    return out;
  }

  /** The triangles around a node, ascending, into `out`; how many there are. */
  cellsAround(node: number, out: Int32Array): number {
    const { rowCount, rowLength } = this, r = this.nodeRowOf(node), i = node - this.#firstOf(r);
    let count = 0;
    for (let row = Math.max(0, r - 1); row <= r && row < rowCount; row++) {
      for (let q = Math.max(0, 2 * i - 2); q < rowLength && q <= 2 * i + 1; q++) {
        const has = this.#cornersOf(row, q % 2).some(([up, on]) =>
          row + up === r && (q >> 1) + on === i
        );
        if (has) out[count++] = row * rowLength + q;
      }
    }
    return count;
  }

  /** Whether other triangles of a gap than the first and the last one may be at the edge. */
  isEdgeRow(row: number): boolean {
    return row === 0 || row === this.rowCount - 1;
  }

  /** Facets of a triangle at the edge of the box, into `out`: local facet, side, row there. How many there are. */
  facetsAtEdge(cell: number, out: Int32Array): number {
    const { rowCount: gaps, rowLength } = this, steps = this.#steps, upright = this.#axis === 1;
    const row = Math.floor(cell / rowLength), q = cell - row * rowLength, p = q >> 1;
    // The corner opposite to the facet as it is listed above, and the side of a box that is not upright.
    let corner = -1, side = -1;
    if (q === 0) corner = 1, side = 0;
    else if (q === rowLength - 1) corner = row % 2 === 0 ? 2 : 0, side = 1;
    else if (row === 0 && q % 2 === 1) corner = 2, side = 2;
    else if (row === gaps - 1 && q % 2 === 1) corner = 0, side = 3;
    if (corner < 0) return 0;
    const isEnd = side < 2;
    const turned = upright ? (side + 2) % 4 : side, backs = turned === 0 || turned === 3;
    out[0] = upright && corner > 0 ? 3 - corner : corner;
    out[1] = turned;
    out[2] = isEnd ? (backs ? gaps - 1 - row : row) : backs ? steps - 1 - p : p;
    return 1;
  }

  /** The sides of the box, facets by their nodes, `[facets x 2]`, each running with the box on its left. */
  boundaries(): Map<string, Int32Array> {
    const gaps = this.rowCount, starts: number[] = [], ends: number[] = [];
    for (let row = 0; row <= gaps; row++) {
      starts.push(this.#firstOf(row));
      ends.push(this.#firstOf(row + 1) - 1);
    }
    const near = Array.from({ length: this.#steps + 1 }, (_, i) => i);
    const far = near.map((i) => this.#firstOf(gaps) + i);
    const lists = this.#axis === 1 ? [near, far, starts, ends] : [starts, ends, near, far];
    return new Map(lists.map((nodes, k) => [
      this.sides[k],
      chain(k === 0 || k === 3 ? nodes.reverse() : nodes),
    ]));
  }
}

/** What is asked for: the sides of the box, and how long edges should be. */
interface Asked {
  readonly long: number;
  readonly short: number;
  readonly cellSize: number;
  readonly ranks: number;
}

function fitRows({ long, short, cellSize, ranks }: Asked): Rows {
  const wanted = short / (height * cellSize), asked = `boxMesh: cellSize = ${cellSize}`;
  checkCellCount(4 / Math.sqrt(3) * (long / cellSize) * (short / cellSize), asked, ranks);
  // The even number nearest to `wanted` by ratio.
  const below = Math.max(2, 2 * Math.floor(wanted / 2));
  const gaps = wanted / below > (below + 2) / wanted ? below + 2 : below;
  const steps = Math.round(long * height / (short / gaps));
  checkCellCount(2 * steps * gaps, asked, ranks);
  return { steps, gaps };
}

function chain(nodes: readonly number[]): Int32Array {
  const facets = new Int32Array(2 * (nodes.length - 1));
  for (let i = 0; i + 1 < nodes.length; i++) {
    facets[2 * i] = nodes[i];
    facets[2 * i + 1] = nodes[i + 1];
  }
  return facets;
}
