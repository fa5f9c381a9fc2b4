/**
 * Which cells are around which node.
 *
 * @module
 */
import type { CellRows } from "./neighbours.ts";

/** Cells by node: those of node n are `cells[start[n]]` up to `cells[start[n + 1]]`. */
export interface NodeCells {
  readonly start: Int32Array;
  readonly cells: Int32Array;
}

/** The cells around every node, ascending. */
export function cellsAround(
  { dim, cells, nodeCount }: Pick<CellRows, "dim" | "cells" | "nodeCount">,
): NodeCells {
  const start = new Int32Array(nodeCount + 1);
  for (let i = 0; i < cells.length; i++) start[cells[i] + 1]++;
  for (let n = 0; n < nodeCount; n++) start[n + 1] += start[n];
  const at = start.slice(0, nodeCount);
  const around = new Int32Array(cells.length);
  const corners = dim + 1;
  for (let i = 0; i < cells.length; i++) around[at[cells[i]]++] = (i / corners) | 0;
  return { start, cells: around };
}
