/**
 * One change of a mesh that is divided among ranks, and is not periodic: no rank has more than its part.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import { gatherThings, toFirst } from "../gather_whole.ts";
import { divideMesh } from "../divide_mesh.ts";
import type { FieldStore } from "../field_store.ts";
import type { Geometry } from "../geometry.ts";
import { Halo } from "../halo.ts";
import { partitionSpread } from "../partition_cells.ts";
import { fingerprintOfPieces } from "../pieces_fingerprint.ts";
import { checkCellCount } from "../shapes/sizes.ts";
import { forestOf } from "./change.ts";
import { coarsenStepOf } from "./coarsen_step.ts";
import { cellSizes, leastCount, limitWants, wantsOfShare } from "./marking.ts";
import { PartFields } from "./part_fields.ts";
import { mergesOf } from "./part_merges.ts";
import { type PartStep, sameStep } from "./part_step.ts";
import { type AdaptLimit, type Limits, retreat, type Target, wantsOf } from "./plan_change.ts";
import { refineStepOf } from "./refine_step.ts";

/** A step, and the mesh that it starts from. */
interface PlacedStep {
  readonly before: Geometry;
  readonly step: PartStep;
}

/** A change that was not divided among ranks yet. */
export interface PartChange {
  readonly steps: readonly PlacedStep[];
  readonly halved: number;
  readonly merged: number;
}

/** A change within limits; the same on all ranks but for what the steps are. */
export interface PlannedParts {
  /** Null if nothing changes. */
  readonly change: PartChange | null;
  readonly limitedBy: AdaptLimit | null;
}

/**
 * As `planChange`, with the numbers of the cells and nodes that a rank has. Collective.
 *
 * @throws {RangeError} when a cell would be inverted, or there would be over 50 million cells on each rank.
 */
export function planParts(
  geometry: Geometry,
  meshType: string,
  target: Target,
  limits: Limits,
  comm: Comm,
): PlannedParts {
  const { dim, rankMesh } = geometry.topology, { owned } = rankMesh!.cells;
  const sizes = cellSizes(geometry).subarray(0, owned), { levels } = forestOf(geometry);
  const wantsAt = wantsOf(geometry, sizes, target, {
    least: (own) => comm.allreduce(own, "min"),
    share: (...asked) => sharedWants(geometry, ...asked, comm),
  });
  const any = (is: boolean) => comm.allreduce(is ? 1 : 0, "max") > 0;
  for (let scale = 1, tries = 0;; scale *= retreat, tries++) {
    const wants = wantsAt(scale), limit = limitWants(wants, dim, sizes, levels, limits);
    const code = comm.allreduce(limit === "minSize" ? 2 : limit === "maxLevel" ? 1 : 0, "max");
    const limitedBy = tries > 0 ? "maxCells" : ([null, "maxLevel", "minSize"] as const)[code];
    const halves = any(wants.some((n) => n > 0));
    const least = halves ? comm.allreduce(leastCount(wants)) : 0;
    if (least > limits.maxCells) continue;
    // Before anything of that size is allocated; all ranks have the same sum, so that all refuse.
    checkCellCount(least, "adapt", comm.size);
    const change = changeOfParts(geometry, meshType, wants, comm);
    const last = change?.steps.at(-1)?.step.pieces.cellCount ?? 0;
    if (halves && change !== null && last > limits.maxCells) continue;
    return { change, limitedBy };
  }
}

/** As `wantsOfShare`: the sum depends on its order, so the first rank adds the indicators of all cells. Collective. */
function sharedWants(
  { topology: { dim, rankMesh } }: Geometry,
  indicator: Float64Array,
  share: number,
  below: number,
  comm: Comm,
): { wants: Int16Array; threshold: number } {
  const { cells } = rankMesh!, all = gatherThings(cells, indicator, 1, toFirst(comm));
  const found = comm.rank === 0 ? wantsOfShare(dim, all, share, below) : null;
  const none = new Int32Array(0), own = cells.ids.slice(0, cells.owned);
  const asked = comm.alltoallv(Array.from({ length: comm.size }, (_, r) => (r === 0 ? own : none)));
  const answers = comm.alltoallv(
    asked.map((ids) => Int16Array.from(ids, (id) => found!.wants[id])),
  );
  const [threshold] = comm.bcast(Float64Array.of(found?.threshold ?? 0));
  return { wants: answers[0], threshold };
}

/** As `changeOf`. Collective. */
function changeOfParts(
  geometry: Geometry,
  meshType: string,
  wants: Int16Array,
  comm: Comm,
): PartChange | null {
  const { topology } = geometry, { cells } = topology.rankMesh!, steps: PlacedStep[] = [];
  const any = (list: Int16Array | Uint8Array) =>
    comm.allreduce(list.some((n) => n > 0) ? 1 : 0, "max") > 0;
  let now = geometry, undoings = new Uint8Array(cells.owned);
  for (let c = 0; c < wants.length; c++) if (wants[c] < 0) undoings[c] = Math.min(-wants[c], 255);
  if (any(wants)) {
    const halvings = new Float64Array(cells.count);
    for (let c = 0; c < wants.length; c++) if (wants[c] > 0) halvings[c] = Math.min(wants[c], 255);
    Halo.of(cells, comm).sync(halvings, 1);
    const step = refineStepOf(geometry, meshType, Uint8Array.from(halvings), comm),
      { start } = step;
    steps.push({ before: geometry, step });
    const left = new Uint8Array(step.pieces.cells.length);
    // A cell that was halved, even if only because of its neighbours, is not merged.
    for (let c = 0; c < cells.owned; c++) {
      if (start[c + 1] === start[c] + 1) left[start[c]] = undoings[c];
    }
    undoings = left;
    if (any(undoings)) now = kept(step, comm);
  }
  const before = steps[0]?.step.pieces.cellCount ?? cells.globalCount;
  let merged = 0;
  if (any(undoings) && now.topology.forest !== null) {
    const found = coarsening(now, undoings, comm);
    steps.push(...found);
    merged = before - (found.at(-1)?.step.pieces.cellCount ?? before);
  }
  if (steps.length === 0) return null;
  return { steps, halved: before - cells.globalCount, merged };
}

/** The mesh after a step, where each rank owns what it gives. */
function kept({ pieces }: PartStep, comm: Comm): Geometry {
  return divideMesh(pieces, new Int32Array(pieces.cells.length).fill(comm.rank), null, comm);
}

/** Merges cells; before that, the parts of each go to one rank. None where nothing changes. */
function coarsening(now: Geometry, undoings: Uint8Array, comm: Comm): PlacedStep[] {
  const { tops, ranks, isAny, isSpread } = mergesOf(now, undoings, comm);
  if (!isAny) return [];
  const steps: PlacedStep[] = [];
  let before = now, all = tops;
  if (isSpread) {
    const step = sameStep(now, comm), { pieces } = step;
    steps.push({ before: now, step });
    before = divideMesh(pieces, ranks, null, comm);
    const numbers = Float64Array.from(tops), fields = new PartFields(before, pieces, comm);
    const kind = { degree: 0, continuous: false, components: 1, transfer: "conserve" } as const;
    const { owned } = before.topology.rankMesh!.cells;
    all = Uint16Array.from(fields.bring(kind, { rows: numbers, losses: null }).subarray(0, owned));
  }
  const step = coarsenStepOf(before, all, comm);
  return step === null ? [] : [...steps, { before, step }];
}

/** This rank's part of the mesh after a change, divided as a new mesh is. Collective. */
export function dividedChange({ steps }: PartChange, comm: Comm): Geometry {
  const { pieces, centres } = steps.at(-1)!.step, { dim, cells, cellCount } = pieces;
  const owners = partitionSpread({ dim, centres, ids: cells, weights: null }, cellCount, comm);
  return divideMesh(pieces, owners, fingerprintOfPieces(pieces, owners, comm), comm);
}

/** Values of all variables that have any, after a change. Collective. */
export function followedParts(
  stores: Iterable<FieldStore>,
  { steps }: PartChange,
  after: Geometry,
  comm: Comm,
): Map<FieldStore, Float64Array> {
  const all = [...stores], out = new Map<FieldStore, Float64Array>();
  if (all.length === 0) return out;
  const here = Float64Array.from(all, ({ data }) => (data === null ? 0 : 1));
  const anywhere = comm.allreduce(here, "max");
  const fields = steps.map(({ step: { pieces } }, k) =>
    new PartFields(steps[k + 1]?.before ?? after, pieces, comm)
  );
  all.forEach((store, i) => {
    if (anywhere[i] === 0) return;
    const { kind } = store, { topology } = steps[0].before, { components } = kind;
    const dofs = topology.rankMesh!.dofs(kind.degree, kind.continuous);
    let values: Float64Array = store.data?.slice() ??
      new Float64Array(dofs.count * components);
    Halo.of(dofs, comm).sync(values, components);
    steps.forEach(({ step }, k) => values = fields[k].bring(kind, step.carry(kind, values)));
    out.set(store, values);
  });
  return out;
}
