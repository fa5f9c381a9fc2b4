/**
 * The constants, which are in the null space of a pure Neumann problem.
 *
 * @module
 */
import type { NullSpace } from "./operator.ts";
import type { Reductions } from "./reductions.ts";
import { shift } from "./vectors.ts";

/** The null space of constants; projecting subtracts the mean of all entries. */
export class ConstantNullSpace implements NullSpace {
  readonly #reductions: Reductions;
  readonly #total: number;

  /**
   * Constants in vectors of a given length.
   *
   * @param reductions Who sums.
   * @param total Entries over all ranks.
   */
  constructor(reductions: Reductions, total: number = reductions.owned) {
    this.#reductions = reductions;
    this.#total = total;
  }

  /** `r -= mean(r)`. */
  project(r: Float64Array): void {
    shift(r, -this.#reductions.sum(r) / this.#total, this.#reductions.owned);
  }
}
