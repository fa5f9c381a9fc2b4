/**
 * Sets of numbers that grow together.
 *
 * @module
 */

/**
 * Sets of the numbers below a count; each number is in a set of its own to begin with.
 *
 * State: none, it lives as long as one search.
 */
export class DisjointSets {
  readonly #parent: Int32Array;

  /** Sets of the numbers below `count`. */
  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, i) => i);
  }

  /** The lowest number in the set of `i`. */
  rootOf(i: number): number {
    const parent = this.#parent;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  }

  /** Makes one set of two. */
  join(a: number, b: number): void {
    const first = this.rootOf(a), second = this.rootOf(b);
    this.#parent[Math.max(first, second)] = Math.min(first, second);
  }
}
