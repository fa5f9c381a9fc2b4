/**
 * Halves cells, and as many cells around them as are needed to leave no hanging nodes.
 *
 * The rule is that of newest-vertex bisection and its 3-D counterpart (`labels.ts`): a part of a
 * cell is halved while one of its edges has a midpoint. The result does not depend on the order of
 * the work.
 *
 * @module
 */
import { deepest, type ForestCells } from "./forest.ts";
import { type LabelRules, labelRules } from "./labels.ts";
import { grown, Middles } from "./middles.ts";
import { Reached } from "./reached.ts";
import { localEdges } from "../simplex.ts";
import type { CellsByVertex } from "../twins.ts";

/** Refined cells; the previous nodes keep their ids, and new ones follow. */
export interface Refinement extends ForestCells {
  /**
   * The ends of the edge whose midpoint each new node is, `[new nodes x 2]`; the ends may be new
   * too.
   */
  readonly births: Int32Array;
  /**
   * The parts of the previous cell c are the cells `start[c]` up to `start[c + 1]`, `[cellCount +
   * 1]`.
   */
  readonly start: Int32Array;
  /** The midpoints by edge. */
  readonly middles: Middles;
  /** In a periodic mesh, the same by vertices, of which nodes that are one place are one; null in others. */
  readonly joined: JoinedRefinement | null;
}

/** The part of a {@link Refinement} that fields of a periodic mesh follow. */
export interface JoinedRefinement {
  readonly births: Int32Array;
  readonly nodeCount: number;
}

/**
 * Halves every cell as often as requested, and other cells where this is needed.
 *
 * @param wants how often each cell is to be halved, `[cellCount]`.
 * @param vertices the cells of a periodic mesh by vertices: edges that are one place are halved alike.
 * @throws {RangeError} when a cell would be halved more than {@link deepest} times.
 */
export function refineCells(
  before: ForestCells,
  wants: Uint8Array,
  vertices: CellsByVertex | null = null,
): Refinement {
  const refiner = new Refiner(before, wants, vertices);
  refiner.halveWanting(wants);
  refiner.close();
  return refiner.result();
}

/**
 * Work in progress: the parts of every previous cell as a list that begins with the slot of that
 * cell.
 */
export class Refiner {
  readonly #before: ForestCells;
  readonly #rules: LabelRules;
  readonly #corners: number;
  readonly #edges: Uint8Array;
  readonly #middles: Middles;
  /** The number of slots in use. */
  #used: number;
  #rows: Int32Array;
  #labels: Uint8Array;
  #levels: Uint8Array;
  #wants: Uint8Array;
  #next: Int32Array;
  #nodeCount: number;
  /** The cells of a periodic mesh by vertices, null for others; and the vertex of every node, new ones too. */
  readonly #vertices: CellsByVertex | null;
  #vertexOf = new Int32Array(0);
  #vertexCount = 0;
  /** The midpoints between vertices; those between nodes where the mesh is not periodic. */
  readonly #joined: Middles;
  /** What `undo` takes back: a part, its label, and whether its midpoint is new, of every halving. */
  #trail: number[] | null = null;

  constructor(before: ForestCells, wants: Uint8Array, vertices: CellsByVertex | null) {
    const { dim, cells, labels, levels, nodeCount } = before;
    const count = labels.length;
    let asked = 0;
    for (let c = 0; c < count; c++) if (wants[c] > 0) asked += 2 ** Math.min(wants[c], 10) - 1;
    const size = count + Math.ceil(1.4 * asked) + 64;
    this.#before = before;
    this.#rules = labelRules(dim);
    this.#corners = dim + 1;
    this.#edges = localEdges(dim);
    this.#middles = new Middles(nodeCount, 0.6 * (size - count));
    this.#joined = this.#middles;
    this.#vertices = vertices;
    if (vertices !== null) {
      this.#joined = new Middles(vertices.nodeCount, 0.6 * (size - count));
      this.#vertexOf = vertices.vertexOf!.slice();
      this.#vertexCount = vertices.nodeCount;
    }
    this.#used = count;
    this.#rows = grown(cells, size * this.#corners);
    this.#labels = grown(labels, size);
    this.#levels = grown(levels, size);
    this.#wants = grown(wants, size);
    this.#next = new Int32Array(size);
    this.#next.fill(-1, 0, count);
    this.#nodeCount = nodeCount;
  }

  /** The midpoints by edge. */
  get middles(): Middles {
    return this.#middles;
  }

  halveWanting(wants: Uint8Array): void {
    for (let c = 0; c < wants.length; c++) if (wants[c] > 0) this.halveAsWanted(c);
  }

  /**
   * Halves one cell as often as it wants.
   *
   * @param log gets the midpoint of every halving.
   */
  halveAsWanted(cell: number, log: number[] = []): void {
    for (let part = cell; part >= 0; part = this.#next[part]) {
      while (this.#wants[part] > 0) log.push(this.#halve(part));
    }
  }

  /** From now on, halvings can be taken back; not in periodic meshes. */
  record(): void {
    this.#trail = [];
  }

  /** Takes back all halvings since `record`. */
  undo(): void {
    const trail = this.#trail!, corners = this.#corners, { ends } = this.#rules;
    while (trail.length > 0) {
      const isNew = trail.pop()!, label = trail.pop()!, part = trail.pop()!;
      const half = --this.#used, second = ends[2 * label + 1];
      this.#next[part] = this.#next[half];
      this.#rows[part * corners + second] = this.#rows[half * corners + second];
      this.#labels[part] = label;
      this.#levels[part]--;
      if (isNew === 0) continue;
      this.#middles.removeLast();
      this.#nodeCount--;
    }
  }

  /** The number of parts of a cell. */
  partCount(cell: number): number {
    let count = 0;
    for (let part = cell; part >= 0; part = this.#next[part]) count++;
    return count;
  }

  /** Halves the parts of a cell at these places in its list, one after the other; as {@link Refiner.settle} found them. */
  repeat(cell: number, places: readonly number[], log: number[]): void {
    let part = cell, place = 0;
    for (const next of places) {
      for (; place < next; place++) part = this.#next[part];
      log.push(this.#halve(part));
    }
  }

  /** Continues until no edge of a part has a midpoint. */
  close(): void {
    const { labels } = this.#before, middles = this.#joined, vertices = this.#vertices;
    const { cells, nodeCount } = vertices ?? this.#before;
    const reached = new Reached({ ...this.#before, cells, nodeCount }, middles);
    const many = this.#used > 1.5 * labels.length;
    let known = middles.count;
    // If most cells were halved, looking at all of them is faster than finding those that were
    // reached.
    if (many) { for (let c = 0; c < labels.length; c++) this.settle(c); }
    else known = 0;
    while (known < middles.count) {
      const from = known;
      known = middles.count;
      for (const c of reached.by(from, known)) this.settle(c);
    }
  }

  /**
   * Halves the parts of one cell while any of their edges has a midpoint.
   *
   * @param places gets the place of every halved part in the list of the cell, which ascends; `log` its midpoint.
   */
  settle(cell: number, places: number[] = [], log: number[] = []): void {
    for (let part = cell, place = 0; part >= 0;) {
      if (this.#hangs(part)) {
        places.push(place);
        log.push(this.#halve(part));
      } else {
        part = this.#next[part];
        place++;
      }
    }
  }

  #hangs(part: number): boolean {
    const rows = this.#rows, edges = this.#edges, at = part * this.#corners;
    const middles = this.#joined, isJoined = this.#vertices !== null, vertexOf = this.#vertexOf;
    for (let e = 0; e < edges.length; e += 2) {
      const a = rows[at + edges[e]], b = rows[at + edges[e + 1]];
      const found = isJoined ? middles.find(vertexOf[a], vertexOf[b]) : middles.find(a, b);
      if (found >= 0) return true;
    }
    return false;
  }

  /** Gives the new midpoint of an edge of a periodic mesh its vertex: that of its twin, or a new one. */
  #join(a: number, b: number, middle: number): void {
    if (middle >= this.#vertexOf.length) {
      this.#vertexOf = grown(this.#vertexOf, 2 * this.#vertexOf.length);
    }
    const of = this.#vertexOf;
    let vertex = this.#joined.find(of[a], of[b]);
    if (vertex < 0) this.#joined.add(of[a], of[b], vertex = this.#vertexCount++);
    of[middle] = vertex;
  }

  /** Replaces the slot with half 0, and inserts half 1 after it. Returns the midpoint. */
  #halve(part: number): number {
    const corners = this.#corners, { ends, halves } = this.#rules;
    const half = this.#used++;
    if (half === this.#next.length) this.#grow();
    const rows = this.#rows, labels = this.#labels, levels = this.#levels;
    if (levels[part] === deepest) {
      throw new RangeError(`a cell cannot be halved more than ${deepest} times`);
    }
    const label = labels[part], at = part * corners, to = half * corners;
    const first = ends[2 * label], second = ends[2 * label + 1];
    const a = rows[at + first], b = rows[at + second];
    let middle = this.#middles.find(a, b);
    this.#trail?.push(part, label, middle < 0 ? 1 : 0);
    if (middle < 0) {
      this.#middles.add(a, b, middle = this.#nodeCount++);
      if (this.#vertices !== null) this.#join(a, b, middle);
    }
    for (let k = 0; k < corners; k++) rows[to + k] = rows[at + k];
    rows[at + second] = middle;
    rows[to + first] = middle;
    labels[part] = halves[2 * label];
    labels[half] = halves[2 * label + 1];
    levels[half] = ++levels[part];
    if (this.#wants[part] > 0) this.#wants[part]--;
    this.#wants[half] = this.#wants[part];
    this.#next[half] = this.#next[part];
    this.#next[part] = half;
    return middle;
  }

  #grow(): void {
    const size = 2 * this.#next.length;
    this.#rows = grown(this.#rows, size * this.#corners);
    this.#labels = grown(this.#labels, size);
    this.#levels = grown(this.#levels, size);
    this.#wants = grown(this.#wants, size);
    this.#next = grown(this.#next, size);
  }

  /** Writes out the parts, depth first. */
  result(): Refinement {
    const count = this.#before.labels.length, corners = this.#corners, total = this.#used;
    const cells = new Int32Array(total * corners);
    const labels = new Uint8Array(total), levels = new Uint8Array(total);
    const start = new Int32Array(count + 1);
    const rows = this.#rows, next = this.#next;
    let to = 0;
    for (let c = 0; c < count; c++) {
      start[c] = to;
      for (let part = c; part >= 0; part = next[part], to++) {
        for (let k = 0; k < corners; k++) cells[to * corners + k] = rows[part * corners + k];
        labels[to] = this.#labels[part];
        levels[to] = this.#levels[part];
      }
    }
    start[count] = to;
    return {
      dim: this.#before.dim,
      nodeCount: this.#nodeCount,
      cells,
      labels,
      levels,
      births: this.#middles.ends(),
      start,
      middles: this.#middles,
      joined: this.#vertices === null
        ? null
        : { births: this.#joined.ends(), nodeCount: this.#vertexCount },
    };
  }
}
