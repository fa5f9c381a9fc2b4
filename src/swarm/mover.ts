/**
 * Moves particles through the cells of one rank: explicit Runge-Kutta steps, in batches. Reads positions, changes no
 * state. Of particles for which these cells do not tell, see `journey.ts`.
 *
 * @module
 */
import { addScaledRows, axpy, finiteCheck, ParticleBatch } from "./particle_batch.ts";
import { groundAt, type Motion, type Passage } from "./passage.ts";
import { PlaceRepairs } from "./place_repairs.ts";
import { rungeKuttaScheme, type Scheme } from "./scheme.ts";
import { Travellers, Whole } from "./travellers.ts";

/** The lists that a journey works with. */
export type JourneyLists = Readonly<
  Record<"waiting" | "spare" | "here" | "arrived" | "failed", Travellers>
>;

/** Moves batches of particles; keeps nothing between calls but scratch memory. */
export class Mover {
  /** Memory of a journey, whatever is in it. */
  readonly lists: JourneyLists;
  readonly #dim: 2 | 3;
  readonly #periods: number;
  readonly #rank: number;
  readonly #batch: ParticleBatch;
  readonly #repairs: PlaceRepairs;
  #passage!: Passage;
  #scheme: Scheme | null = null;

  constructor(dim: 2 | 3, periods: number, rank: number) {
    this.#dim = dim;
    this.#periods = periods;
    this.#rank = rank;
    this.#batch = new ParticleBatch(dim, periods);
    this.#repairs = new PlaceRepairs(dim, periods, this.#batch);
    this.lists = {
      waiting: new Travellers(dim, periods),
      spare: new Travellers(dim, periods),
      here: new Travellers(dim, periods),
      arrived: new Travellers(dim, periods),
      failed: new Travellers(dim, periods),
    };
  }

  /**
   * Begins with n particles of this rank.
   *
   * @param points `[.. x dim]`, those of particle `first` first.
   * @param cells Cells of this rank to look in first, or -1.
   */
  begin(passage: Passage, points: Float64Array, cells: Int32Array, first: number, n: number): void {
    const b = this.#enter(passage), dim = this.#dim;
    b.points.set(points.subarray(first * dim, (first + n) * dim));
    b.cells.set(cells.subarray(first, first + n));
    for (let i = 0; i < n; i++) b.slots[i] = first + i;
    b.homes.fill(this.#rank, 0, n);
    b.wraps.fill(0, 0, n * this.#periods);
    let live = this.#dropNotFinite(b.points, n, 0, 0);
    live = this.#locate(0, 0, b.points, b.cells, live);
    this.#run(live, 0, 0);
  }

  /** Goes on with a batch of travellers that are ready, all in the same phase of the same step. */
  resume(passage: Passage, from: Travellers, rows: readonly number[]): void {
    const b = this.#enter(passage), dim = this.#dim, { whole, real, width, size } = from;
    const step = whole[rows[0] * width + Whole.step], phase = whole[rows[0] * width + Whole.phase];
    const isStage = phase > 0 && phase < this.#last;
    const points = isStage ? b.stagePoints : b.points, cells = isStage ? b.stageCells : b.cells;
    const barycentric = isStage ? b.stageBarycentric : b.barycentric;
    rows.forEach((row, i) => {
      const w = row * width, r = row * size;
      b.homes[i] = whole[w + Whole.home];
      b.slots[i] = whole[w + Whole.slot];
      cells[i] = whole[w + Whole.cell];
      for (let k = 0; k < this.#periods; k++) {
        b.wraps[i * this.#periods + k] = whole[w + Whole.wraps + k];
      }
      for (let d = 0; d < dim; d++) {
        if (isStage) b.points[i * dim + d] = real[r + d];
        b.sum[i * dim + d] = real[r + dim + d];
        points[i * dim + d] = real[r + 2 * dim + d];
      }
      for (let k = 0; k <= dim; k++) barycentric[i * (dim + 1) + k] = real[r + 3 * dim + k];
    });
    this.#run(rows.length, step, phase);
  }

  #enter(passage: Passage): ParticleBatch {
    this.#passage = passage;
    this.#scheme = passage.motion && rungeKuttaScheme(passage.motion.order);
    return this.#batch;
  }

  /** The phase at the end of a step. */
  get #last(): number {
    return this.#scheme?.nodes.length ?? 0;
  }

  /** Goes on with the batch, whose places in this phase are known. */
  #run(n: number, step: number, phase: number): void {
    const { motion, onlySpeeds } = this.#passage;
    let live = n, s = step, k = phase;
    while (live > 0) {
      if (k === 0 || k === this.#last) {
        if (k > 0) s++;
        if (motion === null || s === motion.steps) return this.#finish(live);
        if (onlySpeeds) return this.#measure(motion, live);
        this.#startStep(motion, s, live);
        k = 0;
      } else this.#addStage(motion!, s, k, live);
      k++;
      live = k < this.#last
        ? this.#goToStage(motion!, s, k, live)
        : this.#goToEnd(motion!, s, live);
    }
  }

  /** The velocity at the start of a step. */
  #startStep({ velocity, meshVelocity, t, dt }: Motion, s: number, n: number): void {
    const b = this.#batch, m = n * this.#dim, time = t + s * dt;
    if (velocity.located) {
      meshVelocity?.at(b.points, b.cells, b.barycentric, n, time, b.meshSlope);
    }
    velocity.at(b.points, b.cells, b.barycentric, n, time, b.slope);
    addScaledRows(m, this.#scheme!.weights[0], b.slope, b.sum, false);
    b.stageCells.set(b.cells);
  }

  /** The velocity at a stage whose places are known. */
  #addStage({ velocity, t, dt }: Motion, s: number, k: number, n: number): void {
    const b = this.#batch, { nodes, weights } = this.#scheme!;
    const time = t + s * dt + nodes[k] * dt;
    velocity.at(b.stagePoints, b.stageCells, b.stageBarycentric, n, time, b.slope);
    let summed = false;
    for (let j = 0; j < k; j++) summed ||= weights[j] !== 0;
    addScaledRows(n * this.#dim, weights[k], b.slope, b.sum, summed);
  }

  /**
   * Places of a stage; returns of how many these cells tell where they are. On a mesh that moves, a stage is located on
   * the mesh of the start, where a node that travels with the particle's place in the mesh would have been.
   */
  #goToStage({ velocity, meshVelocity, dt }: Motion, s: number, k: number, n: number): number {
    const b = this.#batch, dim = this.#dim, ahead = this.#scheme!.nodes[k] * dt;
    let live = n;
    if (axpy(n * dim, b.points, ahead, b.slope, b.stagePoints) !== 0) {
      live = this.#dropNotFinite(b.stagePoints, n, s, k);
    }
    if (!velocity.located && this.#periods === 0) return live;
    if (velocity.located && meshVelocity !== undefined) {
      axpy(live * dim, b.stagePoints, -ahead, b.meshSlope, b.stagePoints);
    }
    return this.#locate(s, k, b.stagePoints, b.stageCells, live);
  }

  /** Places at the end of a step; returns of how many these cells tell where they are. */
  #goToEnd({ dt }: Motion, s: number, n: number): number {
    const b = this.#batch, dim = this.#dim;
    let live = n;
    if (axpy(n * dim, b.points, dt, b.sum, b.stagePoints) !== 0) {
      live = this.#dropNotFinite(b.stagePoints, n, s, this.#last);
    }
    live = this.#locate(s, this.#last, b.stagePoints, b.stageCells, live);
    b.points.set(b.stagePoints);
    b.cells.set(b.stageCells);
    return live;
  }

  /** Finds places in the cells of this rank; the others wait. Returns how many are left. */
  #locate(
    step: number,
    phase: number,
    points: Float64Array,
    cells: Int32Array,
    n: number,
  ): number {
    if (n === 0) return 0;
    const b = this.#batch, dim = this.#dim, last = this.#last;
    const isEnd = phase > 0 && phase === last, isStage = phase > 0 && !isEnd;
    const ground = groundAt(this.#passage, isEnd ? step + 1 : step);
    const at = this.#passage.grounds[ground], { geometry, search } = at;
    const { locator, topology: { ownedCellCount } } = geometry;
    const barycentric = isStage ? b.stageBarycentric : b.barycentric;
    if (isStage) b.lastCells.set(cells);
    const before = locator.nearCount;
    if (search === null || !search.bendsElsewhere) {
      const isWanted = search !== null || (this.#passage.motion?.velocity.located ?? false);
      locator.locateHere(points, n, cells, isWanted ? barycentric : null);
    } else {
      search.locate(
        points.subarray(0, n * dim),
        cells.subarray(0, n),
        barycentric.subarray(0, n * (dim + 1)),
      );
    }
    // Those within rounding of a boundary are for the rank of its cell, which pulls them onto it at the end of a step.
    const someAreNear = locator.nearCount > before && (search !== null || isEnd);
    let to = 0;
    while (!someAreNear && to < n && cells[to] >= 0 && cells[to] < ownedCellCount) to++;
    for (let i = to; i < n; i++) {
      const cell = cells[i], o = i * dim;
      let isKnown = cell >= 0 &&
        (cell < ownedCellCount || locator.isAlone(cell, barycentric, i * (dim + 1)));
      if (someAreNear && isKnown) {
        isKnown = locator.contains(cell, points[o], points[o + 1], dim === 3 ? points[o + 2] : 0) ||
          (isEnd && this.#repairs.pull(at, points, cells, barycentric, i));
      }
      if (!isKnown && cell < 0) {
        isKnown = isStage ? this.#repairs.stageOutside(at, cells, i) : this.#repairs.bringBack(
          this.#passage.rules[ground],
          points,
          cells,
          barycentric,
          i,
          isEnd,
        );
        if (isKnown && cells[i] < 0) {
          this.#passage.lose(b.homes[i], b.slots[i]);
          continue;
        }
      }
      if (!isKnown) this.#passage.waiting.addFrom(b, i, step, phase, points);
      else if (to === i) to++;
      else b.moveRow(i, to++);
    }
    return to;
  }

  /** Reports rows that are not finite, and leaves them out; returns how many are left. */
  #dropNotFinite(rows: Float64Array, n: number, step: number, phase: number): number {
    const b = this.#batch, dim = this.#dim;
    if (finiteCheck(rows, 0, n * dim) === 0) return n;
    let to = 0;
    for (let i = 0; i < n; i++) {
      if (finiteCheck(rows, i * dim, dim) === 0) {
        const row = rows.slice(i * dim, (i + 1) * dim);
        if (to < i) b.moveRow(i, to);
        if (rows === b.slope) rows.set(row, to * dim);
        to++;
      } else {
        const row = rows.slice(i * dim, (i + 1) * dim);
        this.#passage.fail(b.homes[i], b.slots[i], step, phase, row);
      }
    }
    return to;
  }

  #measure({ velocity, t }: Motion, n: number): void {
    const b = this.#batch, dim = this.#dim;
    velocity.at(b.points, b.cells, b.barycentric, n, t, b.slope);
    const live = this.#dropNotFinite(b.slope, n, 0, 1);
    const { slope } = b;
    let largest = 0;
    for (let i = 0; i < live; i++) {
      const o = i * dim;
      const speed = Math.hypot(slope[o], slope[o + 1], dim === 3 ? slope[o + 2] : 0);
      if (speed > largest) largest = speed;
    }
    this.#passage.speed(largest);
  }

  #finish(n: number): void {
    const passage = this.#passage, { cells: out, next } = passage.moving;
    const { homes, slots, cells, points, wraps } = this.#batch;
    const dim = this.#dim, periods = this.#periods, rank = this.#rank;
    for (let i = 0; i < n; i++) {
      const slot = slots[i];
      if (homes[i] !== rank) passage.finishAway(homes[i], slot, cells[i], points, i * dim);
      else {
        out[slot] = cells[i];
        for (let d = 0; d < dim; d++) next[slot * dim + d] = points[i * dim + d];
      }
      if (periods > 0) passage.turned(homes[i], slot, wraps, i * periods);
    }
  }
}
