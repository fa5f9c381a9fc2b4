/**
 * Adapts a mesh in one call: makes passes towards a target, and applies either all of them or none.
 *
 * @module
 */
import { allOrNone, onFirst, requireSame } from "../../comm/collective_errors.ts";
import type { Comm } from "../../comm/comm.ts";
import type { Division } from "../division.ts";
import { gatherThings, toFirst, wholeOnFirst } from "../gather_whole.ts";
import type { Placed, Placement } from "../placement.ts";
import { divideAgain } from "../rebalance.ts";
import { followed } from "./follow.ts";
import type { AdaptReport, Asked, Request } from "./options.ts";
import { planChange, type PlannedChange, type Target } from "./plan_change.ts";
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
    // The first rank alone has the whole mesh.
    let whole = wholeOnFirst(start.geometry, comm);
    for (; passes < asked.passes; passes++) {
      const { geometry } = placement;
      const target = targetOnFirst({ ...host, geometry }, asked.request, comm);
      const plan = onFirst(comm, () => planChange(whole!, host.meshType, target, asked.limits));
      const said = comm.bcast(plan && summaryOf(plan))!;
      limitedBy = said.limitedBy;
      if (!said.changed) break;
      const change = plan?.change ?? null;
      whole = change?.geometry ?? null;
      const next = placement.placed(whole), { topology } = next.geometry;
      const after = followed(stores, change?.steps ?? [], geometry.topology, topology, comm);
      placement.place(next);
      for (const [store, data] of after) store.replace(data);
      halved += said.halved;
      merged += said.merged;
    }
    whole = null;
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

/** What the first rank tells the others of its plan. */
function summaryOf({ change, limitedBy }: PlannedChange) {
  const { halved, merged } = change ?? { halved: 0, merged: 0 };
  return { changed: change !== null, limitedBy, halved, merged };
}

/** The target, on the first rank with the numbers of all. Collective. */
function targetOnFirst(scope: TargetScope, request: Request, comm: Comm): Target {
  const here = allOrNone(comm, () => numbersHere(scope, request));
  const { rankMesh } = scope.geometry.topology;
  const all = (of: "cells" | "nodes") =>
    rankMesh === null
      ? here
      : gatherThings(rankMesh[of], here.slice(0, rankMesh[of].owned), 1, toFirst(comm));
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
