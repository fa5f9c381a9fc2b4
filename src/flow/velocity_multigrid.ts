/**
 * Multigrid for the viscous block.
 *
 * @module
 */
import type { DofMap } from "../mesh/dof_map.ts";
import type { Topology } from "../mesh/topology.ts";
import type { CsrMatrix } from "../solve/linear/csr.ts";
import { galerkin } from "../solve/linear/multigrid/multigrid_level.ts";
import {
  nearNullCoarsenings,
  type NearNullSpace,
} from "../solve/linear/multigrid/near_null_space.ts";
import { pruned, prunedFree } from "../solve/linear/multigrid/pruning.ts";
import { type LevelStep, scaledFactors, VCycle } from "../solve/linear/multigrid/v_cycle.ts";
import type { SparseRows } from "../solve/linear/sparse_product.ts";
import type { BoundaryFrames } from "./boundary_frames.ts";
import { motionCount } from "./rigid_motions.ts";

/** Thresholds of strength: in the plane halved on each level, in space flat and lower. */
export const thresholds = {
  2: { theta: 0.08, thetaFactor: 0.5 },
  3: { theta: 0.02, thetaFactor: 1 },
} as const;

/** What the hierarchy is made of. */
export interface VelocityLevels {
  readonly topology: Topology;
  readonly map: DofMap;
  readonly frames: BoundaryFrames;
  /** As `rigidMotions` gives them, `[count dim x motions]`. */
  readonly modes: Float64Array;
}

/**
 * One V-cycle for the viscous block: from P2 to P1 in the frames of the nodes, and from there by aggregation that
 * keeps rigid motions.
 *
 * @param block The viscous block in the frames of the nodes, between all components.
 */
export function velocityMultigrid(block: CsrMatrix, levels: VelocityLevels): VCycle {
  const finest = prunedFree(block, block.diagonal(), levels.frames.held);
  return new VCycle(finest, coarsenings(finest, levels), scaledFactors);
}

function* coarsenings(finest: CsrMatrix, levels: VelocityLevels): Generator<LevelStep> {
  const options = thresholds[levels.topology.dim];
  if (levels.map.degree === 1) {
    yield* nearNullCoarsenings(finest, freeRows(levels, levels.map.count), options);
    return;
  }
  const { p, space } = linearPart(levels);
  const coarse = pruned(galerkin(finest, p));
  yield { p, coarse };
  yield* nearNullCoarsenings(coarse, space, options);
}

/** The rigid motions at the free components of the first nodes; other rows do not have a node. */
function freeRows({ topology, frames, modes }: VelocityLevels, nodes: number): NearNullSpace {
  const { dim } = topology, width = motionCount(dim);
  const of = new Int32Array(nodes * dim), kept = modes.slice(0, nodes * dim * width);
  for (let row = 0; row < of.length; row++) {
    of[row] = Math.floor(row / dim);
    if (frames.held[row] === 0) continue;
    of[row] = -1;
    kept.fill(0, row * width, (row + 1) * width);
  }
  return { nodes, of, width, modes: kept };
}

/**
 * Linear velocities among quadratic ones, between free components in the frames of the nodes, and the rigid
 * motions at the vertices.
 */
function linearPart(levels: VelocityLevels): { p: SparseRows; space: NearNullSpace } {
  const { topology: { dim, joined: { nodeCount, edges } }, map, frames } = levels;
  const whole = freeRows(levels, nodeCount), { width } = whole;
  const column = new Int32Array(nodeCount * dim).fill(-1);
  let cols = 0;
  for (let row = 0; row < column.length; row++) if (whole.of[row] >= 0) column[row] = cols++;
  const of = new Int32Array(cols), modes = new Float64Array(cols * width);
  for (let row = 0; row < column.length; row++) {
    if (column[row] < 0) continue;
    of[column[row]] = whole.of[row];
    modes.set(whole.modes.subarray(row * width, (row + 1) * width), column[row] * width);
  }
  const writer = new TurnedRows(frames, dim, map.count, column);
  for (let i = 0; i < nodeCount; i++) writer.add(i, [i], 1);
  for (let e = 0; e < edges.count; e++) {
    writer.add(nodeCount + e, [edges.nodes[2 * e], edges.nodes[2 * e + 1]], 0.5);
  }
  return { p: { ...writer.rows, cols }, space: { nodes: nodeCount, of, width, modes } };
}

/**
 * Rows of an interpolation between nodes, written in their frames: `w Q_i Q_j^T`.
 *
 * State: none, it lives as long as one set-up.
 */
export class TurnedRows {
  readonly rows: Omit<SparseRows, "cols">;
  readonly #frames: BoundaryFrames;
  readonly #dim: number;
  readonly #column: Int32Array;
  #nnz = 0;

  constructor(frames: BoundaryFrames, dim: number, nodes: number, column: Int32Array) {
    this.#frames = frames;
    this.#dim = dim;
    this.#column = column;
    // Turned rows couple all components; others one to one.
    const room = nodes * dim * (frames.axes.length === 0 ? 2 : 2 * dim);
    this.rows = {
      rows: nodes * dim,
      starts: new Int32Array(nodes * dim + 1),
      columns: new Int32Array(room),
      values: new Float64Array(room),
    };
  }

  /** The rows of node `i`, which has the mean of some vertices. */
  add(i: number, vertices: readonly number[], weight: number): void {
    const { held, of } = this.#frames, dim = this.#dim, column = this.#column;
    const { starts, columns, values } = this.rows;
    for (let r = 0; r < dim; r++) {
      for (const j of held[i * dim + r] === 1 ? [] : vertices) {
        const isPlain = of[i] < 0 && of[j] < 0;
        for (let c = isPlain ? r : 0; c < (isPlain ? r + 1 : dim); c++) {
          if (column[j * dim + c] < 0) continue;
          const value = isPlain ? 1 : this.#product(i, r, j, c);
          if (value === 0) continue;
          columns[this.#nnz] = column[j * dim + c];
          values[this.#nnz++] = weight * value;
        }
      }
      starts[i * dim + r + 1] = this.#nnz;
    }
  }

  /** Entry (r, c) of `Q_i Q_j^T`. */
  #product(i: number, r: number, j: number, c: number): number {
    let sum = 0;
    for (let d = 0; d < this.#dim; d++) sum += this.#axis(i, r, d) * this.#axis(j, c, d);
    return sum;
  }

  #axis(node: number, row: number, d: number): number {
    const { of, axes } = this.#frames, dim = this.#dim;
    if (of[node] < 0) return row === d ? 1 : 0;
    return axes[(of[node] * dim + row) * dim + d];
  }
}
