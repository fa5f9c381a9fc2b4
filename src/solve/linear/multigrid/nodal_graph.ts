/**
 * The graph of nodes when several rows make one node.
 *
 * @module
 */
import type { CsrMatrix } from "../csr.ts";

/** Nodes and the strong couplings between them. */
export interface NodalGraph {
  readonly rows: number;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly strong: Uint8Array;
}

/** Two nodes couple strongly where any of their components do. */
export function nodalGraph(matrix: CsrMatrix, strong: Uint8Array, blockSize: number): NodalGraph {
  const rows = matrix.rows / blockSize;
  const { rowStarts, columns } = matrix;
  const marker = new Int32Array(rows).fill(-1);
  const starts = new Int32Array(rows + 1);
  const out = new Int32Array(matrix.nnz);
  let count = 0;
  for (let node = 0; node < rows; node++) {
    const end = rowStarts[(node + 1) * blockSize];
    for (let k = rowStarts[node * blockSize]; k < end; k++) {
      const beside = (columns[k] / blockSize) | 0;
      if (strong[k] === 0 || beside === node || marker[beside] === node) continue;
      marker[beside] = node;
      out[count++] = beside;
    }
    starts[node + 1] = count;
  }
  return { rows, starts, columns: out, strong: new Uint8Array(count).fill(1) };
}

/** The rows of nodes: several for each, or none. */
export interface RowsOfNodes {
  readonly nodes: number;
  /** The node of each row, `[rows]`, ascending; -1 for rows that are not solved for. */
  readonly of: Int32Array;
}

/**
 * Two nodes couple strongly where `|A_IJ|^2 > theta^2 |A_II| |A_JJ|` in the Frobenius norms of their blocks.
 * Rows without a node do not count: a constrained component keeps a diagonal that would hide the coupling of
 * the others.
 *
 * @param theta The threshold, 0 to 1.
 */
export function blockNormGraph(
  matrix: CsrMatrix,
  { nodes, of }: RowsOfNodes,
  theta: number,
): NodalGraph {
  const norms = blockNorms(matrix, of, nodes, nodes), { starts, columns, own } = norms;
  return { rows: nodes, starts, columns, strong: strongBlocks(norms, own, theta) };
}

/** Squares of the Frobenius norms of the blocks between nodes. */
export interface BlockNorms {
  /** Where the blocks of each node begin, `[rows + 1]`. */
  readonly starts: Int32Array;
  /** The other node of each block, `[nnz]` and more. */
  readonly columns: Int32Array;
  readonly squares: Float64Array;
  /** Of the diagonal blocks, `[rows]`. */
  readonly own: Float64Array;
}

/** Which blocks couple strongly; `own` has the squares of the diagonal blocks of all nodes, ghosts too. */
export function strongBlocks(
  { starts, columns, squares }: BlockNorms,
  own: Float64Array,
  theta: number,
): Uint8Array {
  const nodes = starts.length - 1, strong = new Uint8Array(starts[nodes]);
  for (let node = 0, k = 0; node < nodes; node++) {
    for (const end = starts[node + 1]; k < end; k++) {
      const limit = theta * theta * Math.sqrt(own[node] * own[columns[k]]);
      if (squares[k] > limit) strong[k] = 1;
    }
  }
  return strong;
}

/**
 * The blocks of the first nodes, to which all rows of the matrix belong.
 *
 * @param of The node of each column; those of rows ascend, and -1 stands for none.
 * @param nodes How many nodes have rows here.
 * @param all How many there are among the columns.
 */
export function blockNorms(
  { rows, rowStarts, columns: entries, values, nnz }: CsrMatrix,
  of: Int32Array,
  nodes: number,
  all: number,
): BlockNorms {
  const starts = new Int32Array(nodes + 1), own = new Float64Array(nodes);
  const columns = new Int32Array(nnz), squares = new Float64Array(nnz);
  const marker = new Int32Array(all).fill(-1);
  let count = 0, first = 0, node = -1;
  for (let i = 0; i < rows; i++) {
    if (of[i] < 0) continue;
    while (node < of[i]) {
      first = count;
      starts[++node] = count;
    }
    for (let k = rowStarts[i], end = rowStarts[i + 1]; k < end; k++) {
      const beside = of[entries[k]];
      if (beside < 0) continue;
      const square = values[k] * values[k];
      if (beside === node) own[node] += square;
      else if (marker[beside] >= first) squares[marker[beside]] += square;
      else {
        marker[beside] = count;
        columns[count] = beside;
        squares[count++] = square;
      }
    }
  }
  while (node < nodes) starts[++node] = count;
  return { starts, columns, squares, own };
}
