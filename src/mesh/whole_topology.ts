/**
 * The topology that a rank is about to restore, from what all ranks captured.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import { ownedRows } from "../snapshot/assemble.ts";
import type { CaptureSource, RankEntries } from "../snapshot/contract.ts";
import { refusal } from "../snapshot/rank_entries.ts";
import { isTopologyOf, misfit, topologyFrom } from "./mesh_restore.ts";
import { partitionCells } from "./partition_cells.ts";
import { partOfWhole } from "./part_of_whole.ts";
import { meshPaths } from "./stored.ts";
import { Topology } from "./topology.ts";

/**
 * This rank's topology of a captured mesh. Cells are divided as they were where as many ranks captured it; otherwise
 * as the live mesh is where that has the same cells, and by where they are where it has not.
 *
 * @param live this rank's, now.
 * @param whole what was captured, of all ranks together.
 * @returns the live one where nothing differs; null where `whole` cannot be a mesh like this.
 * @throws {SnapshotInvalidatedError} when ranks do not have each cell exactly once.
 */
export function topologyOfWhole(
  mesh: string,
  live: Topology,
  whole: CaptureSource,
  parts: readonly RankEntries[],
  key: string,
  comm: Comm,
): Topology | null {
  const { rankMesh } = live, liveWhole = rankMesh?.whole ?? live;
  if (misfit(mesh, liveWhole, whole) !== null) return null;
  const same = isTopologyOf(liveWhole, whole);
  const topology = same ? liveWhole : topologyFrom(live.dim, whole);
  if (rankMesh === null) return topology;
  const saved = parts.length === comm.size ? ownersIn(parts, key, topology.cellCount) : null;
  // Meshes that were adapted always say which division they have, and others where it is not that of a new mesh.
  const isRebalanced = saved !== null && topology.forest === null &&
    parts[0].get(`${key}/${meshPaths.whole}`) !== undefined;
  const isDividedSo = saved === null || (sameBytes(saved, rankMesh.cells.owners) &&
    (topology.forest !== null || isRebalanced === (live.fingerprint !== null)));
  if (same && isDividedSo) return live;
  const coordinates = whole.get(meshPaths.coordinates)!.data as Float64Array;
  const owners = saved ?? partitionCells(live.dim, topology.cells, coordinates, comm.size);
  const own = partOfWhole(topology, owners, comm, isRebalanced);
  // Asked for here, where all ranks are: variables of degree 2 ask later, each on its own.
  if (rankMesh.hasEdges) void own.edges;
  return new Topology(own.data, own);
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
