/**
 * What cells cost where they are divided among ranks: what `mesh.rebalance` was told last. It is state of the mesh, as
 * adapting divides by it.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import type { CaptureSink, CaptureSource, SnapshotAttributes } from "../snapshot/contract.ts";
import type { Follower } from "./adapt/adapt_mesh.ts";
import { FieldStore } from "./field_store.ts";
import type { IndexMap } from "./index_map.ts";
import type { Places } from "./places.ts";
import type { RankMesh } from "./rank_mesh.ts";
import type { AskedWeights } from "./rebalance_options.ts";
import { bringer } from "./same_mesh.ts";
import { costAttributes, meshPaths, type StoredCosts, storedCosts } from "./stored.ts";

/** By what a mesh is divided, at one moment. */
export interface DivisionCosts {
  /** Costs of cells and particles, which are counted where they are then; null for none. */
  readonly costs: StoredCosts | null;
  /** Costs of cells, ghosts included, `[cellCount]`; null for none. */
  readonly numbers: Float64Array | null;
}

/** By what a mesh is divided. A new mesh has neither costs nor numbers: all cells cost the same. */
export class Division {
  #costs: StoredCosts | null = null;
  /** Costs of cells by number, as a field of degree 0: parts of a cell cost what it did, and cells the mean of their parts. */
  readonly numbers: FieldStore = new FieldStore("costs of cells", {
    degree: 0,
    continuous: false,
    components: 1,
    transfer: "conserve",
  });

  get now(): DivisionCosts {
    return { costs: this.#costs, numbers: this.numbers.data };
  }

  /** Whether all cells cost the same. */
  get isEven(): boolean {
    return this.#costs === null && this.numbers.data === null;
  }

  put({ costs, numbers }: DivisionCosts): void {
    this.#costs = costs;
    this.numbers.replace(numbers);
  }

  /** Names of the swarms whose particles count; null for all of them. */
  get particles(): readonly string[] | null {
    return this.#costs?.particles ?? null;
  }

  /** What the cells cost that this rank owns, `[owned]`. Collective. */
  weights(counted: readonly Follower[], places: Places, { cells }: RankMesh): Float64Array {
    const numbers = this.numbers.data;
    if (numbers !== null) return numbers.slice(0, cells.owned);
    return countedCosts(this.#costs ?? even, counted, places, cells);
  }

  /** Writes what differs from a new mesh. */
  capture(sink: CaptureSink, owned: number): void {
    if (this.numbers.data !== null) this.numbers.capture(sink, meshPaths.weights, owned);
  }

  get attributes(): SnapshotAttributes {
    return this.#costs === null ? {} : costAttributes(this.#costs);
  }

  /** Checks what was saved; returns what puts it back. */
  plan(source: CaptureSource, mesh: string, cellCount: number): () => void {
    const costs = storedCosts(source.get("")?.attributes);
    const hasNumbers = source.get(meshPaths.weights) !== undefined;
    const write = hasNumbers
      ? this.numbers.plan(source, meshPaths.weights, mesh, cellCount)
      : () => this.numbers.replace(null);
    return () => {
      this.#costs = costs;
      write?.();
    };
  }
}

const even: StoredCosts = { cells: 1, perParticle: 0, particles: null };

/** By what a mesh is to be divided, from what was asked for; numbers are those of cells as `after` has them. Collective. */
export function askedDivision(
  asked: AskedWeights,
  before: RankMesh,
  after: RankMesh,
  comm: Comm,
): DivisionCosts {
  const { numbers, cells, perParticle } = asked;
  if (numbers !== null) {
    const bring = bringer(before.cells, after.cells.ids, comm);
    return { costs: null, numbers: bring(Float64Array.from(numbers), 1) };
  }
  if (perParticle === 0) return { costs: null, numbers: null };
  const particles = asked.particles?.map(({ name }) => name) ?? null;
  return { costs: { cells, perParticle, particles }, numbers: null };
}

/** So much for each cell, and so much more for every particle in it. Collective. */
export function countedCosts(
  { cells, perParticle }: Pick<StoredCosts, "cells" | "perParticle">,
  counted: readonly Follower[],
  places: Places,
  map: IndexMap,
): Float64Array {
  const costs = new Float64Array(map.owned).fill(cells), { comm } = places;
  if (perParticle === 0) return costs;
  for (const swarm of counted) {
    const { count, cells, ranks } = places.find(swarm.points());
    const inside = Int32Array.from({ length: count }, (_, i) => i).filter((i) => ranks[i] >= 0);
    const lists = listsByRank(inside.length, comm.size, (i) => ranks[inside[i]]);
    // Particles that were moved by hand may be in cells of others.
    const arrived = comm.alltoallv(lists.map((list) => list.map((i) => cells[inside[i]])));
    for (const some of arrived) for (const id of some) costs[map.localOf(id)] += perParticle;
  }
  return costs;
}
