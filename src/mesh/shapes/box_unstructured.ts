/**
 * Boxes filled with triangles that are close to equilateral.
 *
 * @module
 */
import type { MeshData } from "../mesh_data.ts";
import { type Corners, evenly } from "./box_corners.ts";
import { delaunayTriangles } from "./delaunay.ts";
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
 * The Delaunay triangles of a hexagonal lattice that is stretched a little to fit the box. Every other
 * row is half a step aside, with nodes at both ends, so sides are evenly divided and no angle is below
 * 25 degrees whatever the size and the shape of the box: the height of a row fixes the step along it,
 * up to a factor between 5/6 and 5/4 for the step to fit the side, and the worst triangles, at the
 * ends of odd rows, have the tangent step / (2 height) >= 0.48.
 *
 * @throws {RangeError} when there would be over 50 million cells.
 */
export function hexagonalBox(corners: Corners, cellSize: number): MeshData {
  const width = corners.max[0] - corners.min[0], depth = corners.max[1] - corners.min[1];
  const upright = depth > width;
  const rows = fitRows(Math.max(width, depth), Math.min(width, depth), cellSize);
  const { points, along } = lattice(rows, upright ? depth : width, upright ? width : depth);
  const cells = delaunayTriangles(points);
  const axis = upright ? 1 : 0;
  const across = evenly(corners.min[1 - axis], corners.max[1 - axis], rows.gaps);
  const grid = evenly(corners.min[axis], corners.max[axis], 2 * rows.steps);
  const coordinates = new Float64Array(points.length);
  for (let n = 0; n < along.length; n++) {
    coordinates[2 * n + axis] = grid[along[n]];
  }
  forEachNode(rows, (node, row) => coordinates[2 * node + 1 - axis] = across[row]);
  if (upright) mirror(cells);
  return {
    dim: 2,
    coordinates,
    cells,
    boundaries: sides(rows, upright),
    regions: new Map(),
    meshType: "box",
    notes: [],
  };
}

function fitRows(long: number, short: number, cellSize: number): Rows {
  const wanted = short / (height * cellSize);
  checkCellCount(4 / Math.sqrt(3) * (long / cellSize) * (short / cellSize), asked(cellSize));
  // The even number nearest to `wanted` by ratio.
  const below = Math.max(2, 2 * Math.floor(wanted / 2));
  const gaps = wanted / below > (below + 2) / wanted ? below + 2 : below;
  const steps = Math.round(long * height / (short / gaps));
  checkCellCount(2 * steps * gaps, asked(cellSize));
  return { steps, gaps };
}

function asked(cellSize: number): string {
  return `boxMesh: cellSize = ${cellSize}`;
}

/** Calls `visit` for the nodes row by row, `half` in half steps along the row. */
function forEachNode(
  { steps, gaps }: Rows,
  visit: (node: number, row: number, half: number) => void,
): void {
  let node = 0;
  for (let row = 0; row <= gaps; row++) {
    if (row % 2 === 0) {
      for (let i = 0; i <= steps; i++) visit(node++, row, 2 * i);
    } else {
      visit(node++, row, 0);
      for (let i = 0; i < steps; i++) visit(node++, row, 2 * i + 1);
      visit(node++, row, 2 * steps);
    }
  }
}

/** The lattice in its own units, so that neither place nor size of the box touches the triangles. */
function lattice(rows: Rows, long: number, short: number) {
  const { steps, gaps } = rows;
  const count = (gaps / 2) * (2 * steps + 3) + steps + 1;
  const points = new Float64Array(2 * count);
  const along = new Int32Array(count);
  const half = long / (2 * steps) / (short / gaps);
  forEachNode(rows, (node, row, i) => {
    points[2 * node] = i * half;
    points[2 * node + 1] = row;
    along[node] = i;
  });
  return { points, along };
}

/** Exchanging x and y turns every triangle round; this turns it back. */
function mirror(cells: Int32Array): void {
  for (let i = 0; i < cells.length; i += 3) {
    const b = cells[i + 1];
    cells[i + 1] = cells[i + 2];
    cells[i + 2] = b;
  }
}

/** The four sides, each running with the box on its left. */
function sides({ steps, gaps }: Rows, upright: boolean): Map<string, Int32Array> {
  const even = steps + 1, pair = 2 * steps + 3;
  const first = (row: number) => row % 2 === 0 ? (row / 2) * pair : ((row - 1) / 2) * pair + even;
  const starts: number[] = [], ends: number[] = [], near: number[] = [], far: number[] = [];
  for (let row = 0; row <= gaps; row++) {
    starts.push(first(row));
    ends.push(first(row + 1) - 1);
  }
  for (let i = 0; i <= steps; i++) {
    near.push(i);
    far.push(first(gaps) + i);
  }
  const [left, right, bottom, top] = upright
    ? [near, far, starts, ends]
    : [starts, ends, near, far];
  return new Map([
    ["left", chain(left.reverse())],
    ["right", chain(right)],
    ["bottom", chain(bottom)],
    ["top", chain(top.reverse())],
  ]);
}

function chain(nodes: readonly number[]): Int32Array {
  const facets = new Int32Array(2 * (nodes.length - 1));
  for (let i = 0; i + 1 < nodes.length; i++) {
    facets[2 * i] = nodes[i];
    facets[2 * i + 1] = nodes[i + 1];
  }
  return facets;
}
