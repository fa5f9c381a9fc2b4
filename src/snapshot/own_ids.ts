/**
 * Which things of the whole a rank has, by their numbers.
 *
 * @module
 */

/** Numbers of things and their places on a rank, found by ranges of numbers. */
export class OwnIds {
  /** How many things there are on all ranks. */
  readonly count: number;
  /** Ascending. */
  readonly #ids: Int32Array;
  /** The place of each; null where they stand in this order. */
  readonly #places: Int32Array | null;

  /** @param ids The numbers of this rank's things, from 0 to `count - 1`, in any order. */
  constructor(ids: Int32Array, count: number) {
    this.count = count;
    let rises = true;
    for (let i = 1; i < ids.length; i++) rises &&= ids[i] >= ids[i - 1];
    this.#places = rises ? null : sortedPlaces(ids);
    this.#ids = this.#places === null ? ids : this.#places.map((place) => ids[place]);
  }

  /** The things with numbers from `first` to before `last`, ascending. */
  within(first: number, last: number): { ids: Int32Array; places: Int32Array } {
    const from = below(this.#ids, first), to = below(this.#ids, last);
    const ids = this.#ids.subarray(from, to);
    const places = this.#places?.subarray(from, to) ??
      Int32Array.from({ length: to - from }, (_, i) => from + i);
    return { ids, places };
  }
}

function sortedPlaces(ids: Int32Array): Int32Array {
  return Int32Array.from(ids.keys()).sort((a, b) => ids[a] - ids[b]);
}

/** How many of the ascending ids are below a number. */
function below(ids: Int32Array, number: number): number {
  let low = 0, high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids[middle] < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
