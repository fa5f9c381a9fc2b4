/**
 * A mesh as something that is captured and put back.
 *
 * @module
 */
import { ownedAttribute } from "../snapshot/assemble.ts";
import type { CaptureSink, CaptureSource, SnapshotAttributes } from "../snapshot/contract.ts";
import type { Division } from "./division.ts";
import {
  captureMiddles,
  captureRankMesh,
  captureTopology,
  captureVariables,
  planVariables,
  rankMeshDifference,
} from "./mesh_state.ts";
import type { Placement } from "./placement.ts";
import { meshAttributes, meshPaths } from "./stored.ts";
import { storedMiddles } from "./stored_middles.ts";
import type { Topology } from "./topology.ts";
import type { VariableRegistry } from "./variable_registry.ts";

/** What of a mesh is captured. */
export interface MeshParts {
  readonly name: string;
  readonly meshType: string;
  readonly placement: Placement;
  readonly division: Division;
  readonly registry: VariableRegistry;
}

/** Writes topology, coordinates and variables. */
export function captureMesh(mesh: MeshParts, sink: CaptureSink): void {
  const { meshType, placement, division, registry } = mesh;
  const { topology, coordinates, middles } = placement.geometry;
  const { dim, nodeCount, rankMesh } = topology;
  const { geometryVersion, topologyVersion } = placement;
  const attributes = meshAttributes({ dim, meshType, geometryVersion, topologyVersion });
  sink.group("", { ...attributes, ...division.attributes });
  captureRankMesh(topology, sink);
  if (rankMesh !== null) division.capture(sink, rankMesh.cells.owned);
  captureTopology(topology, sink);
  const owned: SnapshotAttributes = rankMesh === null ? {} : ownedAttribute(rankMesh.nodes.owned);
  sink.frozen(meshPaths.coordinates, coordinates, [nodeCount, dim], owned);
  if (middles !== null) captureMiddles(topology, storedMiddles(placement.geometry), sink);
  captureVariables(topology, registry.stores, middles !== null, sink);
}

/**
 * Checks a snapshot against a mesh; returns what puts it back, or null where it was refused.
 *
 * @param coming the topology that several ranks have put together for this restore.
 */
export function planMesh(
  mesh: MeshParts,
  source: CaptureSource,
  coming: Topology | null,
): (() => void) | null {
  const { name, placement, division, registry } = mesh;
  const live = placement.geometry;
  const difference = rankMeshDifference(name, live.topology, source);
  if (difference !== null) source.refuse(difference);
  const topology = difference === null
    ? placement.known.topologyOf(name, live.topology, source, coming)
    : null;
  const geometry = topology && placement.known.geometryOf(name, live, topology, source);
  if (topology === null || geometry === null) return null;
  const divide = division.plan(source, name, topology.cellCount);
  const writes = planVariables(name, topology, registry.stores, source);
  return () => {
    // One rank's nodes may have moved while another's did not: all ranks take part, or none.
    if (placement.moves(geometry)) placement.move(geometry);
    divide();
    for (const write of writes) write();
  };
}
