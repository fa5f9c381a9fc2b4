/**
 * How a mesh's topology is saved, and compared with a saved one.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import { type CaptureSink, type CaptureSource, childKey } from "../snapshot/contract.ts";
import type { Topology } from "./topology.ts";

/** Writes cells, boundaries and regions; the arrays are never written, so snapshots share them. */
export function captureTopology(topology: Topology, sink: CaptureSink): void {
  const { dim, cells, cellCount, boundaries, regions } = topology;
  sink.group("topology", {});
  sink.frozen("topology/cells", cells, [cellCount, dim + 1]);
  sink.group("topology/boundaries", {}, [...boundaries.keys()]);
  for (const [name, nodes] of boundaries) {
    sink.frozen(childKey("topology/boundaries", name), nodes, [nodes.length / dim, dim]);
  }
  sink.group("topology/regions", {}, [...regions.keys()]);
  for (const [name, ids] of regions) {
    sink.frozen(childKey("topology/regions", name), ids, [ids.length]);
  }
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
  live: ReadonlyMap<string, Int32Array<ArrayBuffer>>,
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

/** True when both lists have the same names, in any order. */
export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  const known = new Set(a);
  return a.length === b.length && b.every((name) => known.has(name));
}

/** Names for a message. */
export function sayNames(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.map((name) => `'${name}'`).join(", ");
}
