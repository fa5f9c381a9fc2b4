import { type CellRuns, positionsIn } from "./row_division.ts";
import type { RowGrid } from "./row_grid.ts";

/** The nodes of some cells of a grid, a table's rows: of each row of nodes, those from the first to the last one. */
export class NodeWindow {
  /** How many places there are. */
  readonly count: number;
  readonly #grid: RowGrid;
  /** The first row of nodes. */
  readonly #first: number;
  /** The first node of each row. */
  readonly #low: Int32Array;
  /** Where the places of each row begin, `[rows + 1]`. */
  readonly #starts: Int32Array;

  constructor(grid: RowGrid, { rows, low, high }: CellRuns) {
    const { kinds } = grid, nodes = new Int32Array(kinds * (grid.dim + 1));
    let least = Infinity, most = -1;
    for (const row of rows.length === 0 ? [] : [rows[0], rows[rows.length - 1]]) {
      grid.firstNodes(row, nodes);
      for (let m = 0; m < nodes.length; m++) {
        least = Math.min(least, grid.nodeRowOf(nodes[m]));
        most = Math.max(most, grid.nodeRowOf(nodes[m]));
      }
    }
    const length = Math.max(0, most - least + 1);
    const lows = new Int32Array(length).fill(2 ** 31 - 1), highs = new Int32Array(length).fill(-1);
    for (let r = 0; r < rows.length; r++) {
      const { begin, end } = positionsIn({ low, high }, r, kinds);
      grid.firstNodes(rows[r], nodes);
      for (let m = 0; m < nodes.length; m++) {
        const at = grid.nodeRowOf(nodes[m]) - least;
        lows[at] = Math.min(lows[at], nodes[m] + begin);
        highs[at] = Math.max(highs[at], nodes[m] + end - 1);
      }
    }
    this.#starts = new Int32Array(length + 1);
    for (let r = 0; r < length; r++) {
      this.#starts[r + 1] = this.#starts[r] + Math.max(0, highs[r] - lows[r] + 1);
    }
    this.#grid = grid;
    this.#first = length === 0 ? 0 : least;
    this.#low = lows;
    this.count = this.#starts[length];
  }

  /** The place of a node; -1 where it is not in the window. */
  placeOf(node: number): number {
    const row = this.#grid.nodeRowOf(node) - this.#first;
    if (row < 0 || row >= this.#low.length) return -1;
    const place = node - this.#low[row] + this.#starts[row];
    return place >= this.#starts[row] && place < this.#starts[row + 1] ? place : -1;
  }

  /** Replaces nodes by their places, or by where these would be if the rows of the window were longer. */
  toPlaces(nodes: Int32Array): void {
    for (let i = 0; i < nodes.length; i++) {
      const row = this.#grid.nodeRowOf(nodes[i]) - this.#first;
      nodes[i] += this.#starts[row] - this.#low[row];
    }
  }

  /** The nodes, ascending by place as well, `[count]`. */
  nodes(): Int32Array {
    const out = new Int32Array(this.count);
    for (let r = 0; r < this.#low.length; r++) {
      for (let at = this.#starts[r]; at < this.#starts[r + 1]; at++) {
        out[at] = this.#low[r] + at - this.#starts[r];
      }
    }
    return out;
  }
}
