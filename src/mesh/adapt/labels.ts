/**
 * Labels of cells: they determine which edge of a cell is halved next, and the labels of its
 * halves. Each label is one byte.
 *
 * In 2-D a label is the local edge opposite to the newest vertex. In 3-D it holds the refinement
 * edge, the marked edge of each of the two faces without it, and a flag (D. N. Arnold, A.
 * Mukherjee, L. Pouly, Locally adapted tetrahedral meshes using bisection, SIAM J. Sci. Comput. 22
 * (2000), DOI 10.1137/S1064827597323373, algorithm BisectTet). There are 6 x 3 x 3 x 2 numbers, of
 * which those with a flag are used only where all three edges lie in one plane.
 *
 * A cell (.. a .. b ..) with the edge a-b and its midpoint z has the halves (.. a .. z ..), half 0,
 * and (.. z .. b ..), half 1. The positions of the other vertices never change, and neither does
 * the orientation.
 *
 * @module
 */
import { localEdges } from "../simplex.ts";
import type { JoinedCells } from "../twins.ts";

/** The value that stands for "there is no such label". */
export const noLabel = 255;

/** The rules of one dimension as tables. */
export interface LabelRules {
  readonly dim: 2 | 3;
  /** The number of labels; not all of them are in use. */
  readonly count: number;
  /** The two vertices of the edge to halve, `[count x 2]`. */
  readonly ends: Uint8Array;
  /** The labels of both halves, `[count x 2]`; {@link noLabel} for labels that are not in use. */
  readonly halves: Uint8Array;
  /**
   * The label of the cell that has the two halves; {@link noLabel} if they are not halves of one
   * cell.
   *
   * @param first a vertex of the edge that was halved; `second` is the other one, in the order of
   *   `localEdges`.
   */
  parentOf(first: number, second: number, half0: number, half1: number): number;
}

/** The three local edges of the face of a tetrahedron opposite to each vertex, ascending. */
const faceEdges = [0, 1, 2, 3].map((vertex) =>
  [0, 1, 2, 3, 4, 5].filter((edge) =>
    !localEdges(3).subarray(2 * edge, 2 * edge + 2).includes(vertex)
  )
);

const rules = { 2: makeRules(2), 3: makeRules(3) };

/** The rules for triangles or tetrahedra. */
export function labelRules(dim: 2 | 3): LabelRules {
  return rules[dim];
}

function makeRules(dim: 2 | 3): LabelRules {
  const edges = localEdges(dim), sides = edges.length / 2;
  const count = dim === 2 ? 3 : 108;
  const edgeOf = (label: number) => (dim === 2 ? label : Math.floor(label / 18));
  const flagOf = (label: number) => (dim === 2 ? 0 : label & 1);
  const ends = new Uint8Array(2 * count);
  const halves = new Uint8Array(2 * count).fill(noLabel);
  const parents = new Uint8Array(sides ** 3 * 2).fill(noLabel);
  const place = (edge: number, half0: number, half1: number) =>
    ((edge * sides + edgeOf(half0)) * sides + edgeOf(half1)) * 2 + flagOf(half0);
  for (let label = 0; label < count; label++) {
    const edge = edgeOf(label);
    ends.set(edges.subarray(2 * edge, 2 * edge + 2), 2 * label);
    const both = dim === 2 ? halvesOfTriangle(label) : halvesOfTetrahedron(label);
    if (both === null) continue;
    halves.set(both, 2 * label);
    parents[place(edge, both[0], both[1])] = label;
  }
  return {
    dim,
    count,
    ends,
    halves,
    parentOf: (first, second, half0, half1) =>
      parents[place(edgeBetween(dim, first, second), half0, half1)],
  };
}

/** The local edge between two local vertices. */
function edgeBetween(dim: 2 | 3, p: number, q: number): number {
  const edges = localEdges(dim);
  let edge = 0;
  while (
    !(edges[2 * edge] === p && edges[2 * edge + 1] === q) &&
    !(edges[2 * edge] === q && edges[2 * edge + 1] === p)
  ) edge++;
  return edge;
}

/** A half is next halved at the edge opposite to its new vertex. */
function halvesOfTriangle(label: number): [number, number] {
  const edges = localEdges(2);
  const first = edges[2 * label], second = edges[2 * label + 1], third = 3 - first - second;
  return [edgeBetween(2, first, third), edgeBetween(2, second, third)];
}

/**
 * Computes a tetrahedron's label from its refinement edge and the marked edge of the face opposite
 * to each vertex.
 */
function labelOf(edge: number, marks: ArrayLike<number>, flag: boolean): number {
  const first = localEdges(3)[2 * edge], second = localEdges(3)[2 * edge + 1];
  const ofHalf0 = faceEdges[second].indexOf(marks[second]);
  const ofHalf1 = faceEdges[first].indexOf(marks[first]);
  return ((edge * 3 + ofHalf0) * 3 + ofHalf1) * 2 + (flag ? 1 : 0);
}

/** Algorithm BisectTet; null if a label has a flag but its marked edges do not lie in a plane. */
function halvesOfTetrahedron(label: number): [number, number] | null {
  const edges = localEdges(3), edge = Math.floor(label / 18), flag = (label & 1) === 1;
  const first = edges[2 * edge], second = edges[2 * edge + 1];
  const mark0 = faceEdges[second][Math.floor(label / 6) % 3];
  const mark1 = faceEdges[first][Math.floor(label / 2) % 3];
  const others = [0, 1, 2, 3].filter((vertex) => vertex !== first && vertex !== second);
  // In a plane, the marked edges meet at a vertex that is not on the refinement edge, but they are
  // different edges.
  const apex = others.find((vertex) =>
    mark0 === edgeBetween(3, first, vertex) && mark1 === edgeBetween(3, second, vertex)
  );
  if (flag && apex === undefined) return null;
  const opposite = edgeBetween(3, others[0], others[1]);
  const half = (kept: number, moved: number, inherited: number): number => {
    const marks = [0, 0, 0, 0];
    marks[moved] = inherited;
    // Cut faces are marked at the edge opposite to the new vertex.
    marks[others[0]] = edgeBetween(3, kept, others[1]);
    marks[others[1]] = edgeBetween(3, kept, others[0]);
    marks[kept] = flag ? edgeBetween(3, moved, apex!) : opposite;
    return labelOf(inherited, marks, apex !== undefined && !flag);
  };
  return [half(first, second, mark0), half(second, first, mark1)];
}

/**
 * The labels of a mesh that was never halved: each cell is marked by its longest edge, and each
 * face by its own longest edge. Edges of equal length are ordered by their nodes, so that cells
 * agree on the faces they share.
 *
 * @param coordinates `[nodeCount x dim]`.
 * @param joined the cells of a periodic mesh by vertices: edges that are one place have one length and one order.
 * @param ids the nodes of one rank's part by their ids in the whole mesh, which decide among edges of equal length.
 * @returns `[cellCount]`.
 */
export function firstLabels(
  dim: 2 | 3,
  cells: Int32Array,
  coordinates: Float64Array,
  joined: JoinedCells | null = null,
  ids: Int32Array | null = null,
): Uint8Array {
  const known = joined && squaresOf(dim, cells, coordinates, joined);
  const corners = dim + 1, edges = localEdges(dim), sides = edges.length / 2;
  const labels = new Uint8Array(cells.length / corners);
  const squares = new Float64Array(sides),
    low = new Int32Array(sides),
    high = new Int32Array(sides);
  const marks = [0, 0, 0, 0];
  const longer = (e: number, f: number): boolean =>
    squares[e] > squares[f] ||
    (squares[e] === squares[f] && (low[e] < low[f] || (low[e] === low[f] && high[e] < high[f])));
  for (let c = 0; c < labels.length; c++) {
    let longest = 0;
    for (let e = 0; e < sides; e++) {
      const { cells: ends } = joined ?? { cells };
      const a = ends[c * corners + edges[2 * e]], b = ends[c * corners + edges[2 * e + 1]];
      const p = ids === null ? a : ids[a], q = ids === null ? b : ids[b];
      low[e] = Math.min(p, q);
      high[e] = Math.max(p, q);
      let square = known === null ? 0 : known[joined!.edges.cellEdges[c * sides + e]];
      for (let d = 0; known === null && d < dim; d++) {
        square += (coordinates[b * dim + d] - coordinates[a * dim + d]) ** 2;
      }
      squares[e] = square;
      if (longer(e, longest)) longest = e;
    }
    if (dim === 2) labels[c] = longest;
    else {
      for (let v = 0; v < 4; v++) {
        const [e, f, g] = faceEdges[v];
        const best = longer(e, f) ? e : f;
        marks[v] = longer(best, g) ? best : g;
      }
      labels[c] = labelOf(longest, marks, false);
    }
  }
  return labels;
}

/** The squares of the lengths of edges between vertices, as the lowest cell sees them. */
function squaresOf(
  dim: 2 | 3,
  cells: Int32Array,
  x: Float64Array,
  { edges: { count, cellEdges } }: JoinedCells,
): Float64Array {
  const corners = dim + 1, local = localEdges(dim), sides = local.length / 2;
  const squares = new Float64Array(count).fill(-1);
  for (let i = 0; i < cellEdges.length; i++) {
    if (squares[cellEdges[i]] >= 0) continue;
    const at = Math.floor(i / sides) * corners, e = 2 * (i % sides);
    const a = cells[at + local[e]], b = cells[at + local[e + 1]];
    let square = 0;
    for (let d = 0; d < dim; d++) square += (x[b * dim + d] - x[a * dim + d]) ** 2;
    squares[cellEdges[i]] = square;
  }
  return squares;
}
