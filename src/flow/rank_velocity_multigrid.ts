/**
 * Multigrid for the viscous block whose rows are distributed among ranks.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import type { Halo } from "../mesh/halo.ts";
import type { IndexMap } from "../mesh/index_map.ts";
import type { Topology } from "../mesh/topology.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { nearNullCoarsenings } from "../solve/linear/multigrid/near_null_space.ts";
import { pruned, prunedFree } from "../solve/linear/multigrid/pruning.ts";
import { scaledFactors, VCycle } from "../solve/linear/multigrid/v_cycle.ts";
import type { Preconditioner } from "../solve/linear/operator.ts";
import { coarser, gatheredMatrix } from "../solve/ranks/coarsening.ts";
import { ColumnMap, offsetsOf } from "../solve/ranks/column_map.ts";
import {
  diagonalOf,
  type DividedInterpolation,
  type DividedMatrix,
} from "../solve/ranks/interpolation.ts";
import { RankLevel } from "../solve/ranks/rank_level.ts";
import { motionCount } from "./rigid_motions.ts";
import { thresholds, TurnedRows, type VelocityLevels } from "./velocity_multigrid.ts";

/** What the hierarchy is made of, over ranks. */
export interface RankVelocityLevels extends VelocityLevels {
  /** The topology of all ranks. */
  readonly whole: Topology;
  /** Of the velocity's nodes. */
  readonly indexMap: IndexMap;
  /** Of the velocity's nodes, one value each. */
  readonly halo: Halo;
  readonly comm: Comm;
}

/**
 * One V-cycle on all ranks: P2 is distributed; from P1 on every rank has all levels, with rigid motions as on one
 * rank. P1 velocities are replicated from the start.
 *
 * State: none, a function of the matrix and of how it is divided.
 */
export class RankVelocityMultigrid implements Preconditioner {
  readonly #comm: Comm;
  /** The distributed level; null where there is none. */
  readonly #fine: RankLevel | null;
  readonly #cycle: VCycle;
  /** The places of this rank's columns of the replicated level among all, own ones first. */
  readonly #places: Int32Array;
  readonly #own: number;
  /** On that level: of this rank, with ghosts; then the solution of all ranks. */
  readonly #b: Float64Array;
  readonly #x: Float64Array;
  readonly #all: Float64Array;
  /** The solution on the fine level, with ghosts. */
  readonly #z: Float64Array;

  /**
   * Collective.
   *
   * @param block This rank's rows of the viscous block in the frames of the nodes, between all components.
   */
  constructor(block: CsrMatrix, levels: RankVelocityLevels) {
    const { comm, halo, map, frames, topology: { dim } } = levels;
    this.#comm = comm;
    const starts = Int32Array.from({ length: map.count + 1 }, (_, i) => i * dim);
    const all: DividedMatrix = { rows: block, halo: halo.expanded(starts) };
    const fine = { rows: prunedFree(block, diagonalOf(all), frames.held), halo: all.halo };
    this.#z = new Float64Array(block.cols);
    const { matrix, columns, level, modes, of } = map.degree === 2
      ? linearLevel(fine, levels)
      : sameLevel(fine, levels);
    this.#fine = level;
    this.#places = columns.places;
    this.#own = columns.own;
    this.#b = new Float64Array(columns.count);
    this.#x = new Float64Array(columns.count);
    this.#all = new Float64Array(columns.total);
    const finest = pruned(gatheredMatrix(matrix.rows, columns, comm));
    const space = replicated(modes, of, motionCount(dim), comm);
    this.#cycle = new VCycle(
      finest,
      nearNullCoarsenings(finest, space, thresholds[dim]),
      scaledFactors,
    );
  }

  /** One V-cycle on `A z = r` from `z = 0`; own rows of both. Collective. */
  apply(r: Float64Array, z: Float64Array): void {
    const fine = this.#fine, coarse = fine === null ? r : this.#b;
    fine?.down(r, this.#z, this.#b);
    this.#cycle.apply(this.#comm.allgatherv(coarse.slice(0, this.#own)), this.#all);
    for (let j = 0; j < this.#places.length; j++) this.#x[j] = this.#all[this.#places[j]];
    fine?.up(r, this.#z, this.#x);
    z.set((fine === null ? this.#x : this.#z).subarray(0, z.length));
  }
}

/** The level that is replicated, as this rank has it. */
interface CoarsePart {
  readonly matrix: DividedMatrix;
  readonly columns: ColumnMap;
  readonly level: RankLevel | null;
  /** The rigid motions of this rank's own rows, `[own x motions]`. */
  readonly modes: Float64Array;
  /** The node of each own row, counted on this rank from 0; -1 where it is not solved for. */
  readonly of: Int32Array;
}

/** From P2 to P1. Collective. */
function linearLevel(fine: DividedMatrix, levels: RankVelocityLevels): CoarsePart {
  const { comm, topology: { dim }, frames, map, modes } = levels;
  const { ids, owned } = levels.indexMap, { nodeCount } = levels.whole.joined;
  const width = motionCount(dim), of: number[] = [], kept: number[] = [];
  for (let i = 0, node = 0; i < owned; i++) {
    if (ids[i] >= nodeCount) continue;
    for (let row = i * dim; row < (i + 1) * dim; row++) {
      if (frames.held[row] === 1) continue;
      of.push(node);
      for (let m = 0; m < width; m++) kept.push(modes[row * width + m]);
    }
    node++;
  }
  const offsets = offsetsOf(of.length, comm);
  const known = new Float64Array(map.count * dim).fill(-1);
  let place = offsets[comm.rank];
  for (let row = 0; row < owned * dim; row++) {
    if (ids[Math.floor(row / dim)] < nodeCount && frames.held[row] === 0) known[row] = place++;
  }
  fine.halo.sync(known, 1);
  const p = linearInterpolation(Int32Array.from(known), offsets, levels);
  const next = coarser(fine, p, comm);
  return {
    matrix: next.matrix,
    columns: next.columns,
    level: new RankLevel(fine, next.p, next.matrix.halo, true),
    modes: Float64Array.from(kept),
    of: Int32Array.from(of),
  };
}

/** Linear velocities among quadratic ones at this rank's nodes. */
function linearInterpolation(
  places: Int32Array,
  offsets: Int32Array,
  { comm, whole, indexMap, topology: { dim }, frames }: RankVelocityLevels,
): DividedInterpolation {
  const columns = new ColumnMap(offsets, comm.rank, places);
  const { ids, owned, locals } = indexMap, { nodeCount, edges } = whole.joined;
  const writer = new TurnedRows(frames, dim, owned, columns.at(places));
  for (let i = 0; i < owned; i++) {
    const edge = ids[i] - nodeCount;
    if (edge < 0) writer.add(i, [i], 1);
    else writer.add(i, [locals[edges.nodes[2 * edge]], locals[edges.nodes[2 * edge + 1]]], 0.5);
  }
  return { rows: { ...writer.rows, cols: columns.count }, columns };
}

/** P1 velocities: all rows are replicated. Collective. */
function sameLevel(fine: DividedMatrix, levels: RankVelocityLevels): CoarsePart {
  const { comm, topology: { dim }, frames, map, modes, indexMap: { owned } } = levels;
  const rows = owned * dim, width = motionCount(dim), offsets = offsetsOf(rows, comm);
  const known = new Float64Array(map.count * dim);
  for (let row = 0; row < rows; row++) known[row] = offsets[comm.rank] + row;
  fine.halo.sync(known, 1);
  const places = Int32Array.from(known), columns = new ColumnMap(offsets, comm.rank, places);
  // Ghosts have an order of their own; the map's is that of their places.
  const at = columns.at(places), { rowStarts, columns: old, values, cols } = fine.rows;
  const kept = modes.slice(0, rows * width), of = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    of[row] = frames.held[row] === 1 ? -1 : Math.floor(row / dim);
    if (of[row] < 0) kept.fill(0, row * width, (row + 1) * width);
  }
  const placed = old.map((column) => at[column]);
  return {
    matrix: { rows: new CsrMatrix(rows, cols, rowStarts, placed, values), halo: fine.halo },
    columns,
    level: null,
    modes: kept,
    of,
  };
}

/** The rigid motions of the rows of all ranks, and their nodes. Collective. */
function replicated(
  modes: Float64Array,
  of: Int32Array,
  width: number,
  comm: Comm,
): { nodes: number; of: Int32Array; width: number; modes: Float64Array } {
  const mine = of.reduce((most, node) => Math.max(most, node + 1), 0);
  const offsets = offsetsOf(mine, comm);
  const placed = of.map((node) => node < 0 ? -1 : offsets[comm.rank] + node);
  return {
    nodes: offsets[comm.size],
    of: comm.allgatherv(placed),
    width,
    modes: comm.allgatherv(modes),
  };
}
