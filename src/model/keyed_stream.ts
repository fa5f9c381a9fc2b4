import { NormalDistribution, uniformInteger, uniformNumber } from "./distributions.ts";
import { philox } from "./philox.ts";

/**
 * The random numbers of one id: a pure function of seed, draw counter and id, independent of the numbers
 * drawn for other ids, of their order and of the rank. Made by `model.random.keyed(id)`.
 *
 * @hideconstructor
 *
 * State: none, each call of `keyed` makes a new one from the stream's state.
 */
export class KeyedStream {
  readonly #block = new Uint32Array(4);
  readonly #key: readonly [number, number];
  readonly #id: readonly [number, number];
  readonly #draws: number;
  #used = 4;
  #blocks = 0;
  readonly #normals = new NormalDistribution();

  /** The words of the seed and of the id, low first, and the draw counter. */
  constructor(key: readonly [number, number], id: readonly [number, number], draws: number) {
    this.#key = key;
    this.#id = id;
    this.#draws = draws;
  }

  /** Whether a number was drawn. */
  get drawnFrom(): boolean {
    return this.#blocks > 0;
  }

  /** The next number in [0, 1). */
  next(): number {
    return uniformNumber(this.#word);
  }

  /** The next number of the standard normal distribution. */
  normal(): number {
    return this.#normals.next(this.#word);
  }

  /**
   * The next whole number in [lo, hi).
   *
   * @throws {RangeError} when the bounds are not whole numbers, or the range is empty.
   */
  int(lo: number, hi: number): number {
    return uniformInteger(this.#word, lo, hi);
  }

  readonly #word = (): number => {
    if (this.#used === 4) {
      const [k0, k1] = this.#key;
      // The block number and the upper half of the draw counter share one word.
      const high = Math.floor(this.#draws / 0x100000000) << 16;
      philox(this.#id[0], this.#id[1], this.#draws | 0, high ^ this.#blocks++, k0, k1, this.#block);
      this.#used = 0;
    }
    return this.#block[this.#used++];
  };
}
