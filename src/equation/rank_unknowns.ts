/**
 * The unknowns of an equation over ranks: the owner of a place owns all that stands there.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import type { Halo } from "../mesh/halo.ts";
import { geometryOf, haloOf, type Mesh } from "../mesh/mesh.ts";
import type { CsrMatrix } from "../solve/linear/csr.ts";
import type { LinearOperator } from "../solve/linear/operator.ts";
import type { UnknownSpace } from "./unknown_space.ts";

/** Spaces are immutable: what follows from one is kept as long as it lives. */
const known = new WeakMap<UnknownSpace, RankUnknowns>();

/**
 * Who has which unknowns.
 *
 * State: none, a function of the numbering.
 */
export class RankUnknowns {
  readonly comm: Comm;
  /** Unknowns of this rank; they come first. */
  readonly owned: number;
  /** Unknowns of all ranks. */
  readonly total: number;
  /** Who has the ghosts. */
  readonly halo: Halo;
  /** Who has the ghosts among places. */
  readonly placeHalo: Halo;
  readonly #first: number;
  readonly #count: number;
  #positions: Int32Array | null = null;

  private constructor(mesh: Mesh, space: UnknownSpace) {
    const { rankMesh } = geometryOf(mesh).topology;
    const places = rankMesh!.dofs(space.map.degree, true);
    this.comm = mesh.model.comm;
    this.owned = space.starts[places.owned];
    this.#count = space.count;
    this.placeHalo = haloOf(mesh, places);
    this.halo = this.placeHalo.expanded(space.starts);
    const counts = this.comm.allgatherv(Int32Array.of(this.owned));
    this.#first = counts.subarray(0, this.comm.rank).reduce((sum, n) => sum + n, 0);
    this.total = counts.reduce((sum, n) => sum + n, 0);
  }

  /** Null where there is one rank. Collective. */
  static of(mesh: Mesh, space: UnknownSpace): RankUnknowns | null {
    if (geometryOf(mesh).topology.rankMesh === null) return null;
    let ranks = known.get(space);
    if (ranks === undefined) known.set(space, ranks = new RankUnknowns(mesh, space));
    return ranks;
  }

  /** The places of this rank's unknowns among all, those of rank 0 first, `[count]`. Collective. */
  get positions(): Int32Array {
    if (this.#positions === null) {
      const places = new Float64Array(this.#count);
      for (let i = 0; i < this.owned; i++) places[i] = this.#first + i;
      this.halo.sync(places, 1);
      this.#positions = Int32Array.from(places);
    }
    return this.#positions;
  }

  /** Gives ghosts the values of their owners. Collective. */
  sync(x: Float64Array): void {
    this.halo.sync(x, 1);
  }

  /** Whether something is so on any rank. Collective. */
  any(here: boolean): boolean {
    return this.comm.allreduce(here ? 1 : 0, "max") > 0;
  }

  /** The rows of this rank, as an operator on vectors with ghosts. */
  operator(free: CsrMatrix): LinearOperator {
    return {
      rows: this.owned,
      multiply: (x, y) => {
        this.sync(x);
        free.multiply(x, y);
      },
    };
  }
}
