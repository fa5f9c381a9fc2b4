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
