/**
 * Questions of travellers about their places, and what follows from the answers.
 *
 * @module
 */
import { settle } from "../mesh/boundary_walk.ts";
import type { Places } from "../mesh/places.ts";
import type { FoundPoints } from "../mesh/point_search.ts";
import { clampInto } from "./clamped.ts";
import type { Passage } from "./passage.ts";
import { rungeKuttaScheme } from "./scheme.ts";
import { Task, type Travellers, Whole } from "./travellers.ts";

/** Questions about one geometry. */
export interface Questions {
  /** Which of the geometries. */
  readonly ground: number;
  readonly rows: readonly number[];
  /** Whether places outside of a periodic mesh become their images in it. */
  readonly moves: boolean;
}

/** Where a traveller goes: to a rank; `ask`, with another question; or it is `lost`. */
export type Next = number | "ask" | "lost";

/** Answers questions of one move. */
export class PlaceAnswers {
  readonly #passage: Passage;
  readonly #last: number;
  readonly #turns: Int32Array;
  readonly #way: Float64Array;
  readonly #point = new Float64Array(3);
  readonly #cell = new Int32Array(1);
  readonly #barycentric: Float64Array;

  constructor(passage: Passage) {
    const { lattice, topology: { dim } } = passage.grounds[0].geometry;
    this.#passage = passage;
    this.#last = passage.motion === null ? 0 : rungeKuttaScheme(passage.motion.order).nodes.length;
    this.#turns = new Int32Array(lattice?.count ?? 0);
    this.#way = new Float64Array(dim);
    this.#barycentric = new Float64Array(dim + 1);
  }

  /** All questions, as many lists on every rank, in one order. */
  questions({ whole, width, count }: Travellers): Questions[] {
    const { grounds } = this.#passage, isPeriodic = this.#turns.length > 0;
    const lists = grounds.flatMap((_, ground) => {
      const stay = { ground, rows: [] as number[], moves: false };
      return isPeriodic ? [stay, { ground, rows: [] as number[], moves: true }] : [stay];
    });
    for (let row = 0; row < count; row++) {
      const ground = this.#groundOf(whole, row * width);
      const moves = isPeriodic && this.#moves(whole, row * width);
      lists[isPeriodic ? 2 * ground + (moves ? 1 : 0) : ground].rows.push(row);
    }
    return lists;
  }

  /**
   * Takes the answer to a question.
   *
   * @param places Of the questions, `[n x dim]`, as they were asked; `found.points` are images where those are taken.
   */
  conclude(
    from: Travellers,
    row: number,
    { moves, ground }: Questions,
    asked: Float64Array,
    images: Float64Array,
    found: FoundPoints,
    n: number,
  ): Next {
    const { whole, real, width, size, dim } = from, w = row * width, place = row * size + 2 * dim;
    const isStage = this.#isStage(whole, w), at = this.#passage.grounds[ground];
    if (moves) this.#turn(from, row, asked, images, n);
    if (found.cells[n] < 0) {
      if (isStage) return this.#stageOutside(from, row, at);
      const rank = this.#passage.rules[ground].apply(from, row, this.#turns);
      if (rank === null) return "lost";
      return whole[w + Whole.task] === Task.findEnd ? "ask" : rank < 0 ? at.comm.rank : rank;
    }
    whole[w + Whole.cell] = found.cells[n];
    for (let k = 0; k <= dim; k++) {
      real[place + dim + k] = found.barycentric[n * (dim + 1) + k];
    }
    const local = found.locals[n];
    const mayMiss = whole[w + Whole.phase] > 0 && !isStage && whole[w + Whole.task] === Task.find;
    if (mayMiss && (local < 0 || !this.#contains(at, local, real, place))) {
      whole[w + Whole.task] = Task.land;
      return found.ranks[n];
    }
    whole[w + Whole.task] = Task.ready;
    return local >= 0 ? at.comm.rank : found.ranks[n];
  }

  /**
   * What only the owner of a cell can do: pulls onto a facet what misses it by rounding, and settles what is near one.
   *
   * @param row Its cell is in the numbers of this rank; it is ready after that, or has another question.
   */
  receive({ whole, real, width, size, dim }: Travellers, row: number): void {
    const w = row * width, place = row * size + 2 * dim, task = whole[w + Whole.task];
    const { geometry, search } = this.#passage.grounds[this.#groundOf(whole, w)];
    const { locator } = geometry, cell = whole[w + Whole.cell], z = dim === 3 ? real[place + 2] : 0;
    if (task === Task.land) {
      if (locator.contains(cell, real[place], real[place + 1], z)) {
        whole[w + Whole.task] = Task.ready;
        return;
      }
      locator.nearBoundary.pull(real[place], real[place + 1], z, real, place);
      whole[w + Whole.task] = Task.findPulled;
    } else if (task === Task.settle) {
      const point = this.#point, out = this.#way, barycentric = this.#barycentric;
      point[2] = 0;
      for (let d = 0; d < dim; d++) point[d] = real[place + d];
      this.#cell[0] = whole[w + Whole.cell] = settle(geometry, cell, point, out);
      if (search === null || geometry.lattice !== null) {
        locator.locate(out, 1, this.#cell, barycentric);
      } else search.locate(out, this.#cell, barycentric);
      for (let d = 0; d < dim; d++) real[place + d] = out[d];
      for (let k = 0; k <= dim; k++) real[place + dim + k] = barycentric[k];
      whole[w + Whole.task] = Task.ready;
    }
  }

  /** Outside, the value at clamped barycentric coordinates in the cell of the stage before is taken. */
  #stageOutside({ whole, real, width, size, dim }: Travellers, row: number, at: Places): number {
    const w = row * width, place = row * size + 2 * dim;
    const last = whole[w + Whole.last], { rankMesh } = at.geometry.topology;
    whole[w + Whole.task] = Task.ready;
    whole[w + Whole.cell] = -1;
    if (this.#passage.motion!.velocity.located) {
      whole[w + Whole.cell] = rankMesh === null ? last : rankMesh.cells.ids[last];
      clampInto(at, last, real, place, real, place + dim);
    }
    return at.comm.rank;
  }

  /** Takes the image of a place, and how often each period was subtracted. */
  #turn(
    { whole, real, width, size, dim, periods }: Travellers,
    row: number,
    asked: Float64Array,
    images: Float64Array,
    n: number,
  ): void {
    const { lattice } = this.#passage.grounds[0].geometry, place = row * size + 2 * dim;
    for (let d = 0; d < dim; d++) {
      this.#way[d] = asked[n * dim + d] - images[n * dim + d];
      real[place + d] = images[n * dim + d];
    }
    const counts = !this.#isStage(whole, row * width);
    for (let k = 0; k < periods; k++) {
      this.#turns[k] = lattice!.countIn(this.#way, k);
      if (counts) whole[row * width + Whole.wraps + k] += this.#turns[k];
    }
  }

  #contains({ geometry: { locator } }: Places, cell: number, real: Float64Array, place: number) {
    const z = this.#way.length === 3 ? real[place + 2] : 0;
    return locator.contains(cell, real[place], real[place + 1], z);
  }

  /** Fields are read in the cell of an image; a function is called at the image itself, and there paths go on. */
  #moves(whole: Int32Array, w: number): boolean {
    if (this.#isStage(whole, w)) return !this.#passage.motion!.velocity.located;
    return whole[w + Whole.task] !== Task.findPulled;
  }

  #isStage(whole: Int32Array, w: number): boolean {
    return whole[w + Whole.phase] > 0 && whole[w + Whole.phase] < this.#last;
  }

  #groundOf(whole: Int32Array, w: number): number {
    const phase = whole[w + Whole.phase], step = whole[w + Whole.step];
    const index = phase > 0 && phase === this.#last ? step + 1 : step;
    return Math.min(index, this.#passage.grounds.length - 1);
  }
}
