/**
 * Multigrid over ranks for several unknowns per node.
 *
 * @module
 */
import { allOrNone } from "../../comm/collective_errors.ts";
import type { Comm } from "../../comm/comm.ts";
import { CsrMatrix } from "../linear/csr.ts";
import { BlockMultigrid } from "../linear/multigrid/block_multigrid.ts";
import type { Preconditioner } from "../linear/operator.ts";
import { coarser, gatheredMatrix } from "./coarsening.ts";
import { ColumnMap } from "./column_map.ts";
import type { DividedInterpolation, DividedMatrix } from "./interpolation.ts";
import { type BlockShape, RankBlockLevel } from "./rank_block_level.ts";
import { RankCycle } from "./rank_cycle.ts";
import type { RankNodalLevels } from "./rank_nodal_levels.ts";

/**
 * One V-cycle on all ranks: `z = M^-1 r`, as `BlockMultigrid` on one. Sweeps end where a rank ends.
 *
 * State: none, a function of the matrix and of how it is divided.
 */
export class RankBlockMultigrid implements Preconditioner {
  readonly #cycle: RankCycle;

  /**
   * Computes the coarse matrices. Collective.
   *
   * @param nodal The levels of the nodes.
   * @param shape Of its blocks.
   * @param matrix This rank's rows, in whole blocks.
   * @param constrained `[count]`, 1 where there is a Dirichlet value.
   * @throws {RangeError} when a diagonal block is singular.
   */
  constructor(
    nodal: RankNodalLevels,
    shape: BlockShape,
    matrix: DividedMatrix,
    constrained: Uint8Array,
    comm: Comm,
  ) {
    const free = Float64Array.from(
      constrained.subarray(0, matrix.rows.rows),
      (flag) => flag === 1 ? 0 : 1,
    );
    let current: DividedMatrix = { ...matrix, rows: emptied(matrix.rows, constrained) };
    let columns: ColumnMap | null = null;
    const levels: RankBlockLevel[] = [];
    nodal.interpolations.forEach((p, l) => {
      const wide = widened(p, shape.m, comm.rank, l === 0 ? free : null);
      const next = coarser(current, wide, comm);
      const level = allOrNone(comm, () => new RankBlockLevel(current, next.p, shape, l === 0));
      level.connect(current.halo, next.matrix.halo);
      levels.push(level);
      current = next.matrix;
      columns = next.columns;
    });
    const below = columns! as ColumnMap, { total } = below;
    const whole = total === 0 ? null : gatheredMatrix(current.rows, below, comm);
    const bottom = whole === null
      ? null
      : allOrNone(comm, () => new BlockMultigrid(nodal.replicated, whole, new Uint8Array(total)));
    this.#cycle = new RankCycle(levels, below, bottom, comm);
  }

  /** One V-cycle on `A z = r` from `z = 0`; both with ghosts. Collective. */
  apply(r: Float64Array, z: Float64Array): void {
    this.#cycle.apply(r, z);
  }
}

/** The same interpolation for every unknown of a node; weights of constrained ones are zero, but there. */
function widened(
  { rows: p, columns }: DividedInterpolation,
  m: number,
  rank: number,
  free: Float64Array | null,
): DividedInterpolation {
  const starts = new Int32Array(p.rows * m + 1);
  const wide = new Int32Array(p.starts[p.rows] * m), values = new Float64Array(wide.length);
  let at = 0;
  for (let i = 0; i < p.rows; i++) {
    for (let c = 0; c < m; c++) {
      for (let k = p.starts[i]; k < p.starts[i + 1]; k++) {
        wide[at] = p.columns[k] * m + c;
        values[at++] = free === null ? p.values[k] : p.values[k] * free[i * m + c];
      }
      starts[i * m + c + 1] = at;
    }
  }
  const { places } = columns;
  const all = new Int32Array(places.length * m);
  for (let k = 0; k < all.length; k++) all[k] = places[(k / m) | 0] * m + k % m;
  const offsets = columns.offsets.map((place) => place * m);
  return {
    rows: { rows: p.rows * m, cols: p.cols * m, starts, columns: wide, values },
    columns: new ColumnMap(offsets, rank, all),
  };
}

/** Constrained rows and columns are zero, but stay in the pattern. */
function emptied(rows: CsrMatrix, constrained: Uint8Array): CsrMatrix {
  const { rowStarts, columns } = rows;
  const values = rows.values.slice(0, rows.nnz);
  for (let i = 0; i < rows.rows; i++) {
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      if (constrained[i] === 1 || constrained[columns[k]] === 1) values[k] = 0;
    }
  }
  return new CsrMatrix(rows.rows, rows.cols, rowStarts, columns, values);
}
