/**
 * Greedy aggregation: small disjoint groups of strongly coupled rows, each one row of the coarse level.
 *
 * Source: P. Vanek, J. Mandel, M. Brezina, Computing 56 (1996) 179-196, DOI 10.1007/BF02238511,
 * Algorithm 5.1.
 *
 * @module
 */

/** Which aggregate each row belongs to, -1 for rows that couple to nothing. */
export interface Aggregates {
  readonly count: number;
  /** `[rows]` */
  readonly of: Int32Array;
}

const free = -1, isolated = -2;

/**
 * Aggregates rows along strong entries, in row order, so that the result depends on the matrix alone.
 *
 * @param rows Number of rows.
 * @param starts `[rows + 1]`
 * @param columns `[nnz]`
 * @param strong `[nnz]`, 1 where an entry couples strongly.
 */
export function aggregate(
  rows: number,
  starts: Int32Array,
  columns: Int32Array,
  strong: Uint8Array,
): Aggregates {
  const of = new Int32Array(rows).fill(free);
  let count = seedAggregates(rows, starts, columns, strong, of);
  joinNeighbours(rows, starts, columns, strong, of);
  count = gatherRest(rows, starts, columns, strong, of, count);
  for (let i = 0; i < rows; i++) if (of[i] === isolated) of[i] = -1;
  return { count, of };
}

/** First pass: a row whose strong neighbours are all free takes them as one aggregate. */
function seedAggregates(
  rows: number,
  starts: Int32Array,
  columns: Int32Array,
  strong: Uint8Array,
  of: Int32Array,
): number {
  let count = 0;
  for (let i = 0; i < rows; i++) {
    if (of[i] !== free) continue;
    const first = starts[i], end = starts[i + 1];
    let neighbours = 0, taken = false;
    for (let k = first; k < end; k++) {
      if (strong[k] === 0) continue;
      neighbours++;
      if (of[columns[k]] >= 0) {
        taken = true;
        break;
      }
    }
    if (neighbours === 0) {
      of[i] = isolated;
      continue;
    }
    if (taken) continue;
    of[i] = count;
    for (let k = first; k < end; k++) if (strong[k] === 1) of[columns[k]] = count;
    count++;
  }
  return count;
}

/** Second pass: remaining rows join a neighbouring seeded aggregate (not one that grew in this pass). */
function joinNeighbours(
  rows: number,
  starts: Int32Array,
  columns: Int32Array,
  strong: Uint8Array,
  of: Int32Array,
): void {
  // Rows that joined are marked as -3 - aggregate until the end, so that they attract no others.
  for (let i = 0; i < rows; i++) {
    if (of[i] !== free) continue;
    for (let k = starts[i], end = starts[i + 1]; k < end; k++) {
      const aggregateBeside = of[columns[k]];
      if (strong[k] === 1 && aggregateBeside >= 0) {
        of[i] = -3 - aggregateBeside;
        break;
      }
    }
  }
  for (let i = 0; i < rows; i++) if (of[i] <= -3) of[i] = -3 - of[i];
}

/** Third pass: rows that are still free form aggregates with their free neighbours. */
function gatherRest(
  rows: number,
  starts: Int32Array,
  columns: Int32Array,
  strong: Uint8Array,
  of: Int32Array,
  seeded: number,
): number {
  let count = seeded;
  for (let i = 0; i < rows; i++) {
    if (of[i] !== free) continue;
    of[i] = count;
    for (let k = starts[i], end = starts[i + 1]; k < end; k++) {
      if (strong[k] === 1 && of[columns[k]] === free) of[columns[k]] = count;
    }
    count++;
  }
  return count;
}
