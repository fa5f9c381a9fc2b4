/**
 * Which rank owns which cells of a grid: the bisection of `partitionCells`, with runs of cells in place of cells.
 *
 * @module
 */
import { longestSides } from "./bisection.ts";
import { type GridAxis, positionsOf, type RowGrid } from "./row_grid.ts";

/** Some cells of a grid: of each kind, those between two positions of a row. */
export interface CellRuns {
  /** Ascending; without those that have no cells. */
  readonly rows: Int32Array;
  /** The first position, `[rows x kinds]`. */
  readonly low: Int32Array;
  /** The position behind the last one, `[rows x kinds]`. */
  readonly high: Int32Array;
}

/** Divides cells in two: those before a centroid along an axis and, of those there, before an id. */
interface Cut {
  readonly axis: number;
  readonly centre: number;
  readonly id: number;
}

/** How many numbers a cut is. */
const width = 3;

/** The cells of one rank, and how they were cut off from the others. */
export interface RankRuns {
  readonly own: CellRuns;
  /** The cuts from the whole grid down to these cells, `[cuts x 3]`. */
  readonly cuts: Float64Array;
}

/** The cells of one of `size` ranks, which nobody has to be asked for: only parts that hold them are cut. */
export function runsOfRank(grid: RowGrid, rank: number, size: number): RankRuns {
  const cuts: number[] = [];
  let own = allOf(grid), first = 0, share = size;
  while (share > 1) {
    const left = share >> 1, cut = cutOf(grid, own, left, share), isRight = rank >= first + left;
    cuts.push(cut.axis, cut.centre, cut.id);
    own = halfOf(grid, own, cut, isRight);
    first += isRight ? left : 0;
    share = isRight ? share - left : left;
  }
  return { own, cuts: Float64Array.from(cuts) };
}

/** Who owns which cells of a grid. */
export class RowOwners {
  readonly #grid: RowGrid;
  readonly #cuts: readonly Float64Array[];

  /** @param cuts those of all ranks. */
  constructor(grid: RowGrid, cuts: readonly Float64Array[]) {
    this.#grid = grid;
    this.#cuts = cuts;
  }

  /** The rank that owns a cell. */
  ownerOf(cell: number): number {
    const { axes, rowLength, kinds } = this.#grid;
    const row = Math.floor(cell / rowLength), q = cell - row * rowLength;
    let first = 0, share = this.#cuts.length;
    for (let at = 0; share > 1; at += width) {
      const cuts = this.#cuts[first], left = share >> 1;
      const { isAlong, centres, groupOf } = axes[cuts[at]];
      const centre = isAlong
        ? centres[groupOf(row) * rowLength + q]
        : centres[groupOf(row) * kinds + q % kinds];
      if (centre < cuts[at + 1] || (centre === cuts[at + 1] && cell < cuts[at + 2])) share = left;
      else {
        first += left;
        share -= left;
      }
    }
    return first;
  }
}

/** How many cells there are. */
export function countRuns({ low, high }: CellRuns): number {
  let count = 0;
  for (let i = 0; i < low.length; i++) count += high[i] - low[i];
  return count;
}

/** From the first to the last position of the cells in a row. */
export function positionsIn(
  { low, high }: Pick<CellRuns, "low" | "high">,
  r: number,
  kinds: number,
): { readonly begin: number; readonly end: number } {
  let begin = Infinity, end = 0;
  for (let i = r * kinds; i < (r + 1) * kinds; i++) {
    if (low[i] === high[i]) continue;
    begin = Math.min(begin, low[i]);
    end = Math.max(end, high[i]);
  }
  return { begin, end };
}

function allOf(grid: RowGrid): CellRuns {
  const { rowCount, kinds } = grid, rows = new Int32Array(rowCount);
  const low = new Int32Array(rowCount * kinds), high = new Int32Array(rowCount * kinds);
  for (let row = 0, i = 0; row < rowCount; row++) {
    rows[row] = row;
    for (let kind = 0; kind < kinds; kind++) high[i++] = positionsOf(grid, kind);
  }
  return { rows, low, high };
}

/** Where the first `left` of `share` equal parts of some cells end. */
function cutOf(grid: RowGrid, runs: CellRuns, left: number, share: number): Cut {
  const counts = grid.axes.map((axis) => countsOn(grid, runs, axis));
  const [axis] = longestSides(grid.dim, boxOf(grid, counts));
  const count = countRuns(runs), target = count * left / share;
  // A cell is before the cut if the middle of it is within the share.
  const before = Math.min(count, Math.floor(target - 0.5) + 1);
  if (before === count) return { axis, centre: Infinity, id: 0 };
  const { centre, rest } = weightedMedian(grid.axes[axis].centres, counts[axis], before);
  return { axis, centre, id: idAt(grid, runs, grid.axes[axis], centre, rest) };
}

/** The lower, then the negative upper corner of the box around centroids, `[2 x dim]`. */
function boxOf({ dim, axes }: RowGrid, counts: readonly Float64Array[]): Float64Array {
  const box = new Float64Array(2 * dim).fill(Infinity);
  for (let d = 0; d < dim; d++) {
    const { centres } = axes[d];
    for (let i = 0; i < centres.length; i++) {
      if (counts[d][i] === 0) continue;
      if (centres[i] < box[d]) box[d] = centres[i];
      if (-centres[i] < box[dim + d]) box[dim + d] = -centres[i];
    }
  }
  return box;
}

/** How many cells are at each of the centroids along an axis. */
function countsOn(
  { kinds, rowLength }: RowGrid,
  { rows, low, high }: CellRuns,
  { isAlong, centres, groupOf }: GridAxis,
): Float64Array {
  const counts = new Float64Array(centres.length);
  for (let r = 0, i = 0; r < rows.length; r++) {
    const first = groupOf(rows[r]) * (isAlong ? rowLength : kinds);
    for (let k = 0; k < kinds; k++, i++) {
      if (!isAlong) counts[first + k] += high[i] - low[i];
      else if (low[i] < high[i]) {
        const end = high[i] * kinds + k;
        counts[first + low[i] * kinds + k]++;
        if (end < rowLength) counts[first + end]--;
      }
    }
  }
  if (!isAlong) return counts;
  // Until here where runs begin and end.
  for (let i = 0; i < counts.length; i++) {
    if (i % rowLength >= kinds) counts[i] += counts[i - kinds];
  }
  return counts;
}

/** The place at which number `before` of some cells is, and how many of those at that place are before it. */
function weightedMedian(centres: Float64Array, counts: Float64Array, before: number) {
  const sorted = centres.filter((_, i) => counts[i] > 0).sort();
  const countTo = (centre: number) => {
    let sum = 0;
    for (let i = 0; i < centres.length; i++) if (centres[i] <= centre) sum += counts[i];
    return sum;
  };
  let low = 0, high = sorted.length - 1, below = 0;
  while (low < high) {
    const middle = (low + high) >> 1, sum = countTo(sorted[middle]);
    if (sum > before) high = middle;
    else {
      low = middle + 1;
      below = sum;
    }
  }
  return { centre: sorted[low], rest: before - below };
}

/** The cell that has `rest` others at the same centroid before it. */
function idAt(
  grid: RowGrid,
  { rows, low, high }: CellRuns,
  axis: GridAxis,
  centre: number,
  rest: number,
): number {
  const { kinds, rowLength } = grid, { from, to } = positionsAt(grid, axis, centre);
  for (let r = 0; r < rows.length; r++) {
    const i = r * kinds, g = axis.groupOf(rows[r]) * kinds;
    let count = 0, first = rowLength;
    for (let k = 0; k < kinds; k++) {
      const start = Math.max(low[i + k], from[g + k]), end = Math.min(high[i + k], to[g + k]);
      count += Math.max(0, end - start);
      if (start < end) first = Math.min(first, start);
    }
    if (rest >= count) {
      rest -= count;
      continue;
    }
    for (let p = first;; p++) {
      for (let k = 0; k < kinds; k++) {
        const isHere = p >= low[i + k] && p < high[i + k] && p >= from[g + k] && p < to[g + k];
        if (isHere && rest-- === 0) return rows[r] * rowLength + p * kinds + k;
      }
    }
  }
  throw new RangeError(`there are no ${rest} more cells at ${centre}`);
}

/** Positions of cells at a centroid, by group and kind: those before `from` are below it. */
function positionsAt(grid: RowGrid, { isAlong, centres }: GridAxis, centre: number) {
  const { kinds, rowLength } = grid, perGroup = isAlong ? rowLength : kinds;
  const from = new Int32Array(centres.length / perGroup * kinds), to = new Int32Array(from.length);
  for (let i = 0; i < from.length; i++) {
    const kind = i % kinds, count = positionsOf(grid, kind);
    if (!isAlong) {
      from[i] = centres[i] < centre ? count : 0;
      to[i] = centres[i] <= centre ? count : 0;
      continue;
    }
    const row = (i - kind) / kinds * rowLength + kind;
    const firstNot = (isBelow: (value: number) => boolean) => {
      let low = 0, high = count;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (isBelow(centres[row + middle * kinds])) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    from[i] = firstNot((value) => value < centre);
    to[i] = firstNot((value) => value <= centre);
  }
  return { from, to };
}

/** The cells on one side of a cut. */
function halfOf(grid: RowGrid, { rows, low, high }: CellRuns, cut: Cut, isRight: boolean) {
  const { kinds, rowLength } = grid, axis = grid.axes[cut.axis];
  const { from, to } = positionsAt(grid, axis, cut.centre);
  const lows = low.slice(), highs = high.slice(), kept = rows.slice();
  let count = 0;
  for (let r = 0; r < rows.length; r++) {
    const first = rows[r] * rowLength, g = axis.groupOf(rows[r]) * kinds, at = count * kinds;
    let cells = 0;
    for (let k = 0; k < kinds; k++) {
      const i = r * kinds + k, beforeId = Math.ceil((cut.id - first - k) / kinds);
      const place = Math.max(from[g + k], Math.min(to[g + k], beforeId));
      const limit = Math.max(low[i], Math.min(high[i], place));
      lows[at + k] = isRight ? limit : low[i];
      highs[at + k] = isRight ? high[i] : limit;
      cells += highs[at + k] - lows[at + k];
    }
    kept[count] = rows[r];
    if (cells > 0) count++;
  }
  const length = count * kinds;
  return { rows: kept.slice(0, count), low: lows.slice(0, length), high: highs.slice(0, length) };
}
