/**
 * Adapts a mesh in one call: makes passes towards a target, and applies either all of them or none.
 *
 * @module
 */
import { requireSame } from "../../comm/collective_errors.ts";
import type { Division } from "../division.ts";
import type { Placed, Placement } from "../placement.ts";
import { divideAgain } from "../rebalance.ts";
import type { AdaptReport, Asked } from "./options.ts";
import { passOf } from "./passes.ts";
import type { TargetScope } from "./targets.ts";

/** An object in a mesh that is not a variable, such as a swarm. */
export interface Follower {
  /**
   * Computes the object's state on a new mesh without changing anything yet. Collective.
   *
   * @returns a function that applies the result, which cannot fail and returns the number of
   *   particles that had to move.
   */
  follow(next: Placed, before: Placed): () => number;
  /** Where its particles on this rank are, `[count x dim]`. */
  points(): Float64Array;
}

/** The data that a mesh provides for an adaptation. */
export interface AdaptHost extends Omit<TargetScope, "geometry"> {
  readonly meshType: string;
  /** By what its cells are divided among ranks. */
  readonly division: Division;
  /** Swarms in the mesh, and of those the ones whose particles count in the division. */
  readonly followers: readonly Follower[];
  readonly counted: readonly Follower[];
}

/** Adapts a mesh; if it throws, everything is unchanged. Collective. */
export function adaptMesh(host: AdaptHost, placement: Placement, asked: Asked): AdaptReport {
  const { comm } = host.model, { division } = host;
  requireSame(comm, "adapt", wordsOf(asked));
  const stores = [...host.stores.values(), division.numbers];
  const start = placement.now;
  const values = stores.map((store) => store.data);
  let passes = 0, halved = 0, merged = 0, limitedBy: AdaptReport["limitedBy"] = null;
  try {
    for (; passes < asked.passes; passes++) {
      const { geometry } = placement, pass = passOf({ ...host, geometry }, stores, asked, comm);
      limitedBy = pass.limitedBy;
      if (pass.next === null) break;
      placement.place(placement.around(pass.next));
      for (const [store, data] of pass.values) store.replace(data);
      halved += pass.halved;
      merged += pass.merged;
    }
    if (passes > 0) divideAgain({ ...host, comm, stores: [...host.stores.values()] }, placement);
    const { now } = placement, changed = now.geometry !== start.geometry;
    const follow = changed ? host.followers.map((one) => one.follow(now, start)) : [];
    if (changed) placement.settle(start);
    let particlesMoved = 0;
    for (const carryOut of follow) particlesMoved += carryOut();
    particlesMoved = comm.allreduce(particlesMoved);
    const { rankMesh, cellCount: here } = now.geometry.topology;
    const cellCount = rankMesh?.cells.globalCount ?? here;
    return { changed, passes, halved, merged, cellCount, limitedBy, particlesMoved };
  } catch (error) {
    placement.place(start);
    stores.forEach((store, i) => store.replace(values[i]));
    throw error;
  }
}

/**
 * The part of a request that must agree on all ranks; functions cannot be compared, and for arrays
 * each owner's numbers are used.
 */
function wordsOf({ request, limits, passes }: Asked): string {
  const { kind } = request;
  const numbers = kind === "tolerance" || kind === "share"
    ? [request.value, request.below]
    : kind === "all"
    ? [request.wants]
    : kind === "size" && typeof request.size === "number"
    ? [request.size]
    : [];
  const { minSize, maxLevel, maxCells } = limits;
  return [kind, ...numbers, minSize, maxLevel, maxCells, passes].join(" ");
}
