/**
 * A mesh as something that is captured and put back.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import { ownedAttribute } from "../snapshot/assemble.ts";
import type { Attributes, CaptureSink, CaptureSource } from "../snapshot/contract.ts";
import { Geometry } from "./geometry.ts";
import {
  captureRankMesh,
  captureTopology,
  captureVariables,
  planVariables,
  rankMeshDifference,
  topologyDifference,
} from "./mesh_state.ts";
import type { Placement } from "./placement.ts";
import { meshAttributes, meshPaths } from "./stored.ts";
import type { VariableRegistry } from "./variable_registry.ts";

/** What of a mesh is captured. */
export interface MeshParts {
  readonly name: string;
  readonly meshType: string;
  readonly topologyVersion: number;
  readonly placement: Placement;
  readonly registry: VariableRegistry;
}

/** Writes topology, coordinates and variables. */
export function captureMesh(mesh: MeshParts, sink: CaptureSink): void {
  const { meshType, topologyVersion, placement, registry } = mesh;
  const { topology, coordinates } = placement.geometry;
  const { dim, nodeCount, rankMesh } = topology;
  const { geometryVersion } = placement;
  sink.group("", meshAttributes({ dim, meshType, geometryVersion, topologyVersion }));
  captureRankMesh(topology, sink);
  captureTopology(topology, sink);
  const owned: Attributes = rankMesh === null ? {} : ownedAttribute(rankMesh.nodes.owned);
  sink.frozen(meshPaths.coordinates, coordinates, [nodeCount, dim], owned);
  captureVariables(topology, registry.stores, sink);
}

/** Checks a snapshot against a mesh; returns what puts it back, or null where it was refused. */
export function planMesh(mesh: MeshParts, source: CaptureSource): (() => void) | null {
  const { name, placement, registry } = mesh;
  const { topology } = placement.geometry;
  const difference = rankMeshDifference(name, topology, source) ??
    topologyDifference(name, topology, source);
  if (difference !== null) {
    source.refuse(difference);
    return null;
  }
  const geometry = planGeometry(name, placement, source);
  const writes = planVariables(name, topology, registry.stores, source);
  return () => {
    // One rank's nodes may have moved while another's did not: all ranks take part, or none.
    if (placement.moves(geometry)) placement.move(geometry);
    for (const write of writes) write();
  };
}

/** The geometry that the snapshot holds; the live one where the coordinates have the same bytes. */
function planGeometry(name: string, placement: Placement, source: CaptureSource): Geometry {
  const live = placement.geometry;
  const saved = source.data(meshPaths.coordinates, Float64Array, live.coordinates.length);
  if (saved === null || sameBytes(saved, live.coordinates)) return live;
  const known = placement.known(saved);
  if (known !== null) return known;
  try {
    // A copy: what was read from a file lies in memory that goes back to the pool.
    const geometry = new Geometry(live.topology, saved.slice());
    placement.remember(saved, geometry);
    return geometry;
  } catch (error) {
    source.refuse(`mesh '${name}': ${(error as Error).message}`);
    return live;
  }
}
