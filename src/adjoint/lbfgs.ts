/**
 * Directions of descent from the gradients seen so far.
 *
 * Source: J. Nocedal, S. J. Wright, Numerical Optimization, 2nd ed., Springer 2006, algorithms 7.4 and 7.5,
 * DOI 10.1007/978-0-387-40065-5.
 *
 * @module
 */
import { addScaled } from "../solve/linear/vectors.ts";

/** A product of two vectors; the same one throughout. */
export type InnerProduct = (a: Float64Array, b: Float64Array) => number;

/** A step that was taken, and what it changed in the gradient. */
interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** Their product, above 0. */
  readonly curvature: number;
}

/** An approximate inverse of the Hessian that is known by its action. */
export class LimitedMemory {
  readonly #inner: InnerProduct;
  readonly #capacity: number;
  readonly #pairs: Pair[] = [];

  /** @param capacity How many steps are remembered. */
  constructor(inner: InnerProduct, capacity: number) {
    this.#inner = inner;
    this.#capacity = capacity;
  }

  /** How many steps are remembered now. */
  get size(): number {
    return this.#pairs.length;
  }

  /** Remembers a step; one along which the gradient does not grow says nothing of a minimum, and is left out. */
  add(step: Float64Array, change: Float64Array): void {
    const curvature = this.#inner(step, change);
    if (!(curvature > 0)) return;
    this.#pairs.push({ step, change, curvature });
    if (this.#pairs.length > this.#capacity) this.#pairs.shift();
  }

  /** Forgets all steps. */
  clear(): void {
    this.#pairs.length = 0;
  }

  /** Minus the inverse times the gradient. */
  direction(gradient: Float64Array): Float64Array {
    const q = gradient.slice(), n = q.length, pairs = this.#pairs;
    const factors = new Float64Array(pairs.length);
    for (let k = pairs.length - 1; k >= 0; k--) {
      const { step, change, curvature } = pairs[k];
      factors[k] = this.#inner(step, q) / curvature;
      addScaled(q, -factors[k], change, n);
    }
    const last = pairs.at(-1);
    if (last !== undefined) {
      const scale = last.curvature / this.#inner(last.change, last.change);
      for (let i = 0; i < n; i++) q[i] *= scale;
    }
    pairs.forEach(({ step, change, curvature }, k) => {
      addScaled(q, factors[k] - this.#inner(change, q) / curvature, step, n);
    });
    return q.map((value) => -value);
  }
}
