/**
 * Which rank owns which cell: recursive coordinate bisection (M. Berger, S. Bokhari, IEEE Trans. Comput.
 * C-36 (1987) 570-580, doi:10.1109/TC.1987.1676942), from geometry and global ids alone.
 *
 * @module
 */

/**
 * The owner of every cell, `[cellCount]`. Cells are divided at the median of their centroids along the
 * longest side of the box around these, ties by id; the shares differ by one cell at most per level.
 * With fewer cells than ranks, some ranks get none.
 *
 * @param cells `[cellCount x (dim + 1)]`.
 * @param coordinates `[nodeCount x dim]`.
 */
export function partitionCells(
  dim: 2 | 3,
  cells: Int32Array,
  coordinates: Float64Array,
  ranks: number,
): Int32Array {
  const count = cells.length / (dim + 1);
  const owners = new Int32Array(count);
  const centres = centroids(dim, cells, coordinates);
  const order = Int32Array.from({ length: count }, (_, c) => c);
  const bisect = (first: number, last: number, rank: number, share: number): void => {
    if (share === 1) {
      for (let i = first; i < last; i++) owners[order[i]] = rank;
      return;
    }
    const axis = longestSide(dim, centres, order, first, last);
    order.subarray(first, last).sort((a, b) =>
      centres[a * dim + axis] - centres[b * dim + axis] || a - b
    );
    const left = share >> 1;
    const middle = first + Math.round((last - first) * left / share);
    bisect(first, middle, rank, left);
    bisect(middle, last, rank + left, share - left);
  };
  bisect(0, count, 0, ranks);
  return owners;
}

/** Sums of the corners: centroids but for a factor, which changes no order. */
function centroids(dim: number, cells: Int32Array, x: Float64Array): Float64Array {
  const corners = dim + 1;
  const out = new Float64Array((cells.length / corners) * dim);
  for (let i = 0; i < cells.length; i++) {
    const o = Math.floor(i / corners) * dim;
    for (let d = 0; d < dim; d++) out[o + d] += x[cells[i] * dim + d] / corners;
  }
  return out;
}

function longestSide(
  dim: number,
  centres: Float64Array,
  order: Int32Array,
  first: number,
  last: number,
): number {
  let axis = 0, longest = -Infinity;
  for (let d = 0; d < dim; d++) {
    let low = Infinity, high = -Infinity;
    for (let i = first; i < last; i++) {
      const value = centres[order[i] * dim + d];
      if (value < low) low = value;
      if (value > high) high = value;
    }
    // Sides that differ by rounding only are equal: the first axis wins.
    if (high - low > longest * (1 + 1e-9)) {
      longest = high - low;
      axis = d;
    }
  }
  return axis;
}
