/**
 * Multigrid for the viscous block whose rows are distributed among ranks.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import type { Halo } from "../mesh/halo.ts";
import type { IndexMap } from "../mesh/index_map.ts";
import { quadraticEnds } from "../mesh/quadratic_ends.ts";
import type { RankMesh } from "../mesh/rank_mesh.ts";
import type { CsrMatrix } from "../solve/linear/csr.ts";
import { prunedFree } from "../solve/linear/multigrid/pruning.ts";
import type { Preconditioner } from "../solve/linear/operator.ts";
import { sorted } from "../solve/linear/sparse_product.ts";
import { coarser } from "../solve/ranks/coarsening.ts";
import { ColumnMap, offsetsOf } from "../solve/ranks/column_map.ts";
import {
  diagonalOf,
  type DividedInterpolation,
  type DividedMatrix,
} from "../solve/ranks/interpolation.ts";
import { nearNullCycle, type NearNullLevel } from "../solve/ranks/near_null_multigrid.ts";
import type { RankCycle } from "../solve/ranks/rank_cycle.ts";
import { RankLevel } from "../solve/ranks/rank_level.ts";
import { motionCount } from "./rigid_motions.ts";
import {
  thresholds,
  TurnedRows,
  type VelocityLevels,
  velocityMultigrid,
} from "./velocity_multigrid.ts";
import { haloOf } from "../mesh/mesh.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { jointly } from "../solve/ranks/joint_builds.ts";
import type { BoundaryFrames } from "./boundary_frames.ts";
import type { FreeStokes } from "./stokes_operators.ts";

/** What the hierarchy is made of, over ranks. */
export interface RankVelocityLevels extends VelocityLevels {
  /** This rank's part of the mesh. */
  readonly part: RankMesh;
  /** Of the velocity's nodes. */
  readonly indexMap: IndexMap;
  /** Of the velocity's nodes, one value each. */
  readonly halo: Halo;
  readonly comm: Comm;
  /** Rows up to which a level is replicated. Defaults to {@link replicatedRows}. */
  readonly replicated?: number;
}

/**
 * One V-cycle on all ranks: from P2 to P1, and from there by aggregation that keeps rigid motions; aggregates reach
 * across ranks.
 *
 * State: none, a function of the matrix and of how it is divided.
 */
export class RankVelocityMultigrid implements Preconditioner {
  readonly #cycle: RankCycle;
  /** The solution with ghosts. */
  readonly #z: Float64Array;

  /**
   * Collective.
   *
   * @param block This rank's rows of the viscous block in the frames of the nodes, between all components.
   */
  constructor(block: CsrMatrix, levels: RankVelocityLevels) {
    const { comm, halo, map, frames, replicated, topology: { dim } } = levels;
    const starts = Int32Array.from({ length: map.count + 1 }, (_, i) => i * dim);
    const all: DividedMatrix = { rows: block, halo: halo.expanded(starts) };
    const fine = { rows: prunedFree(block, diagonalOf(all), frames.held), halo: all.halo };
    this.#z = new Float64Array(block.cols);
    const { finer, level } = map.degree === 2
      ? linearLevel(fine, levels)
      : { finer: [], level: sameLevel(fine, levels) };
    this.#cycle = nearNullCycle(finer, level, thresholds[dim], comm, replicated);
  }

  /** One V-cycle on `A z = r` from `z = 0`; own rows of both. Collective. */
  apply(r: Float64Array, z: Float64Array): void {
    this.#cycle.apply(r, this.#z);
    z.set(this.#z.subarray(0, z.length));
  }
}

/** From P2 to P1. Collective. */
function linearLevel(
  fine: DividedMatrix,
  levels: RankVelocityLevels,
): { finer: RankLevel[]; level: NearNullLevel } {
  const { comm, topology: { dim }, frames, map, modes } = levels;
  const { owned } = levels.indexMap, vertices = levels.part.vertices.owned;
  const width = motionCount(dim), of: number[] = [], kept: number[] = [];
  let nodes = 0;
  for (let i = 0; i < owned; i++) {
    if (i >= vertices) continue;
    for (let row = i * dim; row < (i + 1) * dim; row++) {
      if (frames.held[row] === 1) continue;
      of.push(nodes);
      for (let m = 0; m < width; m++) kept.push(modes[row * width + m]);
    }
    nodes++;
  }
  const offsets = offsetsOf(of.length, comm);
  const known = new Float64Array(map.count * dim).fill(-1);
  let place = offsets[comm.rank];
  for (let row = 0; row < owned * dim; row++) {
    if (row < vertices * dim && frames.held[row] === 0) known[row] = place++;
  }
  fine.halo.sync(known, 1);
  const p = linearInterpolation(Int32Array.from(known), offsets, levels);
  const next = coarser(fine, p, comm);
  return {
    finer: [new RankLevel(fine, next.p, next.matrix.halo, true)],
    level: {
      matrix: next.matrix,
      columns: next.columns,
      space: { nodes, of: Int32Array.from(of), width, modes: Float64Array.from(kept) },
    },
  };
}

/** Linear velocities among quadratic ones at this rank's nodes. */
function linearInterpolation(
  places: Int32Array,
  offsets: Int32Array,
  { comm, part, indexMap: { owned }, topology: { dim }, frames }: RankVelocityLevels,
): DividedInterpolation {
  const columns = new ColumnMap(offsets, comm.rank, places);
  const vertices = part.vertices.owned, ends = quadraticEnds(part);
  const writer = new TurnedRows(frames, dim, owned, columns.at(places));
  for (let i = 0; i < owned; i++) {
    if (i < vertices) writer.add(i, [i], 1);
    else writer.add(i, [ends[2 * i], ends[2 * i + 1]], 0.5);
  }
  return { rows: { ...writer.rows, cols: columns.count }, columns };
}

/** P1 velocities, with ghosts in the order of their places. Collective. */
function sameLevel(fine: DividedMatrix, levels: RankVelocityLevels): NearNullLevel {
  const { comm, topology: { dim }, frames, map, modes, indexMap: { owned } } = levels;
  const rows = owned * dim, width = motionCount(dim), offsets = offsetsOf(rows, comm);
  const known = new Float64Array(map.count * dim);
  for (let row = 0; row < rows; row++) known[row] = offsets[comm.rank] + row;
  fine.halo.sync(known, 1);
  const places = Int32Array.from(known), columns = new ColumnMap(offsets, comm.rank, places);
  const at = columns.at(places), { rowStarts: starts, columns: old, values, cols } = fine.rows;
  const kept = modes.slice(0, rows * width), of = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    of[row] = frames.held[row] === 1 ? -1 : Math.floor(row / dim);
    if (of[row] < 0) kept.fill(0, row * width, (row + 1) * width);
  }
  const placed = old.map((column) => at[column]);
  return {
    matrix: {
      rows: sorted({ rows, cols, starts, columns: placed, values }),
      halo: columns.halo(comm),
    },
    columns,
    space: { nodes: owned, of, width, modes: kept },
  };
}

/**
 * The one made before, or a new one. Ranks keep what they made together, and make it again where the matrix of one
 * of them is another. Collective.
 *
 * @param modes The rigid motions in the frames of the nodes.
 */
export function multigridOf(
  frame: FieldFrame,
  { a, multigrid: slot }: FreeStokes,
  frames: BoundaryFrames,
  modes: Float64Array,
): Preconditioner {
  const { geometry: { topology }, map, ranks, variable: { mesh } } = frame;
  const levels = { topology, map, frames, modes };
  if (ranks === null) return slot.alone ??= velocityMultigrid(a, levels);
  const { comm } = ranks;
  const build = jointly(comm, slot.joint, () => {
    const indexMap = topology.rankMesh!.dofs(map.degree, map.continuous);
    const part = topology.rankMesh!, halo = haloOf(mesh, indexMap);
    return new RankVelocityMultigrid(a, { ...levels, part, indexMap, halo, comm });
  });
  slot.joint = build;
  return build.made;
}
