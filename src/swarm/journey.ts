/**
 * One move of the particles of all ranks. Each rank moves those that stay in its cells and ghosts; the others are found
 * by asking, and travel with their Runge-Kutta step to the rank that has their place, in rounds until none is left.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import type { Places } from "../mesh/places.ts";
import { BoundaryRule } from "./boundary_rule.ts";
import type { Mover } from "./mover.ts";
import { batchSize } from "./particle_batch.ts";
import type { Motion, MovingParticles, Passage, Voyage } from "./passage.ts";
import { Task, Travellers, Whole } from "./travellers.ts";
import { PlaceAnswers } from "./place_answers.ts";

/** One move; to be made once, and made collectively. */
export class Journey implements Passage {
  readonly motion: Motion | null;
  readonly grounds: readonly Places[];
  readonly onlySpeeds: boolean;
  waiting: Travellers;
  /** How many particles of this rank were lost. */
  lost = 0;
  /** The largest speed that this rank has seen. */
  largest = 0;
  readonly #mover: Mover;
  readonly moving: MovingParticles;
  readonly rules: readonly BoundaryRule[];
  readonly #rank: number;
  #spare: Travellers;
  readonly #here: Travellers;
  readonly #arrived: Travellers;
  readonly #failed: Travellers;
  readonly #answers: PlaceAnswers;
  readonly #nowhere = new Float64Array(3);

  constructor(
    mover: Mover,
    { rule, motion, grounds }: Voyage,
    moving: MovingParticles,
    onlySpeeds = false,
  ) {
    const { comm } = grounds[0];
    this.#mover = mover;
    this.rules = grounds.map((at) => new BoundaryRule(rule, at));
    this.motion = motion;
    this.grounds = grounds;
    this.onlySpeeds = onlySpeeds;
    this.moving = moving;
    this.#rank = comm.rank;
    const { waiting, spare, here, arrived, failed } = mover.lists;
    for (const list of [waiting, spare, here, arrived, failed]) list.clear();
    this.waiting = waiting;
    this.#answers = new PlaceAnswers(this);
    this.#spare = spare;
    this.#here = here;
    this.#arrived = arrived;
    this.#failed = failed;
  }

  /**
   * Moves everything. Collective.
   *
   * @throws {RangeError} what {@link MovingParticles.refuse} throws, where a position or velocity is not finite.
   */
  run(): void {
    const { comm } = this.grounds[0], { count, points, cells } = this.moving;
    allOrNone(comm, () => {
      for (let first = 0; first < count && this.#failed.count === 0; first += batchSize) {
        this.#mover.begin(this, points, cells, first, Math.min(batchSize, count - first));
      }
    });
    let failed = 0, rounds = 0;
    for (;; rounds++) {
      const counts = comm.allreduce(Int32Array.of(this.waiting.count, this.#failed.count));
      failed = counts[1];
      if (counts[0] === 0) break;
      this.#round();
    }
    if (failed > 0) this.#refuse();
    if (rounds > 0) this.#comeHome();
  }

  lose(home: number, slot: number): void {
    if (home === this.#rank) this.#arriveFrom(slot, -1, -1, this.#nowhere, 0);
    else this.#sendHome(home, slot, -1, -1, this.#nowhere, 0);
  }

  finishAway(home: number, slot: number, cell: number, points: Float64Array, at: number): void {
    const { cells } = this.grounds[0].geometry.topology.rankMesh!;
    this.#sendHome(home, slot, cells.ids[cell], cells.ownerOf(cell), points, at);
  }

  turned(home: number, slot: number, wraps: Int32Array, at: number): void {
    const { periods, width, whole, count } = this.#arrived, { wraps: out } = this.moving;
    for (let k = 0; k < periods; k++) {
      if (home !== this.#rank) whole[(count - 1) * width + Whole.wraps + k] = wraps[at + k];
      else if (out !== null) out[slot * periods + k] = wraps[at + k];
    }
  }

  fail(home: number, slot: number, step: number, phase: number, row: Float64Array): void {
    const failed = this.#failed, at = failed.add(), { whole, width } = failed;
    whole[at * width + Whole.home] = home;
    whole[at * width + Whole.slot] = slot;
    whole[at * width + Whole.step] = step;
    whole[at * width + Whole.phase] = phase;
    failed.real.set(row, at * failed.size);
  }

  speed(largest: number): void {
    if (largest > this.largest) this.largest = largest;
  }

  /** Asks for places, sends particles there, and moves those that are ready. */
  #round(): void {
    const asked = this.waiting, here = this.#here, { comm } = this.grounds[0];
    const answers = this.#answers, { size, dim } = asked;
    this.waiting = this.#spare;
    this.#spare = asked;
    this.waiting.clear();
    here.clear();
    const leaving: number[][] = Array.from({ length: comm.size }, () => []);
    for (const questions of answers.questions(asked)) {
      const { rows, moves, ground } = questions, at = this.grounds[ground];
      const points = new Float64Array(rows.length * dim);
      rows.forEach((row, n) => {
        const place = row * size + 2 * dim;
        points.set(asked.real.subarray(place, place + dim), n * dim);
      });
      const images = moves ? points.slice() : points;
      const found = moves ? at.wrap(images) : at.find(points);
      rows.forEach((row, n) => {
        const next = answers.conclude(asked, row, questions, points, images, found, n);
        if (next === "lost") this.#deliver(asked, row, -1, -1);
        else if (next === "ask") this.waiting.take(asked, row);
        else if (this.#isThere(asked, row)) {
          this.#deliver(asked, row, found.cells[n], found.ranks[n]);
        } else if (next === comm.rank) here.take(asked, row);
        else leaving[next].push(row);
      });
    }
    if (comm.size > 1) here.exchange(asked, leaving, comm);
    allOrNone(comm, () => this.#goOn(here));
  }

  /** Whether a traveller has arrived with the answer: where particles are only brought to their cells. */
  #isThere({ whole, width }: Travellers, row: number): boolean {
    return this.motion === null && whole[row * width + Whole.task] === Task.ready;
  }

  /** Moves travellers that have come to this rank. */
  #goOn(here: Travellers): void {
    const { whole, width } = here, { rankMesh } = this.grounds[0].geometry.topology;
    const groups = new Map<string, number[]>();
    for (let row = 0; row < here.count; row++) {
      const w = row * width, id = whole[w + Whole.cell];
      if (rankMesh !== null && id >= 0) whole[w + Whole.cell] = rankMesh.cells.localOf(id);
      this.#answers.receive(here, row);
      if (whole[w + Whole.task] !== Task.ready) {
        this.waiting.take(here, row);
        continue;
      }
      const key = `${whole[w + Whole.step]} ${whole[w + Whole.phase]}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [row]);
      else group.push(row);
    }
    for (const rows of groups.values()) {
      for (let first = 0; first < rows.length; first += batchSize) {
        this.#mover.resume(this, here, rows.slice(first, first + batchSize));
      }
    }
  }

  /** Ends the way of a traveller in a cell of any rank, or loses it. */
  #deliver(
    { whole, real, width, size, dim, periods }: Travellers,
    row: number,
    cell: number,
    rank: number,
  ): void {
    const w = row * width, home = whole[w + Whole.home], slot = whole[w + Whole.slot];
    const place = row * size + 2 * dim;
    if (home === this.#rank) this.#arriveFrom(slot, cell, rank, real, place);
    else this.#sendHome(home, slot, cell, rank, real, place);
    if (periods > 0) this.turned(home, slot, whole, w + Whole.wraps);
  }

  #sendHome(
    home: number,
    slot: number,
    cell: number,
    rank: number,
    points: Float64Array,
    at: number,
  ): void {
    const arrived = this.#arrived, row = arrived.add(), { whole, real, width, size } = arrived;
    whole[row * width + Whole.home] = home;
    whole[row * width + Whole.slot] = slot;
    whole[row * width + Whole.cell] = cell;
    whole[row * width + Whole.last] = rank;
    for (let d = 0; d < arrived.dim; d++) real[row * size + d] = points[at + d];
  }

  /** A particle of this rank is in a cell of any rank, given by its id, or lost. */
  #arriveFrom(slot: number, cell: number, rank: number, points: Float64Array, at: number): void {
    const { elsewhere, cells } = this.moving, { rankMesh } = this.grounds[0].geometry.topology;
    if (cell < 0) {
      this.lost++;
      cells[slot] = -1;
      return;
    }
    const local = rankMesh === null ? cell : rankMesh.cells.localOf(cell);
    if (local < 0) {
      elsewhere.cells.push(cell);
      elsewhere.ranks.push(rank);
    }
    this.#arrive(slot, local < 0 ? -1 - elsewhere.cells.length : local, points, at);
  }

  #arrive(slot: number, cell: number, points: Float64Array, at: number): void {
    const { cells, next } = this.moving, { dim } = this.waiting;
    cells[slot] = cell;
    for (let d = 0; d < dim; d++) next[slot * dim + d] = points[at + d];
  }

  /** Tells the ranks on which particles began where they are now. Collective. */
  #comeHome(): void {
    const { comm } = this.grounds[0], { wraps } = this.moving;
    if (comm.size === 1) return;
    const home = this.#sentTo(this.#arrived), { whole, real, width, size, periods } = home;
    for (let row = 0; row < home.count; row++) {
      const w = row * width, slot = whole[w + Whole.slot];
      this.#arriveFrom(slot, whole[w + Whole.cell], whole[w + Whole.last], real, row * size);
      for (let k = 0; wraps !== null && k < periods; k++) {
        wraps[slot * periods + k] = whole[w + Whole.wraps + k];
      }
    }
  }

  /** Rows on the ranks on which their particles began. Collective. */
  #sentTo(rows: Travellers): Travellers {
    const { comm } = this.grounds[0], { whole, width } = rows;
    const homeOf = (row: number) => whole[row * width + Whole.home];
    const out = new Travellers(rows.dim, rows.periods);
    out.exchange(rows, listsByRank(rows.count, comm.size, homeOf), comm);
    return out;
  }

  /** Names the particle that one rank would have found first among its own. Collective. */
  #refuse(): void {
    const failed = this.#sentTo(this.#failed);
    allOrNone(this.grounds[0].comm, () => {
      const { whole, real, width, size, count, dim } = failed;
      const keyOf = (row: number) => {
        const [, slot, step, phase] = whole.subarray(row * width, row * width + 4);
        return [Math.floor(slot / batchSize), step, phase, slot];
      };
      let first = -1;
      for (let row = 0; row < count; row++) {
        if (first < 0 || isBefore(keyOf(row), keyOf(first))) first = row;
      }
      if (first < 0) return;
      const row = real.slice(first * size, first * size + dim);
      this.moving.refuse(whole[first * width + Whole.slot], row);
    });
  }
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return a[k] < b[k];
  return false;
}
