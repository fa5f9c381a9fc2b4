/**
 * The cells in the form that VTK needs: connectivity, offsets, types, and the points of quadratic
 * and separate cells. They are kept as long as the mesh's own arrays live, since most saves have
 * the same mesh as before.
 *
 * @module
 */
import { dofsPerCell, makeDofMap } from "../../mesh/dof_map.ts";
import { type EdgeList, findEdges } from "../../mesh/edge_table.ts";
import { localEdges } from "../../mesh/simplex.ts";
import type { ArrayNumbers } from "../../snapshot/numbers_in_blocks.ts";

/** Cell types of VTK (The VTK User's Guide, 11th ed., figures 19-20 and 19-21). */
const TYPE = { triangle: 5, tetrahedron: 10, quadratic: { 2: 22, 3: 24 } } as const;

/** VTK's type of a point that is a cell by itself. */
export const VERTEX = 1;

/** Edges by their nodes, in the order in which they are shown. */
export type ShownEdges = Pick<EdgeList, "count" | "nodes">;

/** The tables that describe a grid whose cells are all of one kind. */
export interface ViewCellTables {
  readonly cellCount: number;
  readonly perCell: number;
  /** `[cellCount + 1]`. */
  readonly offsets: ArrayNumbers;
  /** `[cellCount]`. */
  readonly types: ArrayNumbers;
}

/** Quadratic cells, numbered like the mesh's degrees of freedom of degree 2. */
export interface QuadraticCells {
  readonly edges: EdgeList;
  /** Nodes are followed by edges, numbered `nodeCount + edge`, `[cellCount x (6 or 10)]`. */
  readonly connectivity: Int32Array;
}

const tables = new WeakMap<Int32Array, Map<string, ViewCellTables>>();
const quadratic = new WeakMap<Int32Array, QuadraticCells>();
const middles = new WeakMap<Float64Array, Float64Array>();

/** VTK's type of a cell. */
export function cellType(dim: 2 | 3, degree: 1 | 2): number {
  return degree === 2 ? TYPE.quadratic[dim] : dim === 2 ? TYPE.triangle : TYPE.tetrahedron;
}

/** Offsets and types for the first `cellCount` cells of a mesh, straight or quadratic. */
export function tablesOf(
  cells: Int32Array,
  dim: 2 | 3,
  degree: 1 | 2,
  cellCount: number,
): ViewCellTables {
  let known = tables.get(cells);
  if (known === undefined) tables.set(cells, known = new Map());
  const key = `${degree}/${cellCount}`;
  let found = known.get(key);
  if (found === undefined) {
    const perCell = dofsPerCell(dim, degree);
    found = {
      cellCount,
      perCell,
      offsets: Int32Array.from({ length: cellCount + 1 }, (_, i) => i * perCell),
      types: new Uint8Array(cellCount).fill(cellType(dim, degree)),
    };
    known.set(key, found);
  }
  return found;
}

/** The edges of all cells, and the quadratic cells that contain them. */
export function quadraticCellsOf(
  cells: Int32Array,
  dim: 2 | 3,
  nodeCount: number,
): QuadraticCells {
  let found = quadratic.get(cells);
  if (found === undefined) {
    const rows = { dim, cells, nodeCount, cellCount: cells.length / (dim + 1) };
    const edges = findEdges(rows);
    found = { edges, connectivity: makeDofMap({ ...rows, edges }, 2, true).cellDofs };
    quadratic.set(cells, found);
  }
  return found;
}

/**
 * The mean of both ends of every edge, `[count x width]`: its midpoint, or the value of a P1 field
 * there.
 */
export function atMiddles(
  { count, nodes }: ShownEdges,
  values: Float64Array,
  width: number,
): Float64Array {
  const out = new Float64Array(count * width);
  for (let e = 0; e < count; e++) {
    const a = nodes[2 * e] * width, b = nodes[2 * e + 1] * width;
    for (let d = 0; d < width; d++) out[e * width + d] = (values[a + d] + values[b + d]) / 2;
  }
  return out;
}

/** The midpoints of the edges, `[count x dim]`. */
export function middlesOf(
  cellEdges: ShownEdges,
  coordinates: Float64Array,
  dim: 2 | 3,
): Float64Array {
  let found = middles.get(coordinates);
  if (found === undefined) {
    middles.set(coordinates, found = atMiddles(cellEdges, coordinates, dim));
  }
  return found;
}

/** The cells of a rank, its own first, and their nodes. */
export interface SeparateCells {
  readonly dim: 2 | 3;
  readonly cells: Int32Array;
  readonly ownedCells: number;
  readonly nodeCount: number;
  readonly ownedNodes: number;
  readonly coordinates: Float64Array;
  /** Mid-side nodes, `[edges x dim]`, owned ones first; null for straight cells. */
  readonly middles: Float64Array | null;
  /** The cells by degrees of freedom of degree 2: own nodes, own edges, ghost nodes, ghost edges. */
  readonly quadratic: { readonly connectivity: Int32Array; readonly ownedEdges: number } | null;
}

/**
 * Points that are not shared between any two of the owned cells, `[ownedCells * perCell x dim]`, in the order of
 * discontinuous dofs. Linear cells have straight sides.
 */
export function separatePoints(mesh: SeparateCells, degree: 1 | 2): Float64Array {
  const { dim, cells, coordinates, ownedCells } = mesh;
  const local = localEdges(dim), corners = dim + 1, perCell = dofsPerCell(dim, degree);
  const out = new Float64Array(ownedCells * perCell * dim);
  let to = 0;
  for (let c = 0; c < ownedCells; c++) {
    for (let k = 0; k < perCell; k++) {
      if (k >= corners && mesh.middles !== null) {
        const edge = edgeOf(mesh, c * perCell + k);
        for (let d = 0; d < dim; d++) out[to++] = mesh.middles[edge * dim + d];
        continue;
      }
      const e = 2 * (k - corners);
      const a = cells[c * corners + (k < corners ? k : local[e])];
      const b = cells[c * corners + (k < corners ? k : local[e + 1])];
      for (let d = 0; d < dim; d++) {
        out[to++] = (coordinates[a * dim + d] + coordinates[b * dim + d]) / 2;
      }
    }
  }
  return out;
}

/** The place among the mid-side nodes of an entry of the quadratic connectivity. */
function edgeOf({ nodeCount, ownedNodes, quadratic }: SeparateCells, entry: number): number {
  const { connectivity, ownedEdges } = quadratic!, place = connectivity[entry] - ownedNodes;
  return place < ownedEdges ? place : place - (nodeCount - ownedNodes);
}

let numbers = new Int32Array(0);

/** The numbers 0, 1, 2, .., which are the connectivity of cells that share no points. */
export function firstNumbers(count: number): Int32Array {
  if (numbers.length < count) numbers = Int32Array.from({ length: count }, (_, i) => i);
  return numbers.subarray(0, count);
}
