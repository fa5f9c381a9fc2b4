/**
 * The translations under which a periodic mesh repeats itself, and the images of points under them.
 *
 * @module
 */
import { localEdges } from "./simplex.ts";
import type { Topology } from "./topology.ts";
import type { Twins } from "./twins.ts";

/** Two nodes are twins if a translation takes one to the other up to this share of the size of the mesh. */
const tolerance = 1e-9;

/** What the periods follow from: where twins are, and how far the mesh goes along each axis. */
export interface TwinPlaces {
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** A coordinate of a node that has a twin, by its number in the whole mesh. */
  at(node: number, d: number): number;
}

/** That of a mesh that is here as a whole. */
export function twinPlacesOf(x: Float64Array, dim: number): TwinPlaces {
  const low = new Float64Array(dim).fill(Infinity), high = new Float64Array(dim).fill(-Infinity);
  for (let i = 0; i < x.length; i++) {
    const d = i % dim;
    if (x[i] < low[d]) low[d] = x[i];
    if (x[i] > high[d]) high[d] = x[i];
  }
  return { low, high, at: (node, d) => x[node * dim + d] };
}

/** The periods of a mesh at one set of coordinates. Immutable. */
export class Lattice {
  readonly dim: 2 | 3;
  /** How many independent periods there are. */
  readonly count: number;
  /** The periods, `[count x dim]`. */
  readonly periods: Float64Array;
  /** `[count x dim]`: the scalar product with row k is the number of periods k in a vector. */
  readonly #counts: Float64Array;
  readonly #center: Float64Array;
  readonly #shifts: Float64Array;

  /** @throws {RangeError} when twins of one direction are not one and the same translation apart. */
  constructor(twins: Twins, places: TwinPlaces, dim: 2 | 3) {
    this.dim = dim;
    const { low, high } = places;
    const size = Math.hypot(...low.map((value, d) => high[d] - value));
    this.#center = low.map((value, d) => value + (high[d] - value) / 2);
    const found: Float64Array[] = [];
    for (const [name, pairs] of twins) {
      const period = periodOf(name, pairs, places, dim, size);
      if (isIndependent(period, found)) found.push(period);
    }
    this.count = found.length;
    this.periods = Float64Array.from(found.flatMap((period) => [...period]));
    this.#counts = dualOf(found, dim);
    this.#shifts = shiftsOf(found, dim);
  }

  /**
   * Moves a point by whole periods to the image that is nearest to the middle of the mesh.
   *
   * @param points changed from `at` on.
   * @param wraps adds how often each period was subtracted, from `to` on; null where that is not wanted.
   */
  reduce(points: Float64Array, at: number, wraps: Int32Array | null, to: number): void {
    const { dim, count, periods } = this;
    for (let k = 0; k < count; k++) {
      const times = Math.floor(this.#share(k, points, at, this.#center) + 0.5);
      if (times === 0 || !Number.isFinite(times)) continue;
      for (let d = 0; d < dim; d++) points[at + d] -= times * periods[k * dim + d];
      if (wraps !== null) wraps[to + k] += times;
    }
  }

  /** Replaces the vector in `row` by the shortest of its images; of equally short ones, by the first found. */
  shorten(row: Float64Array): void {
    const { dim, count, periods } = this;
    for (let k = 0; k < count; k++) {
      const times = Math.round(this.#share(k, row, 0, null));
      for (let d = 0; times !== 0 && d < dim; d++) row[d] -= times * periods[k * dim + d];
    }
    // Enough for periods at right angles; others may have a shorter image next to this one.
    let best = 0, least = lengthOf(row, this.#shifts, 0, dim);
    for (let s = dim; s < this.#shifts.length; s += dim) {
      const length = lengthOf(row, this.#shifts, s, dim);
      if (length < least * (1 - 1e-12)) best = s, least = length;
    }
    for (let d = 0; d < dim; d++) row[d] += this.#shifts[best + d];
  }

  /** The translations to the domain itself, which is first, and to those around it, `[3^count x dim]`. */
  get shifts(): Float64Array {
    return this.#shifts;
  }

  /** How often period k is in a vector that is a sum of periods, up to rounding. */
  countIn(vector: Float64Array, k: number): number {
    return Math.round(this.#share(k, vector, 0, null));
  }

  /** How often the shift at `s` of {@link Lattice.shifts} contains period k: -1, 0 or 1. */
  timesOf(s: number, k: number): number {
    return Math.round(this.#share(k, this.#shifts, s, null));
  }

  #share(k: number, row: Float64Array, at: number, from: Float64Array | null): number {
    let sum = 0;
    for (let d = 0; d < this.dim; d++) {
      sum += this.#counts[k * this.dim + d] * (row[at + d] - (from === null ? 0 : from[d]));
    }
    return sum;
  }
}

/**
 * Checks that cells of a periodic mesh which share two vertices share the edge between them: three cells along a period
 * are enough.
 *
 * @throws {RangeError} when they do not.
 */
export function requireWide(topology: Topology, x: Float64Array): void {
  const cell = firstNarrow(topology, x, null, topology.cellCount);
  if (cell >= 0) throw narrow(cell);
}

/** What is wrong with a mesh of which a cell meets another one twice. */
export function narrow(cell: number): RangeError {
  return new RangeError(
    `a periodic mesh has to be at least 3 cells wide along each period; cell ${cell} meets another one, or itself, on two sides`,
  );
}

/**
 * The first cell that shares two vertices, but not the edge between them, with one before it; -1 where there is none.
 *
 * @param order The cells in ascending order of their ids in the whole mesh; null where they stand so.
 * @param owned Cells below this number have all cells around them here; the others are not looked at.
 */
export function firstNarrow(
  { dim, cells, cellCount, joined }: Topology,
  x: Float64Array,
  order: Int32Array | null,
  owned: number,
): number {
  const local = localEdges(dim), sides = local.length / 2, corners = dim + 1;
  const { cellEdges, count, nodes } = joined.edges;
  const ways = new Float64Array(count * dim), seen = new Uint8Array(count);
  for (let n = 0; n < cellCount; n++) {
    const c = order === null ? n : order[n];
    for (let e = 0; e < sides; e++) {
      const edge = cellEdges[c * sides + e];
      const p = c * corners + local[2 * e], q = c * corners + local[2 * e + 1];
      const turned = joined.cells[p] !== nodes[2 * edge];
      let off = 0, length = 0;
      for (let d = 0; d < dim; d++) {
        const way = (x[cells[q] * dim + d] - x[cells[p] * dim + d]) * (turned ? -1 : 1);
        if (seen[edge] === 0) ways[edge * dim + d] = way;
        off = Math.max(off, Math.abs(way - ways[edge * dim + d]));
        length = Math.max(length, Math.abs(way));
      }
      seen[edge] = 1;
      if (off <= 1e-3 * length && nodes[2 * edge] !== nodes[2 * edge + 1]) continue;
      if (c < owned) return c;
    }
  }
  return -1;
}

/** The translation from the first to the second of each pair. */
function periodOf(
  name: string,
  pairs: Int32Array,
  places: TwinPlaces,
  dim: number,
  size: number,
): Float64Array {
  const apart = (i: number, d: number) => places.at(pairs[i + 1], d) - places.at(pairs[i], d);
  const period = Float64Array.from({ length: dim }, (_, d) => apart(0, d));
  if (!(Math.hypot(...period) > tolerance * size)) {
    throw new RangeError(`direction "${name}" of a periodic mesh has twins at the same place`);
  }
  for (let i = 0; i < pairs.length; i += 2) {
    let off = 0;
    for (let d = 0; d < dim; d++) off = Math.max(off, Math.abs(apart(i, d) - period[d]));
    if (off <= tolerance * size) continue;
    throw new RangeError(
      `nodes ${pairs[i]} and ${
        pairs[i + 1]
      } are twins in direction "${name}" of a periodic mesh, but are not (${
        period.join(", ")
      }) apart as others are; twins move alike`,
    );
  }
  return period;
}

/** Whether a vector is not a combination of others, of which it takes its part away in turn. */
function isIndependent(vector: Float64Array, others: readonly Float64Array[]): boolean {
  const rest = vector.slice(), basis: Float64Array[] = [];
  for (const other of [...others, rest]) {
    const left = other.slice();
    for (const unit of basis) addTimes(left, -dot(left, unit), unit);
    const length = Math.sqrt(dot(left, left));
    if (other === rest) return length > 1e-6 * Math.sqrt(dot(vector, vector));
    basis.push(left.map((value) => value / length));
  }
  return true;
}

/** Vectors whose scalar products with the periods are those of the unit matrix, in the space of the periods. */
function dualOf(periods: readonly Float64Array[], dim: number): Float64Array {
  const out = new Float64Array(periods.length * dim);
  periods.forEach((period, k) => {
    // What is left of this period without its parts along the others is at right angles to these.
    const left = period.slice(), basis: Float64Array[] = [];
    periods.forEach((other, j) => {
      if (j === k) return;
      const rest = other.slice();
      for (const unit of basis) addTimes(rest, -dot(rest, unit), unit);
      const length = Math.sqrt(dot(rest, rest));
      basis.push(rest.map((value) => value / length));
    });
    for (const unit of basis) addTimes(left, -dot(left, unit), unit);
    const scale = dot(left, period);
    for (let d = 0; d < dim; d++) out[k * dim + d] = left[d] / scale;
  });
  return out;
}

/** All sums of the periods with factors -1, 0 and 1; the one that is 0 first. */
function shiftsOf(periods: readonly Float64Array[], dim: number): Float64Array {
  let all = [new Float64Array(dim)];
  for (const period of periods) {
    all = [0, -1, 1].flatMap((factor) =>
      all.map((shift) => shift.map((value, d) => value + factor * period[d]))
    );
  }
  return Float64Array.from(all.flatMap((shift) => [...shift]));
}

function lengthOf(row: Float64Array, shifts: Float64Array, s: number, dim: number): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += (row[d] + shifts[s + d]) ** 2;
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, d) => sum + value * b[d], 0);
}

function addTimes(a: Float64Array, factor: number, b: Float64Array): void {
  for (let d = 0; d < a.length; d++) a[d] += factor * b[d];
}
