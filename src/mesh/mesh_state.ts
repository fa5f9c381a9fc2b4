/**
 * How a mesh's topology and variables are saved, and compared with saved ones.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import {
  type Attributes,
  type CaptureSink,
  type CaptureSource,
  childKey,
} from "../snapshot/contract.ts";
import { dofIdsPath } from "../snapshot/parts.ts";
import type { FieldStore } from "./field_store.ts";
import { sameNames, sayNames } from "./names.ts";
import type { Topology } from "./topology.ts";

/** Writes cells, boundaries and regions; the arrays are never written, so snapshots share them. */
export function captureTopology(topology: Topology, sink: CaptureSink): void {
  const { dim, cells, cellCount, boundaries, regions, part } = topology;
  sink.group("topology", {});
  const owned: Attributes = part === null ? {} : { owned: part.cells.owned };
  sink.frozen("topology/cells", cells, [cellCount, dim + 1], owned);
  sink.group("topology/boundaries", {}, [...boundaries.keys()]);
  for (const [name, nodes] of boundaries) {
    sink.frozen(childKey("topology/boundaries", name), nodes, [nodes.length / dim, dim]);
  }
  sink.group("topology/regions", {}, [...regions.keys()]);
  for (const [name, ids] of regions) {
    sink.frozen(childKey("topology/regions", name), ids, [ids.length]);
  }
}

/** Writes which part of the mesh this is, by global ids; nothing where there is one rank. */
export function capturePart({ part }: Topology, sink: CaptureSink): void {
  if (part === null) return;
  const { cells, nodes, rank, ranks } = part;
  sink.group("partition", {
    rank,
    ranks,
    owned_cells: cells.owned,
    owned_nodes: nodes.owned,
    global_cells: cells.globalCount,
    global_nodes: nodes.globalCount,
  });
  sink.frozen("partition/cell_ids", cells.ids, [cells.count], { owned: cells.owned });
  sink.frozen("partition/node_ids", nodes.ids, [nodes.count], { owned: nodes.owned });
  const { boundaries } = part.whole;
  sink.group("partition/boundary_rows", {}, [...boundaries.keys()]);
  for (const name of boundaries.keys()) {
    const rows = part.boundaryRows(name);
    sink.frozen(childKey("partition/boundary_rows", name), rows, [rows.length]);
  }
}

/** Why what was saved is another part of the mesh, as one sentence; null when it is the same. */
export function partDifference(
  mesh: string,
  { part }: Topology,
  source: CaptureSource,
): string | null {
  const saved = source.get("partition")?.attributes ?? { rank: 0, ranks: 1 };
  const { rank, ranks } = part ?? { rank: 0, ranks: 1 };
  if (saved.ranks !== ranks) {
    return `mesh '${mesh}' was captured on ${saved.ranks} ranks, and there are ${ranks} now`;
  }
  if (saved.rank !== rank) {
    return `mesh '${mesh}' was captured on rank ${saved.rank}, and this is rank ${rank}`;
  }
  if (part === null) return null;
  const captured = saved.global_cells, live = part.cells.globalCount;
  if (captured !== live) {
    return `mesh '${mesh}': its topology differs (captured ${captured} cells on all ranks, live ${live})`;
  }
  const ids = source.get("partition/cell_ids")?.data;
  return ids && sameBytes(ids, part.cells.ids)
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
  const entry = source.get("topology/cells");
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
  const captured = source.get(`topology/${what}`)?.keys ?? [];
  const names = [...live.keys()];
  if (!sameNames(captured, names)) {
    return `${differs} (captured ${what}: ${sayNames(captured)}; live: ${sayNames(names)})`;
  }
  for (const [name, ids] of live) {
    const saved = source.get(childKey(`topology/${what}`, name))?.data;
    if (!saved || !sameBytes(saved, ids)) return `${differs} (${what}: '${name}' is another one)`;
  }
  return null;
}

/** Writes the variables of a mesh below `variables`. */
export function captureVariables(
  { part }: Topology,
  stores: ReadonlyMap<string, FieldStore>,
  sink: CaptureSink,
): void {
  sink.group("variables", {}, [...stores.keys()]);
  const numbered = new Set<string>();
  for (const store of stores.values()) {
    const dofs = part?.dofs(store.kind.degree, store.kind.continuous) ?? null;
    store.capture(sink, childKey("variables", store.name), dofs?.owned ?? null);
    const ids = dofIdsPath(store.kind.degree, store.kind.continuous);
    if (dofs === null || numbered.has(ids)) continue;
    sink.frozen(ids, dofs.ids, [dofs.count], { owned: dofs.owned });
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
  const captured = source.get("variables")?.keys ?? [];
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
    const write = store.plan(source, childKey("variables", name), mesh, count);
    if (write !== null) writes.push(write);
  }
  return writes;
}
