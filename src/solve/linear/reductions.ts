/**
 * Sums over vectors, the same bits every time: blocks of fixed length, four fixed lanes in each, the
 * blocks added in order; then the ranks in rank order. All solvers sum here and nowhere else.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";

/** Entries per block; blocks keep rounding errors near `n / 1024` instead of `n`. */
const blockLength = 1024;

/** `sum x[i] y[i]` over the first `n` entries, in blocked order. */
export function localDot(x: Float64Array, y: Float64Array, n: number): number {
  let total = 0;
  for (let start = 0; start < n; start += blockLength) {
    const end = Math.min(start + blockLength, n);
    const even = start + ((end - start) & ~3);
    let a = 0, b = 0, c = 0, d = 0;
    let i = start;
    for (; i < even; i += 4) {
      a += x[i] * y[i];
      b += x[i + 1] * y[i + 1];
      c += x[i + 2] * y[i + 2];
      d += x[i + 3] * y[i + 3];
    }
    for (; i < end; i++) a += x[i] * y[i];
    total += (a + b) + (c + d);
  }
  return total;
}

/**
 * `w += alpha v`, and then `w . u` in blocked order: one pass over memory for what Gram and Schmidt do with each
 * direction, to the same bytes as two.
 */
export function localAddedDot(
  w: Float64Array,
  alpha: number,
  v: Float64Array,
  u: Float64Array,
  n: number,
): number {
  let total = 0;
  for (let start = 0; start < n; start += blockLength) {
    const end = Math.min(start + blockLength, n);
    const even = start + ((end - start) & ~3);
    for (let i = start; i < end; i++) w[i] += alpha * v[i];
    let a = 0, b = 0, c = 0, d = 0;
    let i = start;
    for (; i < even; i += 4) {
      a += w[i] * u[i];
      b += w[i + 1] * u[i + 1];
      c += w[i + 2] * u[i + 2];
      d += w[i + 3] * u[i + 3];
    }
    for (; i < end; i++) a += w[i] * u[i];
    total += (a + b) + (c + d);
  }
  return total;
}

/** `sum x[i]` over the first `n` entries, in blocked order. */
export function localSum(x: Float64Array, n: number): number {
  let total = 0;
  for (let start = 0; start < n; start += blockLength) {
    const end = Math.min(start + blockLength, n);
    let a = 0;
    for (let i = start; i < end; i++) a += x[i];
    total += a;
  }
  return total;
}

/**
 * `x += alpha p`, `r -= alpha q`, and then `r . r` in blocked order: one pass over memory for what
 * conjugate gradients do after every product.
 */
export function localStep(
  x: Float64Array,
  r: Float64Array,
  p: Float64Array,
  q: Float64Array,
  alpha: number,
  n: number,
): number {
  let total = 0;
  for (let start = 0; start < n; start += blockLength) {
    const end = Math.min(start + blockLength, n);
    for (let i = start; i < end; i++) {
      x[i] += alpha * p[i];
      r[i] -= alpha * q[i];
    }
    const even = start + ((end - start) & ~3);
    let a = 0, b = 0, c = 0, d = 0;
    let i = start;
    for (; i < even; i += 4) {
      a += r[i] * r[i];
      b += r[i + 1] * r[i + 1];
      c += r[i + 2] * r[i + 2];
      d += r[i + 3] * r[i + 3];
    }
    for (; i < end; i++) a += r[i] * r[i];
    total += (a + b) + (c + d);
  }
  return total;
}

/**
 * Dot products and norms of vectors of which each rank holds `owned` entries.
 *
 * @hideconstructor
 */
export class Reductions {
  /** Entries of this rank. */
  readonly owned: number;
  readonly #comm: Comm | null;

  /**
   * Sums over the owned entries of every rank.
   *
   * @param owned Entries of this rank; further ones are ghosts and do not count.
   * @param comm The ranks, or null for this one alone.
   */
  constructor(owned: number, comm: Comm | null = null) {
    this.owned = owned;
    this.#comm = comm !== null && comm.size > 1 ? comm : null;
  }

  /** `x . y` over all ranks, both `[owned or more]`. */
  dot(x: Float64Array, y: Float64Array): number {
    return this.#overRanks(localDot(x, y, this.owned));
  }

  /** The Euclidean norm over all ranks, of `[owned or more]`. */
  norm(x: Float64Array): number {
    return Math.sqrt(this.dot(x, x));
  }

  /** `x += alpha p`, `r -= alpha q`; returns the norm of the new `r` over all ranks; all are `[owned or more]`. */
  step(x: Float64Array, r: Float64Array, p: Float64Array, q: Float64Array, alpha: number): number {
    return Math.sqrt(this.#overRanks(localStep(x, r, p, q, alpha, this.owned)));
  }

  /** `w += alpha v`; returns `w . u` over all ranks; all are `[owned or more]`. */
  addedDot(w: Float64Array, alpha: number, v: Float64Array, u: Float64Array): number {
    return this.#overRanks(localAddedDot(w, alpha, v, u, this.owned));
  }

  /** `sum x[i]` over all ranks, of `[owned or more]`. */
  sum(x: Float64Array): number {
    return this.#overRanks(localSum(x, this.owned));
  }

  #overRanks(value: number): number {
    return this.#comm === null ? value : this.#comm.allreduce(value, "sum");
  }
}
