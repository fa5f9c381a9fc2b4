/**
 * Recursive coordinate bisection by counting: finds medians among cells that are spread over ranks, without
 * sorting or gathering them.
 *
 * @module
 */

/** Cells to divide, or one rank's share of them in any order. */
export interface BisectedCells {
  readonly dim: 2 | 3;
  /** Centroids, `[count x dim]`, none of them -0. */
  readonly centres: Float64Array;
  /** Global ids, `[count]`. */
  readonly ids: Int32Array;
  /** Positive whole numbers, `[count]`; null where all cells weigh the same. */
  readonly weights: Float64Array | null;
}

/** Numbers to combine over all that take part, element by element. */
export interface Reduction {
  readonly values: Float64Array;
  readonly op: "sum" | "min";
}

/** Cells that are still to be divided among several ranks. */
interface Region {
  readonly first: number;
  readonly share: number;
}

/** At most this many numbers are combined at once, as long as there are fewer regions. */
const countsAtOnce = 8192;

/**
 * Divides cells among `ranks`: at the median of their centroids along the longest side of the box around these, ties
 * by id, and so on in both halves. A cell is in the first part if the middle of its weight is within that part's
 * share of the sum.
 *
 * The keys of a level are read from their highest to their lowest bits: in each round every region counts its cells
 * by the next few bits, and goes on with those cells among which its median is.
 *
 * @param idBits How many bits the highest id has.
 * @returns the owner of each cell, `[count]`.
 */
export function* bisection(
  cells: BisectedCells,
  ranks: number,
  idBits: number,
): Generator<Reduction, Int32Array, Float64Array> {
  const { ids } = cells, owners = new Int32Array(ids.length);
  if (ranks === 1) return owners;
  let regions: Region[] = [{ first: 0, share: ranks }];
  const regionOf = new Int32Array(ids.length);
  let active = new Int32Array(ids.length);
  for (let c = 0; c < active.length; c++) active[c] = c;
  while (regions.length > 0) {
    const axes = longestSides(
      cells.dim,
      yield { values: boxesOf(cells, regions.length, regionOf, active), op: "min" },
    );
    const isRight = yield* halves(cells, { regions, regionOf, active, axes }, idBits);
    const next: Region[] = [], children = new Int32Array(2 * regions.length).fill(-1);
    regions.forEach(({ first, share }, r) => {
      const left = share >> 1;
      if (left > 1) children[2 * r] = next.push({ first, share: left }) - 1;
      if (share - left > 1) {
        children[2 * r + 1] = next.push({ first: first + left, share: share - left }) - 1;
      }
    });
    const starts = Int32Array.from(regions.flatMap(({ first, share }) => [
      first,
      first + (share >> 1),
    ]));
    active = active.subarray(0, descend(active, isRight, regionOf, owners, starts, children));
    regions = next;
  }
  return owners;
}

/**
 * Takes cells to the halves of their regions, each of which has its first rank and is a region of the next level, or
 * -1; puts those of regions first among the active ones, and returns how many these are.
 */
function descend(
  active: Int32Array,
  isRight: Uint8Array,
  regionOf: Int32Array,
  owners: Int32Array,
  starts: Int32Array,
  children: Int32Array,
): number {
  let kept = 0;
  for (let i = 0; i < active.length; i++) {
    const c = active[i], child = 2 * regionOf[c] + isRight[c];
    owners[c] = starts[child];
    regionOf[c] = children[child];
    if (regionOf[c] >= 0) active[kept++] = c;
  }
  return kept;
}

/** The lower, then the negative upper corners of the boxes around centroids, `[regions x 2 x dim]`. */
function boxesOf(
  { dim, centres }: BisectedCells,
  count: number,
  regionOf: Int32Array,
  active: Int32Array,
): Float64Array {
  const boxes = new Float64Array(count * 2 * dim).fill(Infinity);
  for (let i = 0; i < active.length; i++) {
    const c = active[i], at = regionOf[c] * 2 * dim;
    for (let d = 0; d < dim; d++) {
      const x = centres[c * dim + d];
      if (x < boxes[at + d]) boxes[at + d] = x;
      if (-x < boxes[at + dim + d]) boxes[at + dim + d] = -x;
    }
  }
  return boxes;
}

/** The longest side of each box: of lower, then negative upper corners, `[boxes x 2 x dim]`. */
export function longestSides(dim: number, boxes: Float64Array): Uint8Array {
  const axes = new Uint8Array(boxes.length / (2 * dim));
  for (let r = 0; r < axes.length; r++) {
    let longest = -Infinity;
    for (let d = 0; d < dim; d++) {
      const side = -boxes[(2 * r + 1) * dim + d] - boxes[2 * r * dim + d];
      // Sides that differ by rounding only are equal: the first axis wins.
      if (!(side > longest * (1 + 1e-9))) continue;
      longest = side;
      axes[r] = d;
    }
  }
  return axes;
}

/** One level: which cells are to be divided, and how. */
interface Level {
  readonly regions: readonly Region[];
  /** The region of each cell, `[count]`; of active ones only. */
  readonly regionOf: Int32Array;
  readonly active: Int32Array;
  readonly axes: Uint8Array;
}

/** Which of the active cells are in the second half of their region, `[count]`. */
function* halves(
  cells: BisectedCells,
  { regions, regionOf, active, axes }: Level,
  idBits: number,
): Generator<Reduction, Uint8Array, Float64Array> {
  const { ids, weights } = cells, count = regions.length;
  const isRight = new Uint8Array(ids.length), chosen = new Int32Array(count);
  const before = new Float64Array(count), target = new Float64Array(count).fill(-1);
  const width = Math.max(1, Math.floor(Math.log2(countsAtOnce / count)));
  let candidates = active;
  for (const { word, shift, bits } of digits(Math.min(width, 11), idBits)) {
    const digit = digitsOf(cells, word, shift, bits, axes, regionOf, candidates);
    const counts = new Float64Array(count << bits);
    weigh(candidates, digit, regionOf, bits, weights, counts);
    choose(yield { values: counts, op: "sum" }, bits, regions, before, target, chosen);
    candidates = atMedian(candidates, digit, regionOf, chosen, isRight);
  }
  // One cell per region is left, on one rank.
  for (const c of candidates) {
    const r = regionOf[c], half = (weights === null ? 1 : weights[c]) / 2;
    if (before[r] + half > target[r]) isRight[c] = 1;
  }
  return isRight;
}

/** Adds the weights of cells up by region and digit. */
function weigh(
  cells: Int32Array,
  digit: Uint16Array,
  regionOf: Int32Array,
  bits: number,
  weights: Float64Array | null,
  counts: Float64Array,
): void {
  if (weights === null) {
    for (let i = 0; i < cells.length; i++) counts[(regionOf[cells[i]] << bits) + digit[i]]++;
    return;
  }
  for (let i = 0; i < cells.length; i++) {
    counts[(regionOf[cells[i]] << bits) + digit[i]] += weights[cells[i]];
  }
}

/** Those cells whose digit is the chosen one of their region; those above it are in the second half. */
function atMedian(
  cells: Int32Array,
  digit: Uint16Array,
  regionOf: Int32Array,
  chosen: Int32Array,
  isRight: Uint8Array,
): Int32Array {
  const rest = new Int32Array(cells.length);
  let kept = 0;
  for (let i = 0; i < cells.length; i++) {
    const c = cells[i], median = chosen[regionOf[c]];
    if (digit[i] === median) rest[kept++] = c;
    else if (digit[i] > median) isRight[c] = 1;
  }
  return rest.slice(0, kept);
}

/** The digits of a key, the highest first: words 0 and 1 are those of the coordinate, word 2 is the id. */
function* digits(width: number, idBits: number) {
  for (let word = 0; word < 3; word++) {
    let top = word < 2 ? 32 : idBits;
    while (top > 0) {
      const bits = Math.min(width, top);
      top -= bits;
      yield { word, shift: top, bits };
    }
  }
}

/** One digit of the keys of some cells. Keys are ordered as coordinates are, and then as ids are. */
function digitsOf(
  { dim, centres, ids }: BisectedCells,
  word: number,
  shift: number,
  bits: number,
  axes: Uint8Array,
  regionOf: Int32Array,
  rows: Int32Array,
): Uint16Array {
  const out = new Uint16Array(rows.length), mask = (1 << bits) - 1;
  if (word === 2) {
    for (let i = 0; i < rows.length; i++) out[i] = (ids[rows[i]] >>> shift) & mask;
    return out;
  }
  const words = new Int32Array(centres.buffer, centres.byteOffset, 2 * centres.length);
  const high = isLittleEndian ? 1 : 0, part = word === 0 ? high : 1 - high;
  const flip = word === 0 ? 0x80000000 : 0;
  for (let i = 0; i < rows.length; i++) {
    const at = 2 * (rows[i] * dim + axes[regionOf[rows[i]]]);
    const key = words[at + high] < 0 ? ~words[at + part] : words[at + part] ^ flip;
    out[i] = (key >>> shift) & mask;
  }
  return out;
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Goes on with the digit in which each region's share of the sum is reached. */
function choose(
  counts: Float64Array,
  bits: number,
  regions: readonly Region[],
  before: Float64Array,
  target: Float64Array,
  chosen: Int32Array,
): void {
  for (let r = 0; r < regions.length; r++) {
    const start = r << bits, end = start + (1 << bits);
    if (target[r] < 0) {
      let sum = 0;
      for (let i = start; i < end; i++) sum += counts[i];
      target[r] = sum * (regions[r].share >> 1) / regions[r].share;
    }
    let at = start;
    while (at < end && before[r] + counts[at] <= target[r]) before[r] += counts[at++];
    chosen[r] = at - start;
  }
}
