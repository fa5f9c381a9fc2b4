/**
 * Linear systems whose rows are divided among ranks: whoever owns a degree of freedom owns its row. Its
 * cells are all here, owned or ghosts, so that the row is assembled without a word to others.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import type { DofMap } from "../mesh/dof_map.ts";
import type { Halo } from "../mesh/halo.ts";
import { geometryOf, haloOf, type Mesh } from "../mesh/mesh.ts";
import type { Numbering } from "../mesh/numbering.ts";
import type { Held } from "./conditions.ts";
import { CsrMatrix } from "./linear/csr.ts";
import { DenseFactors } from "./linear/multigrid/dense_factors.ts";
import type { LinearOperator, Preconditioner } from "./linear/operator.ts";

/**
 * The unknowns of one kind, over all ranks.
 *
 * State: none, it lives as long as one solve.
 */
export class RankSpace {
  readonly comm: Comm;
  /** Rows of this rank; they come first. */
  readonly owned: number;
  /** Rows of all ranks. */
  readonly total: number;
  readonly #numbering: Numbering;
  readonly #halo: Halo;

  private constructor(mesh: Mesh, numbering: Numbering) {
    this.comm = mesh.model.comm;
    this.owned = numbering.owned;
    this.total = numbering.globalCount;
    this.#numbering = numbering;
    this.#halo = haloOf(mesh, numbering);
  }

  /** Null where there is one rank. Collective. */
  static of(mesh: Mesh, { degree, continuous }: DofMap): RankSpace | null {
    const { part } = geometryOf(mesh).topology;
    return part === null ? null : new RankSpace(mesh, part.dofs(degree, continuous));
  }

  /** Gives ghosts the values of their owners, in `[count x width]`. Collective. */
  sync(x: Float64Array, width = 1): void {
    this.#halo.sync(x, width);
  }

  /** What the owners hold; a ghost's boundary facet may be on another rank only. Collective. */
  share({ fixed, values }: Held): void {
    const both = new Float64Array(2 * fixed.length);
    for (let i = 0; i < fixed.length; i++) {
      both[2 * i] = fixed[i];
      both[2 * i + 1] = values[i];
    }
    this.sync(both, 2);
    for (let i = this.owned; i < fixed.length; i++) {
      fixed[i] = both[2 * i];
      values[i] = both[2 * i + 1];
    }
  }

  /** Whether something is so on any rank. Collective. */
  any(here: boolean): boolean {
    return this.comm.allreduce(here ? 1 : 0, "max") > 0;
  }

  /** The rows of this rank, as an operator on vectors with ghosts. */
  operator(free: CsrMatrix): LinearOperator {
    const { owned } = this;
    return {
      rows: owned,
      multiply: (x, y) => {
        this.sync(x);
        free.multiply(x, y);
      },
    };
  }

  /**
   * Additive Schwarz: every rank's own preconditioner, and a coarse level with one constant per rank (R.
   * Nicolaides, SIAM J. Numer. Anal. 24 (1987) 355-365, doi:10.1137/0724027). Collective.
   *
   * @param free Rows of this rank between free unknowns.
   * @param fixed `[count]`, 1 where a value is held.
   * @param own Of this rank's own block.
   */
  preconditioner(free: CsrMatrix, fixed: Uint8Array, own: Preconditioner): Preconditioner {
    const { owned, comm } = this;
    const coarse = new DenseFactors(this.#coarseMatrix(free, fixed));
    const sums = new Float64Array(comm.size), shifts = new Float64Array(comm.size);
    return {
      apply: (r, z) => {
        if (owned > 0) own.apply(r.subarray(0, owned), z.subarray(0, owned));
        let sum = 0;
        for (let i = 0; i < owned; i++) if (fixed[i] === 0) sum += r[i];
        sums.set(comm.allgatherv(Float64Array.of(sum)));
        coarse.solve(sums, shifts);
        const shift = shifts[comm.rank];
        for (let i = 0; i < owned; i++) if (fixed[i] === 0) z[i] += shift;
      },
    };
  }

  /** Sums of entries between the free unknowns of any two ranks; regular also where constants are not. */
  #coarseMatrix(free: CsrMatrix, fixed: Uint8Array): CsrMatrix {
    const { comm, owned } = this, { size } = comm;
    const { ids, owners } = this.#numbering;
    const row = new Float64Array(size);
    for (let i = 0; i < owned; i++) {
      if (fixed[i] === 1) continue;
      for (let k = free.rowStarts[i]; k < free.rowStarts[i + 1]; k++) {
        row[owners[ids[free.columns[k]]]] += free.values[k];
      }
    }
    const values = comm.allgatherv(row);
    let scale = 0;
    for (let r = 0; r < size; r++) scale = Math.max(scale, values[r * size + r]);
    if (!(scale > 0)) scale = 1;
    for (let r = 0; r < size; r++) {
      // A rank without free unknowns; and where all constants are free, a share of their mean.
      if (!(values[r * size + r] > 0)) values[r * size + r] = scale;
      for (let s = 0; s < size; s++) values[r * size + s] += 1e-6 * scale / size;
    }
    const starts = Int32Array.from({ length: size + 1 }, (_, r) => r * size);
    const columns = Int32Array.from({ length: size * size }, (_, k) => k % size);
    return new CsrMatrix(size, size, starts, columns, values);
  }
}

/** The first rows of a matrix, all columns. */
export function firstRows(a: CsrMatrix, rows: number): CsrMatrix {
  return new CsrMatrix(rows, a.cols, a.rowStarts.subarray(0, rows + 1), a.columns, a.values);
}

/** The first rows and columns of a matrix. */
export function firstBlock(a: CsrMatrix, rows: number): CsrMatrix {
  const starts = new Int32Array(rows + 1);
  const columns: number[] = [], values: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let k = a.rowStarts[i]; k < a.rowStarts[i + 1]; k++) {
      if (a.columns[k] >= rows) continue;
      columns.push(a.columns[k]);
      values.push(a.values[k]);
    }
    starts[i + 1] = columns.length;
  }
  return new CsrMatrix(rows, rows, starts, Int32Array.from(columns), Float64Array.from(values));
}
