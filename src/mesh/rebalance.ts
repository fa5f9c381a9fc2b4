/**
 * Divides the cells of a mesh among the ranks anew, by what they cost; everything on the mesh follows.
 *
 * @module
 */
import { requireSame } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { RowRoutes } from "../snapshot/row_routes.ts";
import type { Follower } from "./adapt/adapt_mesh.ts";
import { askedDivision, countedCosts, type Division } from "./division.ts";
import type { FieldStore } from "./field_store.ts";
import type { Geometry } from "./geometry.ts";
import { centroidsOf, partitionSpread } from "./partition_cells.ts";
import type { Placement } from "./placement.ts";
import type { RankMesh } from "./rank_mesh.ts";
import type { AskedWeights, RebalanceReport } from "./rebalance_options.ts";

/** What a mesh gives for its cells to be divided anew. */
export interface RebalanceHost {
  readonly comm: Comm;
  /** By what it was divided before. */
  readonly division: Division;
  readonly stores: readonly FieldStore[];
  /** The swarms in the mesh, and of those the ones whose particles count. */
  readonly followers: readonly Follower[];
  readonly counted: readonly Follower[];
}

/** Divides cells anew; if it throws, everything is unchanged. Collective. */
export function rebalanceMesh(
  { comm, division, stores, followers, counted }: RebalanceHost,
  placement: Placement,
  asked: AskedWeights,
): RebalanceReport {
  const start = placement.now, { rankMesh } = start.geometry.topology;
  const same = { changed: false, cellsMoved: 0 };
  if (rankMesh === null) return { ...same, why: "one rank", before: 1, after: 1 };
  requireSame(comm, "rebalance", wordsOf(asked, counted.length));
  const given = asked.numbers === null
    ? countedCosts(asked, counted, placement.places, rankMesh.cells)
    : Float64Array.from(asked.numbers);
  const weights = wholeNumbers(given, comm), owners = ownersBy(weights, start.geometry, comm);
  const before = busiest(weights, owners.map(() => comm.rank), comm);
  const cellsMoved = movedCells(owners, comm);
  if (cellsMoved === 0) {
    division.put(askedDivision(asked, rankMesh, rankMesh, comm));
    return { ...same, why: "balanced", before, after: before };
  }
  const next = placement.divided(owners), after = next.geometry.topology.rankMesh!;
  const values = movedFields(stores, rankMesh, after, comm);
  const costs = askedDivision(asked, rankMesh, after, comm);
  const data = stores.map((store) => store.data), costsBefore = division.now;
  try {
    placement.place(next);
    for (const [store, rows] of values) store.replace(rows);
    division.put(costs);
    const follow = followers.map((one) => one.follow(next, start));
    placement.settle(start);
    for (const carryOut of follow) carryOut();
  } catch (error) {
    placement.place(start);
    stores.forEach((store, i) => store.replace(data[i]));
    division.put(costsBefore);
    throw error;
  }
  return { changed: true, why: "moved", cellsMoved, before, after: busiest(weights, owners, comm) };
}

/**
 * Divides the cells that are placed now by what a mesh was divided by before; fields follow. The caller takes it back
 * when something throws later. Collective.
 *
 * @param counted The swarms whose particles count.
 */
export function divideAgain(
  { comm, division, stores, counted }: Omit<RebalanceHost, "followers">,
  placement: Placement,
): void {
  const { geometry } = placement, { rankMesh } = geometry.topology;
  if (rankMesh === null || division.isEven) return;
  const costs = division.weights(counted, placement.places, rankMesh);
  const owners = ownersBy(wholeNumbers(costs, comm), geometry, comm);
  if (movedCells(owners, comm) === 0) return;
  const next = placement.divided(owners);
  const all = [...stores, division.numbers];
  const values = movedFields(all, rankMesh, next.geometry.topology.rankMesh!, comm);
  placement.place(next);
  for (const [store, rows] of values) store.replace(rows);
}

/** Who is to own each of the cells that this rank owns. Collective. */
function ownersBy(weights: Float64Array, geometry: Geometry, comm: Comm): Int32Array {
  const { topology: { dim, cells, rankMesh }, coordinates } = geometry;
  const { owned, ids, globalCount } = rankMesh!.cells;
  const centres = centroidsOf(dim, cells.subarray(0, owned * (dim + 1)), coordinates);
  return partitionSpread({ dim, centres, ids: ids.subarray(0, owned), weights }, globalCount, comm);
}

function movedCells(owners: Int32Array, comm: Comm): number {
  let moved = 0;
  for (const owner of owners) if (owner !== comm.rank) moved++;
  return comm.allreduce(moved);
}

/** What of a request has to be the same on all ranks. */
function wordsOf({ numbers, cells, perParticle, particles }: AskedWeights, swarms: number): string {
  if (numbers !== null) return "numbers";
  const names = particles?.map(({ name }) => name).join(" ") ?? "";
  return `${cells} ${perParticle} ${swarms} ${names}`;
}

/** Weights as positive whole numbers, whose sums are exact: as they are, or up to 2^20. Collective. */
function wholeNumbers(costs: Float64Array, comm: Comm): Float64Array {
  let largest = 0, isWhole = true;
  for (const cost of costs) {
    largest = Math.max(largest, cost);
    isWhole &&= Number.isInteger(cost) && cost > 0;
  }
  largest = comm.allreduce(largest, "max");
  if (comm.allreduce(isWhole ? 1 : 0, "min") > 0 && largest <= 2 ** 20) return costs;
  const scale = largest > 0 ? 2 ** 20 / largest : 0;
  return costs.map((cost) => Math.max(1, Math.round(cost * scale)));
}

/** The cost of the busiest rank over the mean. Collective. */
function busiest(weights: Float64Array, owners: Int32Array, comm: Comm): number {
  const sums = new Float64Array(comm.size);
  for (let c = 0; c < owners.length; c++) sums[owners[c]] += weights[c];
  const all = comm.allreduce(sums), sum = all.reduce((a, b) => a + b, 0);
  return Math.max(...all) * comm.size / sum;
}

/** Values of all variables that have any, by global id; ghosts have those of their owners. Collective. */
function movedFields(
  stores: readonly FieldStore[],
  before: RankMesh,
  after: RankMesh,
  comm: Comm,
): Map<FieldStore, Float64Array> {
  const out = new Map<FieldStore, Float64Array>(), routes = new Map<string, RowRoutes | null>();
  if (stores.length === 0) return out;
  const anywhere = comm.allreduce(
    Float64Array.from(stores, ({ data }) => (data === null ? 0 : 1)),
    "max",
  );
  stores.forEach((store, i) => {
    if (anywhere[i] === 0) return;
    const { degree, continuous, components } = store.kind, kind = `${degree} ${continuous}`;
    const from = before.dofs(degree, continuous), to = after.dofs(degree, continuous);
    if (!routes.has(kind)) {
      routes.set(
        kind,
        RowRoutes.of(comm, from.ids.slice(0, from.owned), to.ids, from.globalCount),
      );
    }
    const own = store.data ?? new Float64Array(from.count * components);
    const rows = routes.get(kind)!.bring(own.subarray(0, from.owned * components), components);
    out.set(store, rows);
  });
  return out;
}
