/**
 * How a mesh's topology and variables are saved, and compared with saved ones.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import { ownedAttribute } from "../snapshot/assemble.ts";
import {
  type Attributes,
  type CaptureSink,
  type CaptureSource,
  childKey,
} from "../snapshot/contract.ts";
import type { FieldStore } from "./field_store.ts";
import { sameNames, sayNames } from "./names.ts";
import {
  dofIdsPath,
  meshPaths,
  meshVariablePath,
  partitionAttributes,
  storedPartition,
} from "./stored.ts";
import type { Topology } from "./topology.ts";

/** Writes cells, boundaries and regions; the arrays are never written, so snapshots share them. */
export function captureTopology(topology: Topology, sink: CaptureSink): void {
  const { dim, cells, cellCount, boundaries, regions, rankMesh } = topology;
  sink.group(meshPaths.topology, {});
  const owned: Attributes = rankMesh === null ? {} : ownedAttribute(rankMesh.cells.owned);
  sink.frozen(meshPaths.cells, cells, [cellCount, dim + 1], owned);
  sink.group(meshPaths.boundaries, {}, [...boundaries.keys()]);
  for (const [name, nodes] of boundaries) {
    sink.frozen(childKey(meshPaths.boundaries, name), nodes, [nodes.length / dim, dim]);
  }
  sink.group(meshPaths.regions, {}, [...regions.keys()]);
  for (const [name, ids] of regions) {
    sink.frozen(childKey(meshPaths.regions, name), ids, [ids.length]);
  }
}

/** Writes which part of the mesh this is, by global ids; nothing where there is one rank. */
export function captureRankMesh({ rankMesh }: Topology, sink: CaptureSink): void {
  if (rankMesh === null) return;
  const { cells, nodes, rank, ranks } = rankMesh;
  const attributes = partitionAttributes({
    rank,
    ranks,
    ownedCells: cells.owned,
    ownedNodes: nodes.owned,
    globalCells: cells.globalCount,
    globalNodes: nodes.globalCount,
  });
  sink.group(meshPaths.partition, attributes);
  sink.frozen(meshPaths.cellIds, cells.ids, [cells.count], ownedAttribute(cells.owned));
  sink.frozen(meshPaths.nodeIds, nodes.ids, [nodes.count], ownedAttribute(nodes.owned));
  const { boundaries } = rankMesh.whole;
  sink.group(meshPaths.boundaryRows, {}, [...boundaries.keys()]);
  for (const name of boundaries.keys()) {
    const rows = rankMesh.boundaryRows(name);
    sink.frozen(childKey(meshPaths.boundaryRows, name), rows, [rows.length]);
  }
}

/** Why what was saved is another part of the mesh, as one sentence; null when it is the same. */
export function rankMeshDifference(
  mesh: string,
  { rankMesh }: Topology,
  source: CaptureSource,
): string | null {
  const saved = storedPartition(source.get(meshPaths.partition));
  const { rank, ranks } = rankMesh ?? { rank: 0, ranks: 1 };
  if (saved.ranks !== ranks) {
    return `mesh '${mesh}' was captured on ${saved.ranks} ranks, and there are ${ranks} now`;
  }
  if (saved.rank !== rank) {
    return `mesh '${mesh}' was captured on rank ${saved.rank}, and this is rank ${rank}`;
  }
  if (rankMesh === null) return null;
  const captured = saved.globalCells, live = rankMesh.cells.globalCount;
  if (captured !== live) {
    return `mesh '${mesh}': its topology differs (captured ${captured} cells on all ranks, live ${live})`;
  }
  const ids = source.get(meshPaths.cellIds)?.data;
  return ids && sameBytes(ids, rankMesh.cells.ids)
    ? null
    : `mesh '${mesh}' was divided among the ${ranks} ranks in another way`;
}

/** Why the saved topology is not the live one, as one sentence; null when they are equal. */
export function topologyDifference(
  mesh: string,
  topology: Topology,
  source: CaptureSource,
): string | null {
  const { dim, cells, cellCount } = topology;
  const differs = `mesh '${mesh}': its topology differs`;
  const entry = source.get(meshPaths.cells);
  if (entry === undefined || entry.data === null) return `${differs} (none was captured)`;
  const captured = sayCells(entry.shape[0], entry.shape[1]);
  const live = sayCells(cellCount, dim + 1);
  if (captured !== live) return `${differs} (captured ${captured}, live ${live})`;
  if (!sameBytes(entry.data, cells)) {
    return `${differs} (${live} on both sides, but of other nodes)`;
  }
  return listDifference(differs, "boundaries", topology.boundaries, source) ??
    listDifference(differs, "regions", topology.regions, source);
}

function sayCells(count: number, corners: number): string {
  return `${count} ${corners === 3 ? "triangles" : "tetrahedra"}`;
}

function listDifference(
  differs: string,
  what: "boundaries" | "regions",
  live: ReadonlyMap<string, Int32Array>,
  source: CaptureSource,
): string | null {
  const captured = source.get(meshPaths[what])?.keys ?? [];
  const names = [...live.keys()];
  if (!sameNames(captured, names)) {
    return `${differs} (captured ${what}: ${sayNames(captured)}; live: ${sayNames(names)})`;
  }
  for (const [name, ids] of live) {
    const saved = source.get(childKey(meshPaths[what], name))?.data;
    if (!saved || !sameBytes(saved, ids)) return `${differs} (${what}: '${name}' is another one)`;
  }
  return null;
}

/** Writes the variables of a mesh. */
export function captureVariables(
  { rankMesh }: Topology,
  stores: ReadonlyMap<string, FieldStore>,
  sink: CaptureSink,
): void {
  sink.group(meshPaths.variables, {}, [...stores.keys()]);
  const numbered = new Set<string>();
  for (const store of stores.values()) {
    const dofs = rankMesh?.dofs(store.kind.degree, store.kind.continuous) ?? null;
    store.capture(sink, meshVariablePath(store.name), dofs?.owned ?? null);
    const ids = dofIdsPath(store.kind.degree, store.kind.continuous);
    if (dofs === null || numbered.has(ids)) continue;
    sink.frozen(ids, dofs.ids, [dofs.count], ownedAttribute(dofs.owned));
    numbered.add(ids);
  }
}

/** Checks the saved variables against the live ones; returns what puts them back. */
export function planVariables(
  mesh: string,
  topology: Topology,
  stores: ReadonlyMap<string, FieldStore>,
  source: CaptureSource,
): (() => void)[] {
  const captured = source.get(meshPaths.variables)?.keys ?? [];
  const sides = `captured ${sayNames(captured)}; live ${sayNames([...stores.keys()])}`;
  for (const name of captured) {
    if (stores.has(name)) continue;
    source.refuse(
      `mesh '${mesh}': variable '${name}' was captured and is not live (${sides}); make it again first`,
    );
  }
  const writes: (() => void)[] = [];
  for (const [name, store] of stores) {
    if (!captured.includes(name)) {
      source.refuse(
        `mesh '${mesh}': variable '${name}' is live and was not captured (${sides}); take it away with removeVariable first`,
      );
      continue;
    }
    const { count } = topology.dofMap(store.kind.degree, store.kind.continuous);
    const write = store.plan(source, meshVariablePath(name), mesh, count);
    if (write !== null) writes.push(write);
  }
  return writes;
}
