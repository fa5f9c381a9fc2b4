/**
 * Rows that go and rows that come among others that keep their order.
 *
 * @module
 */

/**
 * What becomes of a table whose first rows are sorted and some of whose rows go, while the rows behind them
 * come in between: each run of rows moves once, in place.
 */
export class Rearrangement {
  /** Rows before it: the sorted ones, then those that come. */
  readonly sorted: number;
  /** Rows after it. */
  readonly count: number;
  /** Where the rows that come end, by their order behind the sorted ones, `[coming]`. */
  readonly #places: Int32Array;
  /** Runs that move, ascending: first row, first row after, rows. */
  readonly #runs: readonly number[];

  /**
   * @param gone Sorted rows that go, ascending.
   * @param coming In the order in which they shall stand: which of the rows behind the sorted ones.
   * @param before For each of `coming`, the sorted row in front of which it comes, or `sorted`; ascending.
   */
  constructor(sorted: number, gone: ArrayLike<number>, coming: Int32Array, before: Int32Array) {
    this.sorted = sorted;
    this.count = sorted - gone.length + coming.length;
    this.#places = new Int32Array(coming.length);
    const runs: number[] = [];
    let from = 0, to = 0, g = 0, c = 0;
    for (;;) {
      while (c < coming.length && before[c] === from) this.#places[coming[c++]] = to++;
      if (from === sorted) break;
      if (g < gone.length && gone[g] === from) {
        g++;
        from++;
        continue;
      }
      const end = Math.min(gone[g] ?? sorted, before[c] ?? sorted);
      if (to !== from) runs.push(from, to, end - from);
      to += end - from;
      from = end;
    }
    this.#runs = runs;
  }

  /** Moves the rows of a table, `[rows x width]`. */
  apply(words: Int32Array | Uint8Array, width: number): void {
    const places = this.#places, runs = this.#runs;
    const coming = words.slice(this.sorted * width, (this.sorted + places.length) * width);
    const move = (r: number) =>
      words.copyWithin(
        runs[r + 1] * width,
        runs[r] * width,
        (runs[r] + runs[r + 2]) * width,
      );
    // Down from the first, then up from the last: no run is written over before it has moved.
    for (let r = 0; r < runs.length; r += 3) if (runs[r + 1] < runs[r]) move(r);
    for (let r = runs.length - 3; r >= 0; r -= 3) if (runs[r + 1] > runs[r]) move(r);
    for (let k = 0; k < places.length; k++) {
      for (let j = 0; j < width; j++) words[places[k] * width + j] = coming[k * width + j];
    }
  }
}
