/**
 * Meshes whose cells stand in rows, along which they repeat: any rank can make any of their cells, so that none has to
 * make them all.
 *
 * @module
 */
import type { MeshData } from "./mesh_data.ts";

/** Where the cells of a grid are along one axis of coordinates. */
export interface GridAxis {
  /** Whether rows run along it. Across, all cells of one kind in a row are at the same place. */
  readonly isAlong: boolean;
  /**
   * Centroids as `centroidsOf` computes them, `[groups of rows x cells of a row]` along and `[groups x kinds]` across.
   * Along a row they never descend within a kind.
   */
  readonly centres: Float64Array;
  /** Rows of one group are alike along this axis. */
  readonly groupOf: (row: number) => number;
}

/**
 * Cells in rows of equal length. In a row, cells of different kinds take turns: cell `row * rowLength + position * kinds
 * + kind`. From one position to the next, the nodes of a cell grow by one.
 */
export interface RowGrid {
  readonly dim: 2 | 3;
  /** What tells the mesh from others, for ranks to compare. */
  readonly words: string;
  readonly nodeCount: number;
  readonly rowCount: number;
  readonly rowLength: number;
  readonly kinds: number;
  /** One for each coordinate. */
  readonly axes: readonly GridAxis[];
  /** The nodes of a row's first cell of each kind, into `out`, `[kinds x (dim + 1)]`. */
  firstNodes(row: number, out: Int32Array): void;
  /** The row of nodes in which a node stands: ids in a row follow each other, and rows ascend as those of cells do. */
  nodeRowOf(node: number): number;
  /** The places of some nodes, `[count x dim]`: of those in a list, or of the first `count`. */
  placesAt(nodes: Int32Array | number): Float64Array;
  /** How many cells are around a node inside: around all others there are fewer. */
  readonly mostAround: number;
  /** The cells around a node, ascending, into `out`; how many there are. */
  cellsAround(node: number, out: Int32Array): number;
  /** Whether more cells of a row than those of the first and the last position may be at the edge of the domain. */
  isEdgeRow(row: number): boolean;
  /** The names of the boundaries, in their order. */
  readonly sides: readonly string[];
  /** Facets of a cell at the edge of the domain, into `out`: local facet, boundary, row there. How many there are. */
  facetsAtEdge(cell: number, out: Int32Array): number;
  /**
   * Facets by boundary name, `[facets x dim]`, each turned as its cell has it; in 3-D they begin with the lowest node.
   * All facets at the edge of the domain are in one of them.
   */
  boundaries(): Map<string, Int32Array>;
}

/** How many cells a grid has. */
export function cellCountOf({ rowCount, rowLength }: RowGrid): number {
  return rowCount * rowLength;
}

/** How many cells of a kind are in a row. */
export function positionsOf({ rowLength, kinds }: RowGrid, kind: number): number {
  return Math.ceil((rowLength - kind) / kinds);
}

/** The nodes of all cells, `[cellCount x (dim + 1)]`. */
export function cellsOf(grid: RowGrid): Int32Array {
  const { dim, rowCount, rowLength, kinds } = grid, corners = dim + 1, width = kinds * corners;
  const out = new Int32Array(cellCountOf(grid) * corners), first = new Int32Array(width);
  for (let row = 0, at = 0; row < rowCount; row++) {
    grid.firstNodes(row, first);
    const end = at + rowLength * corners;
    for (let p = 0; at < end; p++) {
      for (let k = 0; k < width && at < end; k++) out[at++] = first[k] + p;
    }
  }
  return out;
}

/** The nodes of some cells, `[cells x (dim + 1)]`. */
export function rowsOfCells(grid: RowGrid, cells: Int32Array): Int32Array {
  const { rowLength, kinds } = grid, corners = grid.dim + 1;
  const out = new Int32Array(cells.length * corners), first = new Int32Array(kinds * corners);
  for (let i = 0, at = 0, last = -1; i < cells.length; i++) {
    const row = Math.floor(cells[i] / rowLength), q = cells[i] - row * rowLength;
    if (row !== last) grid.firstNodes(last = row, first);
    const position = Math.floor(q / kinds), from = (q - position * kinds) * corners;
    for (let k = from; k < from + corners; k++) out[at++] = first[k] + position;
  }
  return out;
}

const known = new WeakMap<MeshData, RowGrid>();

/** The grid that mesh data stand for; null for plain arrays. */
export function rowGridOf(data: MeshData): RowGrid | null {
  return known.get(data) ?? null;
}

/** Mesh data that are made when they are read. */
export function dataOfGrid(grid: RowGrid, meshType: string): MeshData {
  let coordinates: Float64Array | null = null, cells: Int32Array | null = null;
  let boundaries: Map<string, Int32Array> | null = null;
  const data: MeshData = {
    dim: grid.dim,
    get coordinates() {
      return coordinates ??= grid.placesAt(grid.nodeCount);
    },
    get cells() {
      return cells ??= cellsOf(grid);
    },
    get boundaries() {
      return boundaries ??= grid.boundaries();
    },
    regions: new Map(),
    meshType,
    notes: [],
  };
  known.set(data, grid);
  return data;
}
