/**
 * One pass of an adaptation towards its target: on the whole mesh where one rank has it, and on parts otherwise.
 *
 * @module
 */
import { allOrNone, onFirst } from "../../comm/collective_errors.ts";
import type { Comm } from "../../comm/comm.ts";
import type { FieldStore } from "../field_store.ts";
import { gatherThings, toFirst, wholeOnFirst } from "../gather_whole.ts";
import type { Geometry } from "../geometry.ts";
import { Halo } from "../halo.ts";
import { scatterMesh } from "../scatter_mesh.ts";
import { dividedChange, followedParts, planParts } from "./change_parts.ts";
import { followed } from "./follow.ts";
import type { Asked, Request } from "./options.ts";
import { type AdaptLimit, planChange, type PlannedChange, type Target } from "./plan_change.ts";
import { numbersHere, type TargetScope } from "./targets.ts";

/** What a pass changes; the same on all ranks but for the mesh and the values, which are those of a rank. */
export interface Pass {
  /** Null if nothing changes. */
  readonly next: Geometry | null;
  /** The values of variables on that mesh. */
  readonly values: ReadonlyMap<FieldStore, Float64Array>;
  readonly halved: number;
  readonly merged: number;
  readonly limitedBy: AdaptLimit | null;
}

/** What a pass needs of a mesh. */
export interface PassScope extends TargetScope {
  readonly meshType: string;
}

/** Makes a pass; nothing is changed yet. Collective. */
export function passOf(
  scope: PassScope,
  stores: readonly FieldStore[],
  asked: Asked,
  comm: Comm,
): Pass {
  const { rankMesh, twins } = scope.geometry.topology;
  const numbers = allOrNone(comm, () => numbersHere(scope, asked.request));
  const make = rankMesh !== null && twins === null ? onParts : onWhole;
  return make(scope, stores, asked, numbers, comm);
}

const nothing = { next: null, values: new Map(), halved: 0, merged: 0 };

/** Every rank changes its part. */
function onParts(
  { geometry, meshType }: PassScope,
  stores: readonly FieldStore[],
  { request, limits }: Asked,
  numbers: Float64Array,
  comm: Comm,
): Pass {
  // Sizes are those that the owners of nodes see.
  if (request.kind === "size") Halo.of(geometry.topology.rankMesh!.nodes, comm).sync(numbers, 1);
  const target = targetOf(request, numbers);
  const { change, limitedBy } = planParts(geometry, meshType, target, limits, comm);
  if (change === null) return { ...nothing, limitedBy };
  const next = dividedChange(change, comm), values = followedParts(stores, change, next, comm);
  return { next, values, halved: change.halved, merged: change.merged, limitedBy };
}

/** The only rank has the mesh; or it is periodic, and the first rank has the whole meanwhile. */
function onWhole(
  { geometry, meshType }: PassScope,
  stores: readonly FieldStore[],
  { request, limits }: Asked,
  numbers: Float64Array,
  comm: Comm,
): Pass {
  const { rankMesh } = geometry.topology, whole = wholeOnFirst(geometry, comm);
  const of = rankMesh?.[request.kind === "size" ? "nodes" : "cells"];
  const all = of ? gatherThings(of, numbers.slice(0, of.owned), 1, toFirst(comm)) : numbers;
  const plan = onFirst(comm, () => planChange(whole!, meshType, targetOf(request, all), limits));
  const said = comm.bcast(plan && summaryOf(plan))!, { limitedBy, halved, merged } = said;
  if (!said.changed) return { ...nothing, limitedBy };
  const change = plan?.change ?? null;
  const next = rankMesh === null ? change!.geometry : scatterMesh(change?.geometry ?? null, comm);
  const values = followed(stores, change?.steps ?? [], geometry.topology, next.topology, comm);
  return { next, values, halved, merged, limitedBy };
}

/** What the first rank tells the others of its plan. */
function summaryOf({ change, limitedBy }: PlannedChange) {
  const { halved, merged } = change ?? { halved: 0, merged: 0 };
  return { changed: change !== null, limitedBy, halved, merged };
}

/** The target with numbers for cells or nodes. */
function targetOf(request: Request, numbers: Float64Array): Target {
  switch (request.kind) {
    case "size":
      return { kind: "size", wanted: numbers };
    case "tolerance":
    case "share": {
      const { kind, value, below } = request;
      return { kind, indicator: numbers, value, below };
    }
    default:
      return { kind: "wants", wants: Int16Array.from(numbers) };
  }
}
