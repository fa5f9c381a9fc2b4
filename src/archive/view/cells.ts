/**
 * Cells as VTK wants them: connectivity, offsets, types, and the points that quadratic and separate cells
 * need. Kept for as long as the mesh's own arrays live, since most saves have the same mesh again.
 *
 * @module
 */

/** Cell types of VTK (The VTK User's Guide, 11th ed., figures 19-20 and 19-21). */
const TYPE = { vertex: 1, triangle: 5, tetrahedron: 10, quadratic: { 2: 22, 3: 24 } } as const;

/** Local edges in VTK's order, which is also the order of the dofs of degree 2. */
const edgesOf = {
  2: [0, 1, 1, 2, 2, 0],
  3: [0, 1, 1, 2, 2, 0, 0, 3, 1, 3, 2, 3],
} as const;

/** What makes a grid of cells all of one kind. */
export interface CellTables {
  readonly cellCount: number;
  readonly perCell: number;
  /** `[cellCount + 1]`. */
  readonly offsets: Int32Array;
  /** `[cellCount]`. */
  readonly types: Uint8Array;
}

/** The edges of all cells, numbered in the order in which they first appear: the dofs of degree 2. */
export interface CellEdges {
  readonly count: number;
  /** `[count x 2]`. */
  readonly nodes: Int32Array;
  /** Nodes, then edges as `nodeCount + edge`, `[cellCount x (6 or 10)]`. */
  readonly connectivity: Int32Array;
}

const tables = new WeakMap<Int32Array, Map<string, CellTables>>();
const edges = new WeakMap<Int32Array, CellEdges>();
const middles = new WeakMap<Float64Array, Float64Array>();

/** How many dofs a cell has. */
export function perCellOf(dim: 2 | 3, degree: 1 | 2): number {
  return degree === 1 ? dim + 1 : dim === 2 ? 6 : 10;
}

/** Offsets and types for the first `cellCount` cells of a mesh, straight or quadratic. */
export function tablesOf(
  cells: Int32Array,
  dim: 2 | 3,
  degree: 1 | 2,
  cellCount: number,
): CellTables {
  let known = tables.get(cells);
  if (known === undefined) tables.set(cells, known = new Map());
  const key = `${degree}/${cellCount}`;
  let found = known.get(key);
  if (found === undefined) {
    const perCell = perCellOf(dim, degree);
    const straight = dim === 2 ? TYPE.triangle : TYPE.tetrahedron;
    found = {
      cellCount,
      perCell,
      offsets: Int32Array.from({ length: cellCount + 1 }, (_, i) => i * perCell),
      types: new Uint8Array(cellCount).fill(degree === 1 ? straight : TYPE.quadratic[dim]),
    };
    known.set(key, found);
  }
  return found;
}

/** Types for points that are cells of their own. */
export function vertexTypes(count: number): Uint8Array {
  return new Uint8Array(count).fill(TYPE.vertex);
}

/** The edges of a mesh. */
export function cellEdgesOf(cells: Int32Array, dim: 2 | 3, nodeCount: number): CellEdges {
  let found = edges.get(cells);
  if (found === undefined) edges.set(cells, found = numberEdges(cells, dim, nodeCount));
  return found;
}

function numberEdges(cells: Int32Array, dim: 2 | 3, nodeCount: number): CellEdges {
  const local = edgesOf[dim], corners = dim + 1, sides = local.length / 2;
  const perCell = corners + sides, cellCount = cells.length / corners;
  const connectivity = new Int32Array(cellCount * perCell);
  const nodes = new Int32Array(2 * cellCount * sides);
  let size = 16;
  while (size < 2 * cellCount * sides) size *= 2;
  const table = new Int32Array(size).fill(-1), mask = size - 1;
  let count = 0;
  for (let c = 0; c < cellCount; c++) {
    const from = c * corners, to = c * perCell;
    for (let k = 0; k < corners; k++) connectivity[to + k] = cells[from + k];
    for (let e = 0; e < sides; e++) {
      const p = cells[from + local[2 * e]], q = cells[from + local[2 * e + 1]];
      const a = Math.min(p, q), b = Math.max(p, q);
      let slot = (Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) >>> 7 & mask;
      let id = table[slot];
      while (id >= 0 && (nodes[2 * id] !== a || nodes[2 * id + 1] !== b)) {
        slot = slot + 1 & mask;
        id = table[slot];
      }
      if (id < 0) {
        table[slot] = id = count++;
        nodes[2 * id] = a;
        nodes[2 * id + 1] = b;
      }
      connectivity[to + corners + e] = nodeCount + id;
    }
  }
  return { count, nodes: nodes.slice(0, 2 * count), connectivity };
}

/** The mean of both ends of every edge, `[count x width]`: where its middle is, or what a P1 field is there. */
export function atMiddles(
  { count, nodes }: Pick<CellEdges, "count" | "nodes">,
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

/** The middles of the edges, `[count x dim]`. */
export function middlesOf(
  cellEdges: Pick<CellEdges, "count" | "nodes">,
  coordinates: Float64Array,
  dim: 2 | 3,
): Float64Array {
  let found = middles.get(coordinates);
  if (found === undefined) {
    middles.set(coordinates, found = atMiddles(cellEdges, coordinates, dim));
  }
  return found;
}

/**
 * Points that no two of the first `cellCount` cells share, `[cellCount * perCell x dim]`, in the order of
 * discontinuous dofs.
 */
export function separatePoints(
  cells: Int32Array,
  coordinates: Float64Array,
  dim: 2 | 3,
  degree: 1 | 2,
  cellCount: number,
): Float64Array {
  const local = edgesOf[dim], corners = dim + 1, perCell = perCellOf(dim, degree);
  const out = new Float64Array(cellCount * perCell * dim);
  let to = 0;
  for (let c = 0; c < cellCount; c++) {
    for (let k = 0; k < perCell; k++) {
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

let numbers = new Int32Array(0);

/** 0, 1, 2, ..: the connectivity of cells that share no points. */
export function firstNumbers(count: number): Int32Array {
  if (numbers.length < count) numbers = Int32Array.from({ length: count }, (_, i) => i);
  return numbers.subarray(0, count);
}
