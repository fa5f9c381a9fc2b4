/**
 * Finds the cells in which new nodes can hang.
 *
 * @module
 */
import { cellsAround } from "../node_cells.ts";
import type { ForestCells } from "./forest.ts";
import { grown, type Middles } from "./middles.ts";

/**
 * Finds the previous cells that a new node can hang on: those around the edge or face that contains
 * it.
 */
export class Reached {
  readonly #before: ForestCells;
  readonly #middles: Middles;
  /**
   * The corners of the smallest simplex of the previous mesh that contains each new node, `[new
   * nodes x (dim + 1)]`; padded with -1.
   */
  #carriers = new Int32Array(0);
  #carried = 0;
  readonly #queued: Uint8Array;
  #around: { start: Int32Array; cells: Int32Array } | null = null;

  constructor(before: ForestCells, middles: Middles) {
    this.#before = before;
    this.#middles = middles;
    this.#queued = new Uint8Array(before.labels.length);
  }

  /**
   * The cells that the new nodes `from` up to `to` reach, each listed once.
   *
   * @param firsts gets the first of these nodes that reaches each of them.
   */
  by(from: number, to: number, firsts: number[] = []): number[] {
    const { dim, cells } = this.#before, corners = dim + 1;
    this.#carry(to);
    const { start, cells: around } = this.#around ??= cellsAround(this.#before);
    const out: number[] = [], queued = this.#queued, carriers = this.#carriers;
    for (let i = from; i < to; i++) {
      const at = i * corners;
      // A node inside a cell cannot hang on any other cell.
      if (carriers[at + dim] >= 0) continue;
      let rarest = carriers[at], size = 1;
      for (; size < corners && carriers[at + size] >= 0; size++) {
        const node = carriers[at + size];
        if (start[node + 1] - start[node] < start[rarest + 1] - start[rarest]) rarest = node;
      }
      for (let n = start[rarest]; n < start[rarest + 1]; n++) {
        const cell = around[n];
        if (queued[cell] !== 0) continue;
        let held = 0;
        for (let k = 0; k < size; k++) {
          const node = carriers[at + k];
          for (let v = 0; v < corners; v++) if (cells[cell * corners + v] === node) held++;
        }
        if (held < size) continue;
        queued[cell] = 1;
        out.push(cell);
        firsts.push(i);
      }
    }
    for (const cell of out) queued[cell] = 0;
    return out;
  }

  /**
   * Computes the carriers of all new nodes below `to`; each is the union of the carriers of its
   * ends.
   */
  #carry(to: number): void {
    const { dim, nodeCount } = this.#before, corners = dim + 1;
    if (to * corners > this.#carriers.length) {
      this.#carriers = grown(this.#carriers, 2 * to * corners);
    }
    const carriers = this.#carriers;
    for (let i = this.#carried; i < to; i++) {
      const at = i * corners;
      let size = 0;
      const take = (node: number) => {
        for (let k = 0; k < size; k++) if (carriers[at + k] === node) return;
        carriers[at + size++] = node;
      };
      for (const side of [0, 1] as const) {
        const end = this.#middles.end(i, side);
        if (end < nodeCount) take(end);
        else {
          const from = (end - nodeCount) * corners;
          for (let k = 0; k < corners && carriers[from + k] >= 0; k++) take(carriers[from + k]);
        }
      }
      for (let k = size; k < corners; k++) carriers[at + k] = -1;
    }
    this.#carried = to;
  }
}
