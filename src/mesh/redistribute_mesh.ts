/**
 * A mesh captured on some number of ranks, as this rank of another number would have captured it. Each rank reads some
 * of what ranks own, and gets what it needs by global ids; ghosts take their owners' values.
 *
 * @module
 */
import { ownedAttribute, withoutOwned } from "../snapshot/assemble.ts";
import type { CapturedParts, EntryHead } from "../snapshot/captured_parts.ts";
import type { CaptureSink } from "../snapshot/contract.ts";
import { entryOf, refusal } from "../snapshot/rank_entries.ts";
import { CapturedRows } from "./captured_rows.ts";
import type { FieldDegree } from "./dof_map.ts";
import { captureMiddles, captureRankMesh, captureTopology } from "./mesh_state.ts";
import type { RankMesh } from "./rank_mesh.ts";
import { dofIdsPath, meshPaths, meshVariablePath, storedField } from "./stored.ts";
import type { Topology } from "./topology.ts";

/** Where the nodes of this rank were. */
export interface CapturedPlaces {
  /** `[nodeCount x dim]`. */
  readonly coordinates: Float64Array;
  /** Mid-side nodes as they are stored, `[edges x dim]`; null for straight cells. */
  readonly middles: Float64Array | null;
}

/**
 * Writes what `Mesh.capture` would have written here. Collective.
 *
 * @param topology This rank's part of the captured mesh.
 * @throws {SnapshotInvalidatedError} when the captures do not belong together, or to this mesh.
 */
export function redistributeMesh(
  name: string,
  topology: Topology,
  parts: CapturedParts,
  key: string,
  sink: CaptureSink,
): CapturedPlaces {
  const { rankMesh, dim } = topology, [first] = parts.heads;
  if (rankMesh === null) throw refusal(`mesh '${name}' is whole on each rank`);
  const rows = new CapturedRows(parts, key), { nodes } = rankMesh;
  sink.group("", entryOf(first, key).attributes);
  captureRankMesh(topology, sink);
  redistributeWeights(rankMesh, rows, sink, first.get(`${key}/${meshPaths.weights}`));
  captureTopology(topology, sink);
  const hasMiddles = first.get(`${key}/${meshPaths.middles}`) !== undefined;
  const { coordinates, middles } = capturedPlaces(rankMesh, rows, dim, hasMiddles);
  sink.frozen(meshPaths.coordinates, coordinates, [nodes.count, dim], ownedAttribute(nodes.owned));
  if (middles !== null) captureMiddles(topology, middles, sink);
  const names = entryOf(first, `${key}/${meshPaths.variables}`).keys ?? [];
  sink.group(meshPaths.variables, {}, names);
  const numbered = new Set<string>(middles === null ? [] : [dofIdsPath(2, true)]);
  for (const name of names) redistributeField(rankMesh, rows, name, numbered, sink);
  return { coordinates, middles };
}

/** What cells cost, where they were divided by numbers. */
function redistributeWeights(
  { cells }: RankMesh,
  rows: CapturedRows,
  sink: CaptureSink,
  head: EntryHead | undefined,
): void {
  if (head === undefined) return;
  const own = rows.bring(meshPaths.weights, meshPaths.cellIds, cells, 1);
  sink.frozen(meshPaths.weights, own, [cells.count], {
    ...withoutOwned(head.attributes),
    ...ownedAttribute(cells.owned),
  });
}

/** Where the nodes of this rank were. Collective. */
export function capturedPlaces(
  rankMesh: RankMesh,
  rows: CapturedRows,
  dim: number,
  hasMiddles: boolean,
): CapturedPlaces {
  const { coordinates, middles, nodeIds, edgeIds } = meshPaths;
  return {
    coordinates: rows.bring(coordinates, nodeIds, rankMesh.nodes, dim) as Float64Array,
    middles: hasMiddles ? rows.bring(middles, edgeIds, rankMesh.edges, dim) as Float64Array : null,
  };
}

/** @param numbered Paths of the ids that are written already. */
function redistributeField(
  rankMesh: RankMesh,
  rows: CapturedRows,
  name: string,
  numbered: Set<string>,
  sink: CaptureSink,
): void {
  const path = meshVariablePath(name), heads = rows.heads(path);
  const filled = heads.find(({ elements }) => elements !== null);
  if (filled === undefined) {
    sink.group(path, { ...heads[0].attributes, allocated: false });
    return;
  }
  const { degree, continuous, components } = storedField(filled);
  const ids = dofIdsPath(degree, continuous);
  const dofs = rankMesh.dofs(degree as FieldDegree, continuous);
  // What is numbered as nodes are goes the way of these.
  const own = rows.bring(path, dofs === rankMesh.nodes ? meshPaths.nodeIds : ids, dofs, components);
  sink.frozen(path, own, components === 1 ? [dofs.count] : [dofs.count, components], {
    ...withoutOwned(filled.attributes),
    ...ownedAttribute(dofs.owned),
  });
  if (numbered.has(ids)) return;
  sink.frozen(ids, dofs.ids, [dofs.count], ownedAttribute(dofs.owned));
  numbered.add(ids);
}
