/**
 * How a mesh's topology and variables are saved, and compared with saved ones.
 *
 * @module
 */
import { ownedAttribute } from "../snapshot/assemble.ts";
import {
  type CaptureSink,
  type CaptureSource,
  childKey,
  type SnapshotAttributes,
} from "../snapshot/contract.ts";
import type { FieldStore } from "./field_store.ts";
import { sayNames } from "./names.ts";
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
  const { dim, cells, cellCount, boundaries, regions, forest, rankMesh, twins } = topology;
  sink.group(meshPaths.topology, {});
  const owned: SnapshotAttributes = rankMesh === null ? {} : ownedAttribute(rankMesh.cells.owned);
  sink.frozen(meshPaths.cells, cells, [cellCount, dim + 1], owned);
  if (forest !== null) {
    sink.frozen(meshPaths.labels, forest.labels, [cellCount], owned);
    sink.frozen(meshPaths.levels, forest.levels, [cellCount], owned);
  }
  sink.group(meshPaths.boundaries, {}, [...boundaries.keys()]);
  for (const [name, nodes] of boundaries) {
    sink.frozen(childKey(meshPaths.boundaries, name), nodes, [nodes.length / dim, dim]);
  }
  sink.group(meshPaths.regions, {}, [...regions.keys()]);
  for (const [name, ids] of regions) {
    sink.frozen(childKey(meshPaths.regions, name), ids, [ids.length]);
  }
  if (twins === null) return;
  // In the numbering of the whole mesh, and the same on all ranks.
  sink.group(meshPaths.twins, {}, [...twins.keys()]);
  for (const [name, pairs] of twins) {
    sink.frozen(childKey(meshPaths.twins, name), pairs, [pairs.length / 2, 2]);
  }
}

/**
 * Writes the mid-side nodes of cells of degree 2, and on several ranks the global ids of their edges and of the
 * degrees of freedom that are where all these nodes are.
 *
 * @param middles As `storedMiddles` gives them.
 */
export function captureMiddles(
  { dim, rankMesh }: Topology,
  middles: Float64Array,
  sink: CaptureSink,
): void {
  const edges = rankMesh?.edges ?? null, dofs = rankMesh?.dofs(2, true) ?? null;
  const owned: SnapshotAttributes = edges === null ? {} : ownedAttribute(edges.owned);
  sink.frozen(meshPaths.middles, middles, [middles.length / dim, dim], owned);
  if (edges === null || dofs === null) return;
  sink.frozen(meshPaths.edgeIds, edges.ids, [edges.count], ownedAttribute(edges.owned));
  sink.frozen(dofIdsPath(2, true), dofs.ids, [dofs.count], ownedAttribute(dofs.owned));
}

/** Writes which part of the mesh this is, by global ids; nothing where there is one rank. */
export function captureRankMesh({ rankMesh, fingerprint }: Topology, sink: CaptureSink): void {
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
  if (fingerprint !== null) sink.frozen(meshPaths.whole, fingerprint, [2]);
  const { boundaries } = rankMesh.data;
  sink.group(meshPaths.boundaryRows, {}, [...boundaries.keys()]);
  for (const name of boundaries.keys()) {
    const rows = rankMesh.boundaryRows(name);
    sink.frozen(childKey(meshPaths.boundaryRows, name), rows, [rows.length]);
  }
}

/** Why what was saved is of another rank, as one sentence; null when it is of this one. */
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
  return null;
}

/** Writes the variables of a mesh. */
export function captureVariables(
  { rankMesh }: Topology,
  stores: ReadonlyMap<string, FieldStore>,
  hasMiddles: boolean,
  sink: CaptureSink,
): void {
  sink.group(meshPaths.variables, {}, [...stores.keys()]);
  // Mid-side nodes have brought theirs.
  const numbered = new Set<string>(hasMiddles ? [dofIdsPath(2, true)] : []);
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
      `mesh '${mesh}': variable '${name}' was captured and is not live (${sides}); make it again first, or load with { extra: "keep" }`,
    );
  }
  const writes: (() => void)[] = [];
  for (const [name, store] of stores) {
    if (!captured.includes(name) && store.mayBeMissing) {
      writes.push(() => store.replace(null));
      continue;
    }
    if (!captured.includes(name)) {
      source.refuse(
        `mesh '${mesh}': variable '${name}' is live and was not captured (${sides}); take it away with removeVariable first, or load with { missing: "keep" }`,
      );
      continue;
    }
    const { count } = topology.dofMap(store.kind.degree, store.kind.continuous);
    const write = store.plan(source, meshVariablePath(name), mesh, count);
    if (write !== null) writes.push(write);
  }
  return writes;
}
