/**
 * A mesh as the leaves of a forest. Every cell of the first mesh is the root of a binary tree,
 * whose leaves are the current cells. The leaves are stored depth first, and the trees in the order
 * of the first mesh, so that the levels alone determine which cells are halves of the same cell.
 *
 * @module
 */
import { type LabelRules, labelRules } from "./labels.ts";

/** The data that an adapted mesh has in addition to its cells. */
export interface Forest {
  /** The label of every cell, `[cellCount]`; see `labels.ts`. */
  readonly labels: Uint8Array;
  /** How often each cell was halved, `[cellCount]`. */
  readonly levels: Uint8Array;
}

/** Cells with labels and levels, without coordinates. */
export interface ForestCells extends Forest {
  readonly dim: 2 | 3;
  readonly nodeCount: number;
  /** `[cellCount x (dim + 1)]`. */
  readonly cells: Int32Array;
}

/** The largest number of times that a cell may be halved, since levels are stored in bytes. */
export const deepest = 255;

/**
 * Visits the parts of a cell, depth first, and returns the position of each in the cell.
 *
 * `start` sets the cell; `next` then moves to the next part, which has a given level.
 */
export class PartWalk {
  readonly #rules: LabelRules;
  readonly #corners: number;
  readonly #labels = new Uint8Array(deepest + 2);
  readonly #levels = new Uint8Array(deepest + 2);
  readonly #masks = new Uint8Array(deepest + 2);
  readonly #views: readonly Float64Array[];
  #top = -1;

  constructor(dim: 2 | 3) {
    this.#rules = labelRules(dim);
    this.#corners = dim + 1;
    const size = this.#corners ** 2;
    const places = new Float64Array((deepest + 2) * size);
    this.#views = Array.from(
      { length: deepest + 2 },
      (_, i) => places.subarray(i * size, (i + 1) * size),
    );
  }

  /** Begins with a cell of this label and level. */
  start(label: number, level: number): void {
    this.#top = 0;
    this.#labels[0] = label;
    this.#levels[0] = level;
    this.#masks[0] = (1 << this.#corners) - 1;
    const first = this.#views[0].fill(0);
    for (let k = 0; k < this.#corners; k++) first[k * this.#corners + k] = 1;
  }

  /**
   * Moves to the next part, which has this level.
   *
   * @returns the barycentric coordinates of its vertices in the cell, `[dim + 1 x dim + 1]`, one
   *   row per vertex; they are exact, and valid until the next call.
   */
  next(level: number): Float64Array {
    while (this.#levels[this.#top] < level) this.#halve();
    return this.#views[this.#top--];
  }

  /**
   * Bit k is set if the facet opposite to vertex k of the part that `next` moved to lies in that of
   * the cell.
   */
  get mask(): number {
    return this.#masks[this.#top + 1];
  }

  /** Replaces the cell on top with its half 1, and puts half 0 on top of that. */
  #halve(): void {
    const { ends, halves } = this.#rules;
    const at = this.#top, up = at + 1, corners = this.#corners;
    const label = this.#labels[at], mask = this.#masks[at];
    const first = ends[2 * label], second = ends[2 * label + 1];
    const lower = this.#views[at], upper = this.#views[up];
    upper.set(lower);
    for (let k = 0; k < corners; k++) {
      const middle = (lower[first * corners + k] + lower[second * corners + k]) / 2;
      upper[second * corners + k] = middle;
      lower[first * corners + k] = middle;
    }
    this.#labels[up] = halves[2 * label];
    this.#labels[at] = halves[2 * label + 1];
    this.#masks[up] = mask & ~(1 << first);
    this.#masks[at] = mask & ~(1 << second);
    this.#levels[up] = ++this.#levels[at];
    this.#top = up;
  }
}
