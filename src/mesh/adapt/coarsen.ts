/**
 * Merges halves of cells again, over several levels at once, as far as this leaves no hanging
 * nodes.
 *
 * All siblings that may merge do so first. Then every merged cell that has, on one of its edges, a
 * midpoint still used by another cell is split again, until there are no such cells. Working one
 * level at a time would not suffice: in 3-D the cells around an edge can wait for each other in a
 * cycle.
 *
 * @module
 */
import { deepest, type ForestCells } from "./forest.ts";
import { type LabelRules, labelRules, noLabel } from "./labels.ts";
import { isFirstPart, levelOf, mergedTops } from "./merged_tops.ts";
import { Middles } from "./middles.ts";
import { localEdges } from "../simplex.ts";
import type { CellsByVertex } from "../twins.ts";

/** Coarsened cells, with new node ids. */
export interface Coarsening extends ForestCells {
  /** The nodes that stay, by their previous ids, in ascending order, `[nodeCount]`. */
  readonly kept: Int32Array;
  /** The previous cells `start[c]` up to `start[c + 1]` are the parts of the cell c, `[cellCount + 1]`. */
  readonly start: Int32Array;
  /** Nodes that were the midpoint of an edge of cells that merged, by their previous ids. */
  readonly middles: Middles;
  /** In a periodic mesh, the same by vertices, of which nodes that are one place are one; null in others. */
  readonly joined: JoinedCoarsening | null;
}

/** The nodes that stay, by their previous ids, and the new id of every previous node that stays. */
export interface KeptNodes {
  readonly kept: Int32Array;
  readonly ids: Int32Array;
}

/** The part of a {@link Coarsening} that fields of a periodic mesh follow. */
export interface JoinedCoarsening {
  readonly kept: Int32Array;
  /** The previous vertex of every previous node. */
  readonly vertexOf: Int32Array;
}

/**
 * Undoes halvings.
 *
 * @param wants how many of its halvings each cell allows to be undone, `[cellCount]`.
 * @param vertices the cells of a periodic mesh by vertices: edges that are one place are merged alike.
 */
export function coarsenCells(
  before: ForestCells,
  wants: Uint8Array,
  vertices: CellsByVertex | null = null,
): Coarsening {
  const coarsener = new Coarsener(before, vertices);
  coarsener.merge(mergedTops(before.levels, wants));
  coarsener.takeApart();
  return coarsener.result();
}

/**
 * Work in progress: trees whose leaves are the previous cells; merged cells are numbered after
 * them.
 */
export class Coarsener {
  readonly #before: ForestCells;
  readonly #rules: LabelRules;
  readonly #corners: number;
  readonly #edges: Uint8Array;
  readonly #middles: Middles;
  readonly #rows: Int32Array;
  readonly #labels: Uint8Array;
  readonly #levels: Uint8Array;
  /** Both halves of each merged cell, `[merged x 2]`. */
  readonly #halves: Int32Array;
  /** Whether each merged cell was split again. */
  readonly #apart: Uint8Array;
  /** Whether each node is used by a cell. */
  readonly #used: Uint8Array;
  /** The vertex of every node of a periodic mesh; null for others, whose nodes are vertices. */
  readonly #vertexOf: Int32Array | null;
  /** Whether each vertex is used by a cell, and the midpoints between vertices. */
  readonly #usedVertices: Uint8Array;
  readonly #joined: Middles;
  readonly #tops: Int32Array;
  #topCount = 0;
  #merged = 0;

  constructor(before: ForestCells, vertices: CellsByVertex | null) {
    const { dim, cells, labels, levels, nodeCount } = before;
    const count = labels.length, corners = dim + 1;
    this.#before = before;
    this.#rules = labelRules(dim);
    this.#corners = corners;
    this.#edges = localEdges(dim);
    this.#middles = new Middles(nodeCount, nodeCount);
    this.#rows = new Int32Array(2 * cells.length);
    this.#rows.set(cells);
    this.#labels = new Uint8Array(2 * count);
    this.#labels.set(labels);
    this.#levels = new Uint8Array(2 * count);
    this.#levels.set(levels);
    this.#halves = new Int32Array(2 * count);
    this.#apart = new Uint8Array(count);
    this.#used = new Uint8Array(nodeCount);
    this.#vertexOf = vertices?.vertexOf ?? null;
    this.#usedVertices = vertices === null ? this.#used : new Uint8Array(vertices.nodeCount);
    this.#joined = vertices === null
      ? this.#middles
      : new Middles(vertices.nodeCount, vertices.nodeCount);
    this.#tops = new Int32Array(count);
  }

  /** Merges cells, as `mergedTops` says. */
  merge(merged: Uint16Array): void {
    const levels = this.#levels, tops = this.#tops;
    let first = 0;
    for (let c = 0; c < merged.length; c++) {
      if (isFirstPart(merged[c])) first = this.#topCount;
      tops[this.#topCount++] = c;
      const level = levelOf(merged[c]);
      // Of the parts of one cell, two on top that have one level are siblings.
      for (let last = this.#topCount - 1; last > first; last--) {
        if (levels[tops[last]] !== levels[tops[last - 1]] || levels[tops[last]] === level) break;
        this.#mergeTop();
      }
    }
  }

  /** Merges the last two cells. */
  #mergeTop(): void {
    const tops = this.#tops, last = this.#topCount - 1, levels = this.#levels;
    const half0 = tops[last - 1], half1 = tops[last];
    const corners = this.#corners, rows = this.#rows;
    const cell = this.#before.labels.length + this.#merged;
    const at = half0 * corners, other = half1 * corners, to = cell * corners;
    let first = -1, second = -1;
    for (let k = 0; k < corners; k++) {
      if (rows[at + k] === rows[other + k]) continue;
      if (first < 0) first = k;
      else second = k;
    }
    const isPair = second >= 0;
    // The midpoint is the second vertex of half 0 and the first of half 1.
    if (isPair && rows[at + first] === rows[other + second]) {
      const k = first;
      first = second;
      second = k;
    }
    const middle = rows[at + second];
    const label = isPair && middle === rows[other + first]
      ? this.#rules.parentOf(first, second, this.#labels[half0], this.#labels[half1])
      : noLabel;
    if (label === noLabel) {
      throw new RangeError(`cells ${half0} and ${half1} are not halves of one cell`);
    }
    for (let k = 0; k < corners; k++) rows[to + k] = rows[at + k];
    rows[to + second] = rows[other + second];
    const a = rows[to + first], b = rows[to + second];
    if (this.#middles.find(a, b) < 0) this.#middles.add(a, b, middle);
    const of = this.#vertexOf;
    if (of !== null && this.#joined.find(of[a], of[b]) < 0) {
      this.#joined.add(of[a], of[b], of[middle]);
    }
    this.#labels[cell] = label;
    levels[cell] = levels[half0] - 1;
    this.#halves[2 * this.#merged] = half0;
    this.#halves[2 * this.#merged + 1] = half1;
    this.#merged++;
    tops[last - 1] = cell;
    this.#topCount--;
  }

  /**
   * Splits merged cells until none has an edge whose midpoint is in use.
   *
   * @param share Marks nodes that cells of other ranks use; says whether some rank has to look again.
   */
  takeApart(share: (used: Uint8Array) => boolean = () => false): void {
    const count = this.#before.labels.length, tops = this.#tops;
    let waiting: number[] = [];
    for (let i = 0; i < this.#topCount; i++) {
      this.#use(tops[i]);
      if (tops[i] >= count) waiting.push(tops[i]);
    }
    for (let changed = true; changed || share(this.#used);) {
      changed = false;
      const whole: number[] = [];
      for (let i = 0; i < waiting.length; i++) {
        const cell = waiting[i];
        if (!this.#hangs(cell)) {
          whole.push(cell);
          continue;
        }
        changed = true;
        const merged = cell - count;
        this.#apart[merged] = 1;
        for (let side = 0; side < 2; side++) {
          const half = this.#halves[2 * merged + side];
          this.#use(half);
          if (half >= count) waiting.push(half);
        }
      }
      waiting = whole;
    }
  }

  #use(cell: number): void {
    const corners = this.#corners, at = cell * corners;
    for (let k = 0; k < corners; k++) {
      const node = this.#rows[at + k];
      this.#used[node] = 1;
      if (this.#vertexOf !== null) this.#usedVertices[this.#vertexOf[node]] = 1;
    }
  }

  #hangs(cell: number): boolean {
    const rows = this.#rows, edges = this.#edges, at = cell * this.#corners;
    const of = this.#vertexOf;
    for (let e = 0; e < edges.length; e += 2) {
      const a = rows[at + edges[e]], b = rows[at + edges[e + 1]];
      const middle = of === null ? this.#joined.find(a, b) : this.#joined.find(of[a], of[b]);
      if (middle >= 0 && this.#usedVertices[middle] !== 0) return true;
    }
    return false;
  }

  /** Writes out the remaining cells, depth first, and numbers the nodes in use. */
  result({ kept, ids }: KeptNodes = this.#keptNodes()): Coarsening {
    const count = this.#before.labels.length, corners = this.#corners;
    const order = this.#order();
    const cells = new Int32Array(order.length * corners);
    const labels = new Uint8Array(order.length), levels = new Uint8Array(order.length);
    const start = new Int32Array(order.length + 1);
    let leaf = 0;
    for (let c = 0; c < order.length; c++) {
      const cell = order[c];
      start[c] = leaf;
      leaf = this.#lastLeaf(cell) + 1;
      for (let k = 0; k < corners; k++) {
        cells[c * corners + k] = ids[this.#rows[cell * corners + k]];
      }
      labels[c] = this.#labels[cell];
      levels[c] = this.#levels[cell];
    }
    start[order.length] = count;
    const { dim } = this.#before;
    return {
      dim,
      nodeCount: kept.length,
      cells,
      labels,
      levels,
      kept,
      start,
      middles: this.#middles,
      joined: this.#vertexOf === null
        ? null
        : { kept: usedOnes(this.#usedVertices), vertexOf: this.#vertexOf },
    };
  }

  #keptNodes(): KeptNodes {
    const used = this.#used, ids = new Int32Array(used.length);
    let nodes = 0;
    for (let n = 0; n < used.length; n++) if (used[n] !== 0) ids[n] = nodes++;
    const kept = new Int32Array(nodes);
    for (let n = 0; n < used.length; n++) if (used[n] !== 0) kept[ids[n]] = n;
    return { kept, ids };
  }

  /** The remaining cells, depth first. */
  #order(): Int32Array {
    const count = this.#before.labels.length;
    const order = new Int32Array(count), stack = new Int32Array(2 * deepest + 2);
    let found = 0;
    for (let i = 0; i < this.#topCount; i++) {
      let top = 0;
      stack[0] = this.#tops[i];
      while (top >= 0) {
        const cell = stack[top--];
        if (cell < count || this.#apart[cell - count] === 0) {
          order[found++] = cell;
          continue;
        }
        stack[++top] = this.#halves[2 * (cell - count) + 1];
        stack[++top] = this.#halves[2 * (cell - count)];
      }
    }
    return order.subarray(0, found);
  }

  #lastLeaf(cell: number): number {
    const count = this.#before.labels.length;
    while (cell >= count) cell = this.#halves[2 * (cell - count) + 1];
    return cell;
  }
}

/** The places of the marks that are not 0, ascending. */
function usedOnes(marks: Uint8Array): Int32Array {
  return Int32Array.from(marks.keys().filter((i) => marks[i] !== 0));
}
