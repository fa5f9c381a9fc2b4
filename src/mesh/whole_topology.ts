/**
 * The topology that a rank is about to restore, from what all ranks captured.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import { onFirst } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { ownedRows } from "../snapshot/assemble.ts";
import type { CaptureSource, RankEntries } from "../snapshot/contract.ts";
import { refusal } from "../snapshot/rank_entries.ts";
import { gatherThings, toFirst, topologyOnFirst } from "./gather_whole.ts";
import { isTopologyOf, misfit, topologyFrom } from "./mesh_restore.ts";
import { partitionCells } from "./partition_cells.ts";
import { scatterTopology } from "./scatter_mesh.ts";
import { meshPaths } from "./stored.ts";
import type { Topology } from "./topology.ts";

/** What ranks captured. */
export interface CapturedTogether {
  /** All ranks together; null on all ranks but the first. */
  readonly whole: CaptureSource | null;
  /** One by one; `key` is the key of the mesh in them. */
  readonly parts: readonly RankEntries[];
  readonly key: string;
}

/** What the first rank finds: the live topology, one that cannot be that of this mesh, or another one. */
type Found = "live" | "misfit" | {
  readonly topology: Topology;
  readonly owners: Int32Array;
  readonly isRebalanced: boolean;
};

/**
 * This rank's topology of a captured mesh. Cells are divided as they were where as many ranks captured it; otherwise
 * as the live mesh is where that has the same cells, and by where they are where it has not. The first rank alone has
 * the whole for a while, and sends the others their parts. Collective.
 *
 * @param live this rank's, now.
 * @returns the live one where nothing differs; null where what was captured cannot be a mesh like this.
 * @throws {SnapshotInvalidatedError} when ranks do not have each cell exactly once.
 */
export function topologyOfWhole(
  mesh: string,
  live: Topology,
  captured: CapturedTogether,
  comm: Comm,
): Topology | null {
  const { rankMesh } = live;
  if (rankMesh === null) {
    const whole = captured.whole!;
    if (misfit(mesh, live, whole) !== null) return null;
    return isTopologyOf(live, whole) ? live : topologyFrom(live.dim, whole);
  }
  const all = topologyOnFirst(rankMesh, comm), { cells } = rankMesh;
  const here = new Int32Array(cells.owned).fill(comm.rank);
  const owners = gatherThings(cells, here, 1, toFirst(comm));
  const found = onFirst(
    comm,
    () => findTopology(mesh, { all: all!, live, owners }, captured, comm),
  );
  const said = comm.bcast(typeof found === "string" ? found : "new");
  if (said !== "new") return said === "live" ? live : null;
  const other = found as Exclude<Found, string> | null;
  const isRebalanced = other?.isRebalanced ?? false;
  const own = scatterTopology(other?.topology ?? null, other?.owners ?? null, isRebalanced, comm);
  // Asked for here, where all ranks are: variables of degree 2 ask later, each on its own.
  if (rankMesh.hasEdges) void own.rankMesh!.edges;
  return own;
}

/** On the first rank. */
function findTopology(
  mesh: string,
  now: { readonly all: Topology; readonly live: Topology; readonly owners: Int32Array },
  { whole: captured, parts, key }: CapturedTogether,
  comm: Comm,
): Found {
  const { all, live } = now, whole = captured!;
  if (misfit(mesh, all, whole) !== null) return "misfit";
  const same = isTopologyOf(all, whole), topology = same ? all : topologyFrom(live.dim, whole);
  const saved = parts.length === comm.size ? ownersIn(parts, key, topology.cellCount) : null;
  // Meshes that were adapted always say which division they have, and others where it is not that of a new mesh.
  const isRebalanced = saved !== null && topology.forest === null &&
    parts[0].get(`${key}/${meshPaths.whole}`) !== undefined;
  const isDividedSo = saved === null || (sameBytes(saved, now.owners) &&
    (topology.forest !== null || isRebalanced === (live.fingerprint !== null)));
  if (same && isDividedSo) return "live";
  const coordinates = whole.get(meshPaths.coordinates)!.data as Float64Array;
  const owners = saved ?? partitionCells(live.dim, topology.cells, coordinates, comm.size);
  return { topology, owners, isRebalanced };
}

/** The owner of every cell. */
function ownersIn(parts: readonly RankEntries[], key: string, count: number): Int32Array {
  const owners = new Int32Array(count).fill(-1);
  parts.forEach((part, rank) => {
    const entry = part.get(`${key}/${meshPaths.cellIds}`);
    const ids = entry?.data?.subarray(0, ownedRows(entry) ?? 0) as Int32Array | undefined;
    ids?.forEach((id) => owners[id] = rank);
  });
  if (!owners.includes(-1)) return owners;
  throw refusal(`"${key}" has cells that no rank owns`);
}
