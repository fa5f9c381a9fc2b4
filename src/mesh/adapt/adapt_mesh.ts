/**
 * Adapts a mesh in one call: makes passes towards a target, and applies either all of them or none.
 *
 * @module
 */
import { allOrNone, requireSame } from "../../comm/collective_errors.ts";
import type { Comm } from "../../comm/comm.ts";
import type { Division } from "../division.ts";
import { gatherRows } from "../halo.ts";
import type { Placed, Placement } from "../placement.ts";
import { divideAgain } from "../rebalance.ts";
import { followed } from "./follow.ts";
import type { AdaptReport, Asked, Request } from "./options.ts";
import { planChange, type Target } from "./plan_change.ts";
import { numbersHere, type TargetScope } from "./targets.ts";

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
      const { geometry, whole } = placement;
      const target = targetOf({ ...host, geometry }, asked.request, comm);
      const plan = planChange(whole, host.meshType, target, asked.limits);
      limitedBy = plan.limitedBy;
      if (plan.change === null) break;
      const next = placement.placed(plan.change.geometry);
      const after = followed(
        stores,
        plan.change.steps,
        geometry.topology,
        next.geometry.topology,
        comm,
      );
      placement.place(next);
      for (const [store, data] of after) store.replace(data);
      halved += plan.change.halved;
      merged += plan.change.merged;
    }
    if (passes > 0) divideAgain({ ...host, comm, stores: [...host.stores.values()] }, placement);
    const { now } = placement, changed = now.geometry !== start.geometry;
    const follow = changed ? host.followers.map((one) => one.follow(now, start)) : [];
    if (changed) placement.settle(start);
    else placement.release();
    let particlesMoved = 0;
    for (const carryOut of follow) particlesMoved += carryOut();
    const { cellCount } = placement.whole.topology;
    particlesMoved = comm.allreduce(particlesMoved);
    return { changed, passes, halved, merged, cellCount, limitedBy, particlesMoved };
  } catch (error) {
    placement.place(start);
    stores.forEach((store, i) => store.replace(values[i]));
    throw error;
  }
}

/** The target with the numbers of all ranks. Collective. */
function targetOf(scope: TargetScope, request: Request, comm: Comm): Target {
  const here = allOrNone(comm, () => numbersHere(scope, request));
  const { rankMesh } = scope.geometry.topology;
  const all = (of: "cells" | "nodes") =>
    rankMesh === null ? here : gatherRows(rankMesh[of], here, 1, comm);
  switch (request.kind) {
    case "size":
      return { kind: "size", wanted: all("nodes") };
    case "tolerance":
    case "share": {
      const { kind, value, below } = request;
      return { kind, indicator: all("cells"), value, below };
    }
    default:
      return { kind: "wants", wants: Int16Array.from(all("cells")) };
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
