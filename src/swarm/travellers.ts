/**
 * Particles on their way, of which a rank cannot tell alone where they are: with all that is needed to go on with
 * their Runge-Kutta step elsewhere.
 *
 * @module
 */
import { copyInto } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import type { ParticleBatch } from "./particle_batch.ts";

/** What is to happen to a traveller next. */
export const Task = {
  /** Its place is to be found. */
  find: 0,
  /** The same, after a boundary rule has put it there. */
  findEnd: 1,
  /** The same, after it was pulled onto a facet. */
  findPulled: 2,
  /** It is in a cell; the owner of that looks whether it misses it by rounding, and pulls it onto the facet then. */
  land: 3,
  /** It is near the facet of a cell; the owner of that brings it inside. */
  settle: 4,
  /** It goes on from its cell. */
  ready: 5,
} as const;

/** Columns of whole numbers; periods of a periodic mesh follow. */
export const Whole = {
  /** The rank on which the particle began, and its index there. */
  home: 0,
  slot: 1,
  /** The sub-step. */
  step: 2,
  /** 0 before the first step; then the stage, or one more than the last for the end of the step. */
  phase: 3,
  task: 4,
  /** In the numbers of the rank that has it; while it travels, the id in the whole mesh. -1 for none. */
  cell: 5,
  /** The cell of the stage before, on the rank that asks. */
  last: 6,
  wraps: 7,
} as const;

/** Rows of two tables, which grow. */
export class Travellers {
  readonly dim: 2 | 3;
  readonly periods: number;
  /** Whole numbers per row. */
  readonly width: number;
  /** Real numbers per row: where the step began, the sum of velocities, the place in question, barycentric coordinates. */
  readonly size: number;
  readonly #room = { whole: new Int32Array(0), real: new Float64Array(0) };
  #count = 0;

  constructor(dim: 2 | 3, periods: number) {
    this.dim = dim;
    this.periods = periods;
    this.width = Whole.wraps + periods;
    this.size = 4 * dim + 1;
  }

  get count(): number {
    return this.#count;
  }

  /** `[count x width]`, and more; until the next row. */
  get whole(): Int32Array {
    return this.#room.whole;
  }

  /** `[count x size]`, and more; until the next row. */
  get real(): Float64Array {
    return this.#room.real;
  }

  /** Adds rows with whatever is in them; returns the first. */
  add(rows = 1): number {
    const first = this.#count, { width, size } = this, room = this.#room;
    this.#count += rows;
    if (this.#count * width > room.whole.length) {
      const capacity = Math.max(64, 2 * this.#count);
      const { whole, real } = room;
      room.whole = new Int32Array(capacity * width);
      room.real = new Float64Array(capacity * size);
      copyInto(room.whole.subarray(0, whole.length), whole);
      copyInto(room.real.subarray(0, real.length), real);
    }
    return first;
  }

  /** Adds a row of another list. */
  take(from: Travellers, row: number): number {
    const to = this.add(), { width, size } = this;
    for (let k = 0; k < width; k++) this.whole[to * width + k] = from.whole[row * width + k];
    for (let k = 0; k < size; k++) this.real[to * size + k] = from.real[row * size + k];
    return to;
  }

  /**
   * Adds a particle whose place in this phase of its step is to be found.
   *
   * @param points The places of the batch, `[n x dim]`.
   */
  addFrom(b: ParticleBatch, i: number, step: number, phase: number, points: Float64Array): void {
    const row = this.add(), { whole, real, dim, periods } = this;
    const w = row * this.width, r = row * this.size;
    whole[w + Whole.home] = b.homes[i];
    whole[w + Whole.slot] = b.slots[i];
    whole[w + Whole.step] = step;
    whole[w + Whole.phase] = phase;
    whole[w + Whole.task] = Task.find;
    whole[w + Whole.cell] = -1;
    whole[w + Whole.last] = b.lastCells[i];
    for (let k = 0; k < periods; k++) whole[w + Whole.wraps + k] = b.wraps[i * periods + k];
    for (let d = 0; d < dim; d++) {
      real[r + d] = b.points[i * dim + d];
      real[r + dim + d] = b.sum[i * dim + d];
      real[r + 2 * dim + d] = points[i * dim + d];
    }
  }

  clear(): void {
    this.#count = 0;
  }

  /**
   * Sends rows to other ranks, and adds those that arrive. Collective.
   *
   * @param rows By rank; their cells are ids in the whole mesh.
   */
  exchange(from: Travellers, rows: readonly ArrayLike<number>[], comm: Comm): void {
    const { width, size } = this;
    const whole = comm.alltoallv(rows.map((list) => packed(from.whole, list, width, Int32Array)));
    const real = comm.alltoallv(rows.map((list) => packed(from.real, list, size, Float64Array)));
    whole.forEach((numbers, rank) => {
      const first = this.add(numbers.length / width);
      this.whole.set(numbers, first * width);
      this.real.set(real[rank], first * size);
    });
  }
}

function packed<T extends Int32Array | Float64Array>(
  table: T,
  rows: ArrayLike<number>,
  width: number,
  like: new (length: number) => T,
): T {
  const out = new like(rows.length * width);
  for (let n = 0; n < rows.length; n++) {
    for (let k = 0; k < width; k++) out[n * width + k] = table[rows[n] * width + k];
  }
  return out;
}
