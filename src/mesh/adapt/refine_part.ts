/**
 * Refines a mesh that is divided among ranks: every rank halves the cells that it has, and tells those who have them as
 * ghosts which parts hang because of cells of others. Nodes get the ids that they have where one rank does all of it.
 *
 * @module
 */
import { allOrNone } from "../../comm/collective_errors.ts";
import type { Comm } from "../../comm/comm.ts";
import type { Geometry } from "../geometry.ts";
import { Halo } from "../halo.ts";
import { sumsBefore, sumsBeforePairs } from "../sums_before.ts";
import { forestOf } from "./change.ts";
import type { Forest } from "./forest.ts";
import { Reached } from "./reached.ts";
import { type Refinement, Refiner } from "./refine.ts";

/** The refinement of a rank's part, in local numbers; parts of ghosts are as far as own cells need them. */
export interface PartRefinement {
  readonly map: Refinement;
  readonly forest: Forest;
  /** Global ids of the new nodes, -1 for some in ghosts, `[new nodes]`. */
  readonly ids: Int32Array;
  /** New nodes that this rank gives: those of cells that it owns. */
  readonly given: readonly number[];
  /** How many nodes there are on all ranks. */
  readonly nodeCount: number;
}

/** What was halved in one phase: cells in order, and the midpoints of all their halvings. */
interface PhaseLog {
  readonly cells: number[];
  /** Where the midpoints of each cell begin, and how many there were before it. */
  readonly starts: number[];
  readonly known: number[];
  readonly middles: number[];
}

/** Which parts of a cell hang, and what put the cell into the list. */
interface Settled {
  /** The global id of the first new node that reaches the cell. */
  readonly reach: number;
  readonly places: readonly number[];
}

/**
 * Halves every cell as often as requested, and other cells where this is needed. Collective.
 *
 * @param halvings of all cells that are here, `[cellCount]`.
 */
export function refinePart(geometry: Geometry, halvings: Uint8Array, comm: Comm): PartRefinement {
  const refiner = new PartRefiner(geometry, halvings, comm);
  refiner.halve(halvings);
  refiner.close();
  return refiner.result();
}

class PartRefiner {
  readonly #comm: Comm;
  readonly #geometry: Geometry;
  readonly #forest: Forest;
  readonly #refiner: Refiner;
  readonly #halo: Halo;
  /** Global ids of the new nodes, by midpoint. */
  #ids: number[] = [];
  readonly #given: number[] = [];
  #nodeCount: number;

  constructor(geometry: Geometry, halvings: Uint8Array, comm: Comm) {
    const { topology } = geometry, { dim, nodeCount, cells, rankMesh } = topology;
    this.#comm = comm;
    this.#geometry = geometry;
    this.#forest = forestOf(geometry);
    this.#refiner = new Refiner({ dim, nodeCount, cells, ...this.#forest }, halvings, null);
    this.#halo = Halo.of(rankMesh!.cells, comm);
    this.#nodeCount = rankMesh!.nodes.globalCount;
  }

  /** Halves what wants to be halved, by ascending id. */
  halve(halvings: Uint8Array): void {
    const log = newLog();
    allOrNone(this.#comm, () => {
      for (const cell of this.#part.cellOrder) {
        if (halvings[cell] === 0) continue;
        this.#begin(log, cell);
        this.#refiner.halveAsWanted(cell, log.middles);
      }
    });
    this.#number(log, null);
  }

  /** Goes on until no edge of a part has a midpoint. */
  close(): void {
    const { cells } = this.#part, { dim, nodeCount, cells: rows } = this.#geometry.topology;
    const { middles } = this.#refiner, before = { dim, nodeCount, cells: rows, ...this.#forest };
    const reached = new Reached(before, middles);
    let parts = 0;
    for (let c = 0; c < cells.owned; c++) parts += this.#refiner.partCount(c);
    const many = this.#comm.allreduce(parts) > 1.5 * cells.globalCount;
    let known = many ? middles.count : 0;
    let isLeft = many || this.#comm.allreduce(middles.count, "max") > 0;
    // If most cells were halved, looking at all of them is faster than finding those that were reached.
    if (many) isLeft = this.#settleAll(null);
    while (isLeft) {
      const from = known, firsts: number[] = [];
      known = middles.count;
      const found = reached.by(from, known, firsts), own = new Map<number, number>();
      found.forEach((cell, i) => {
        if (cell < cells.owned) own.set(cell, this.#ids[firsts[i]]);
      });
      isLeft = this.#settleAll(own);
    }
  }

  result(): PartRefinement {
    const map = this.#refiner.result();
    const ids = Int32Array.from(this.#ids);
    return { map, forest: this.#forest, ids, given: this.#given, nodeCount: this.#nodeCount };
  }

  get #part() {
    return this.#geometry.topology.rankMesh!;
  }

  /**
   * Halves the parts that hang of some cells, one cell after the other over all ranks. What a cell does depends on
   * those before it, so all of it is done again until nothing changes of what ranks have told each other.
   *
   * @param own what reached each of the cells of this rank; null for all cells by their ids.
   * @returns whether there are new nodes anywhere.
   */
  #settleAll(own: ReadonlyMap<number, number> | null): boolean {
    const { owned } = this.#part.cells, scratch: number[] = [];
    let theirs = new Map<number, Settled>(), log = newLog();
    this.#refiner.record();
    for (;;) {
      const found = new Map<number, Settled>();
      log = newLog();
      allOrNone(this.#comm, () => {
        for (const cell of own === null ? this.#part.cellOrder : this.#order(own, theirs)) {
          if (cell >= owned && !theirs.has(cell)) continue;
          this.#begin(log, cell);
          scratch.length = 0;
          if (cell >= owned) this.#refiner.repeat(cell, theirs.get(cell)!.places, log.middles);
          else this.#refiner.settle(cell, scratch, log.middles);
          if (scratch.length > 0) {
            found.set(cell, { reach: own?.get(cell) ?? 0, places: scratch.slice() });
          }
          dropEmpty(log);
        }
      });
      const told = this.#tell(found), changed = areDifferent(theirs, told);
      if (this.#comm.allreduce(changed ? 1 : 0, "max") === 0) break;
      this.#refiner.undo();
      theirs = told;
    }
    return this.#number(log, own);
  }

  /** Cells by what reached them, and then by their ids. */
  #order(own: ReadonlyMap<number, number>, theirs: ReadonlyMap<number, Settled>): number[] {
    const keys = new Map(own), { ids } = this.#part.cells;
    for (const [cell, { reach }] of theirs) keys.set(cell, reach);
    return [...keys.keys()].sort((a, b) => keys.get(a)! - keys.get(b)! || ids[a] - ids[b]);
  }

  /** What others have found of the ghosts of this rank. */
  #tell(found: ReadonlyMap<number, Settled>): Map<number, Settled> {
    const arrived = this.#halo.exchange((list) => {
      const out: number[] = [];
      list.forEach((cell, i) => {
        const settled = found.get(cell);
        if (settled) out.push(i, settled.reach, settled.places.length, ...settled.places);
      });
      return Float64Array.from(out);
    });
    const told = new Map<number, Settled>();
    for (const { ghosts, data } of arrived) {
      for (let at = 0; at < data.length;) {
        const ghost = ghosts[data[at++]], reach = data[at++], end = at + 1 + data[at++];
        told.set(ghost, { reach, places: [...data.subarray(at, end)] });
        at = end;
      }
    }
    return told;
  }

  #begin(log: PhaseLog, cell: number): void {
    log.cells.push(cell);
    log.starts.push(log.middles.length);
    log.known.push(this.#refiner.middles.count);
  }

  /**
   * Gives the new nodes of a phase their ids, in the order in which cells made them.
   *
   * @param keys what reached the cells, which decides about their order; null where they ascend.
   * @returns whether there are any on some rank.
   */
  #number(log: PhaseLog, keys: ReadonlyMap<number, number> | null): boolean {
    const comm = this.#comm, { cells } = this.#part, { nodeCount: old } = this.#geometry.topology;
    const { middles } = this.#refiner, first = this.#ids.length;
    for (let i = first; i < middles.count; i++) this.#ids.push(-1);
    const own: number[] = [], counts: number[] = [];
    log.cells.forEach((cell, i) => {
      if (cell >= cells.owned) return;
      own.push(i);
      counts.push((log.known[i + 1] ?? middles.count) - log.known[i]);
    });
    const ids = Int32Array.from(own, (i) => cells.ids[log.cells[i]]),
      made = Int32Array.from(counts);
    const { before, total } = keys === null
      ? sumsBefore(ids, cells.globalCount, made, comm)
      : sumsBeforePairs(Int32Array.from(own, (i) => keys.get(log.cells[i])!), ids, made, comm);
    own.forEach((i, n) => {
      for (let k = 0; k < made[n]; k++) {
        this.#ids[log.known[i] + k] = this.#nodeCount + before[n] + k;
        this.#given.push(log.known[i] + k);
      }
    });
    this.#nodeCount += total;
    if (total === 0) return false;
    this.#shareIds(log, first, old);
    return true;
  }

  /** Learns the ids of new nodes that cells of others have made. */
  #shareIds(log: PhaseLog, first: number, old: number): void {
    const places = new Map(log.cells.map((cell, i) => [cell, i]));
    const middlesOf = (i: number) =>
      log.middles.slice(log.starts[i], log.starts[i + 1] ?? log.middles.length);
    const arrived = this.#halo.exchange((list) => {
      const out: number[] = [];
      list.forEach((cell, k) => {
        const i = places.get(cell);
        if (i === undefined) return;
        const end = log.known[i + 1] ?? this.#refiner.middles.count;
        const made = middlesOf(i).map((node) => node - old);
        if (made.length === 0) return;
        out.push(k, made.length);
        for (const m of made) out.push(m >= log.known[i] && m < end ? this.#ids[m] : -1);
      });
      return Float64Array.from(out);
    });
    for (const { ghosts, data } of arrived) {
      for (let at = 0; at < data.length;) {
        const own = middlesOf(places.get(ghosts[data[at++]])!), count = data[at++];
        for (let k = 0; k < count; k++, at++) {
          const m = own[k] - old;
          if (data[at] >= 0 && m >= first) this.#ids[m] = data[at];
        }
      }
    }
  }
}

/** Forgets the last cell where nothing was halved in it. */
function dropEmpty({ cells, starts, known, middles }: PhaseLog): void {
  if (starts.at(-1) !== middles.length) return;
  cells.pop();
  starts.pop();
  known.pop();
}

function newLog(): PhaseLog {
  return { cells: [], starts: [], known: [], middles: [] };
}

function areDifferent(a: ReadonlyMap<number, Settled>, b: ReadonlyMap<number, Settled>): boolean {
  if (a.size !== b.size) return true;
  for (const [cell, { places }] of a) {
    const other = b.get(cell)?.places;
    if (other?.length !== places.length || !places.every((place, i) => place === other[i])) {
      return true;
    }
  }
  return false;
}
