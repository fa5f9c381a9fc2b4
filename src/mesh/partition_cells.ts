/**
 * Which rank owns which cell: recursive coordinate bisection (M. Berger, S. Bokhari, IEEE Trans. Comput.
 * C-36 (1987) 570-580, doi:10.1109/TC.1987.1676942), from geometry and global ids alone.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { type BisectedCells, bisection } from "./bisection.ts";

/**
 * The owner of every cell of a whole mesh, `[cellCount]`. Cells are divided at the median of their centroids along
 * the longest side of the box around these, ties by id; without weights the shares differ by one cell at most per
 * level. With fewer cells than ranks, some ranks get none.
 *
 * @param cells `[cellCount x (dim + 1)]`.
 * @param coordinates `[nodeCount x dim]`.
 * @param weights What each cell costs, as positive whole numbers, `[cellCount]`; defaults to 1 for all.
 */
export function partitionCells(
  dim: 2 | 3,
  cells: Int32Array,
  coordinates: Float64Array,
  ranks: number,
  weights: Float64Array | null = null,
): Int32Array {
  const centres = centroidsOf(dim, cells, coordinates);
  const ids = Int32Array.from({ length: cells.length / (dim + 1) }, (_, c) => c);
  const steps = bisection({ dim, centres, ids, weights }, ranks, bitsOf(ids.length));
  let step = steps.next();
  while (step.done !== true) step = steps.next(step.value.values);
  return step.value;
}

/**
 * The same of a mesh whose cells are spread over ranks: the owner of each of this rank's cells. Every rank's cells are
 * given once, in any order and division, on which the result does not depend. Collective.
 *
 * @param globalCount How many cells all ranks have.
 */
export function partitionSpread(cells: BisectedCells, globalCount: number, comm: Comm): Int32Array {
  const steps = bisection(cells, comm.size, bitsOf(globalCount));
  let step = steps.next();
  while (step.done !== true) {
    const { values, op } = step.value;
    step = steps.next(comm.allreduce(values, op));
  }
  return step.value;
}

/** Centroids of cells, `[cells x dim]`, of which none is -0. */
export function centroidsOf(
  dim: 2 | 3,
  cells: Int32Array,
  coordinates: Float64Array,
): Float64Array {
  const corners = dim + 1;
  const out = new Float64Array((cells.length / corners) * dim);
  for (let i = 0; i < cells.length; i++) {
    const o = Math.floor(i / corners) * dim;
    for (let d = 0; d < dim; d++) out[o + d] += coordinates[cells[i] * dim + d] / corners;
  }
  return out;
}

/** The number of bits of ids below a count. */
function bitsOf(count: number): number {
  return 32 - Math.clz32(Math.max(count - 1, 0));
}
