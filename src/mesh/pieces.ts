/**
 * The connected pieces of a mesh: cells that share a node are in one piece.
 *
 * @module
 */
import { DisjointSets } from "./disjoint_sets.ts";

/** Which piece every cell is in. */
export interface Pieces {
  readonly count: number;
  /** Pieces by cell, `[cellCount]`, numbered by their lowest cells. */
  readonly ofCell: Int32Array;
  /** How many cells each has, `[count]`. */
  readonly sizes: Int32Array;
}

/** Finds the pieces of `cells`, `[cellCount x corners]`. */
export function findPieces(cells: Int32Array, corners: number, nodeCount: number): Pieces {
  const nodes = new DisjointSets(nodeCount);
  for (let at = 0; at < cells.length; at += corners) {
    for (let k = 1; k < corners; k++) nodes.join(cells[at], cells[at + k]);
  }
  const pieceOf = new Int32Array(nodeCount).fill(-1);
  const ofCell = new Int32Array(cells.length / corners);
  const sizes: number[] = [];
  for (let c = 0; c < ofCell.length; c++) {
    const root = nodes.rootOf(cells[c * corners]);
    if (pieceOf[root] < 0) pieceOf[root] = sizes.push(0) - 1;
    ofCell[c] = pieceOf[root];
    sizes[ofCell[c]]++;
  }
  return { count: sizes.length, ofCell, sizes: Int32Array.from(sizes) };
}
