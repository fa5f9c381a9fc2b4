/**
 * Linear systems whose rows are distributed among ranks: the owner of a degree of freedom owns its row, and
 * has all of its cells, owned ones or ghosts, so that rows are assembled without communication.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import type { DofMap } from "../../mesh/dof_map.ts";
import type { Geometry } from "../../mesh/geometry.ts";
import type { Halo } from "../../mesh/halo.ts";
import { geometryOf, haloOf, type Mesh } from "../../mesh/mesh.ts";
import type { IndexMap } from "../../mesh/index_map.ts";
import { isRegular } from "../cell_stretch.ts";
import type { Constraints } from "../conditions.ts";
import { CsrMatrix } from "../linear/csr.ts";
import type { LinearOperator, Preconditioner } from "../linear/operator.ts";
import { p1InP2OverRanks } from "./p1_in_p2.ts";
import type { DividedInterpolation } from "./interpolation.ts";
import { type JointBuild, jointly } from "./joint_builds.ts";
import { RankMultigrid } from "./rank_multigrid.ts";

/** The places of the unknowns of a rank among all; numberings are immutable. */
const known = new WeakMap<IndexMap, Int32Array>();

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
  readonly #map: DofMap;
  readonly #indexMap: IndexMap;
  readonly #geometry: Geometry;
  readonly #halo: Halo;

  private constructor(mesh: Mesh, map: DofMap, indexMap: IndexMap) {
    this.comm = mesh.model.comm;
    this.#map = map;
    this.#geometry = geometryOf(mesh);
    this.owned = indexMap.owned;
    this.total = indexMap.globalCount;
    this.#indexMap = indexMap;
    this.#halo = haloOf(mesh, indexMap);
  }

  /**
   * The places of the unknowns of this rank among all, `[count]`: the rows of rank 0 come first, then those
   * of rank 1, and so on. Collective when it is first asked for.
   */
  get positions(): Int32Array {
    let positions = known.get(this.#indexMap);
    if (positions === undefined) {
      const first = this.comm.exscan(this.owned), places = new Float64Array(this.#map.count);
      for (let i = 0; i < this.owned; i++) places[i] = first + i;
      this.#halo.sync(places, 1);
      known.set(this.#indexMap, positions = Int32Array.from(places));
    }
    return positions;
  }

  /** Null where there is one rank. Collective. */
  static of(mesh: Mesh, map: DofMap): RankSpace | null {
    const { rankMesh } = geometryOf(mesh).topology;
    if (rankMesh === null) return null;
    return new RankSpace(mesh, map, rankMesh.dofs(map.degree, map.continuous));
  }

  /** Gives ghosts the values of their owners, in `[count x width]`. Collective. */
  sync(x: Float64Array, width = 1): void {
    this.#halo.sync(x, width);
  }

  /** Gives ghosts the Dirichlet values of their owners, who may be the only ones with the boundary facet. Collective. */
  share({ constrained, values }: Constraints): void {
    const both = new Float64Array(2 * constrained.length);
    for (let i = 0; i < constrained.length; i++) {
      both[2 * i] = constrained[i];
      both[2 * i + 1] = values[i];
    }
    this.sync(both, 2);
    for (let i = this.owned; i < constrained.length; i++) {
      constrained[i] = both[2 * i];
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
   * Multigrid over all ranks; the one made before where the matrix is the same on all of them. Collective.
   *
   * @param constrained 1 where a value is constrained, `[count]`, for a matrix whose coarse levels may begin with linear
   *   functions; null where entries alone decide.
   */
  multigrid(free: CsrMatrix, constrained: Uint8Array | null): Preconditioner {
    const build = jointly(
      this.comm,
      hierarchies.get(free) ?? null,
      () => new RankMultigrid(free, this.#halo, this.#linearPart(constrained), this.comm),
    );
    hierarchies.set(free, build);
    return build.made;
  }

  #linearPart(constrained: Uint8Array | null): DividedInterpolation | null {
    if (constrained === null || this.#map.degree !== 2 || !this.#map.continuous) return null;
    if (!isRegular(this.#geometry, this.comm)) return null;
    const { rankMesh } = this.#geometry.topology;
    return p1InP2OverRanks(rankMesh!, constrained, this.#halo, this.comm);
  }
}

/** Functions of matrices, which do not change; kept as long as those live. */
const hierarchies = new WeakMap<CsrMatrix, JointBuild<RankMultigrid>>();

/** The first rows of a matrix, all columns. */
export function firstRows(a: CsrMatrix, rows: number): CsrMatrix {
  return new CsrMatrix(rows, a.cols, a.rowStarts.subarray(0, rows + 1), a.columns, a.values);
}
