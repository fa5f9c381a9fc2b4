/**
 * A model from a snapshot alone, without the script that made it: to look at, to evaluate fields, to save
 * again. Histories, solvers and objects of the script's own are kept as plain state.
 *
 * @module
 */
import type { ArrayKind } from "../arrays.ts";
import { kindOf } from "../arrays.ts";
import { SnapshotInvalidatedError } from "../errors.ts";
import { Mesh } from "../mesh/mesh.ts";
import type { MeshData } from "../mesh/mesh_data.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import {
  type Attributes,
  type CheckpointBackend,
  childKey,
  type Entry,
  type ModelHost,
  type SnapshottableState,
} from "../snapshot/contract.ts";
import type { BoundaryRule } from "../swarm/mover.ts";
import { Swarm } from "../swarm/swarm.ts";

/** The state of an object whose class is not here; kept, and saved again as it was. */
export class StoredState {
  readonly name: string;
  /** The class that the state was saved by. */
  readonly stateClass: string;
  /** The state itself. */
  state: SnapshottableState = { schemaVersion: 0 };

  /** Made by `Model.fromSnapshot`. */
  constructor(name: string, stateClass: string) {
    this.name = name;
    this.stateClass = stateClass;
  }

  /** Takes any state: nothing is known about it. */
  checkState(_state: SnapshottableState): void {}
}

/** Makes in `model`, which is empty, everything that `entries` has a place for. */
export function buildMembers(model: ModelHost, entries: CheckpointBackend): void {
  for (const name of keysOf(entries, "meshes")) buildMesh(model, entries, name);
  for (const name of keysOf(entries, "swarms")) buildSwarm(model, entries, name);
  for (const name of keysOf(entries, "state")) {
    const stateClass = entries.get(childKey("state", name))?.className ?? "Object";
    model.adopt("bearer", new StoredState(name, stateClass), stateClass, name);
  }
}

function buildMesh(model: ModelHost, entries: CheckpointBackend, name: string): void {
  const key = childKey("meshes", name);
  const { dim, mesh_type } = required(entries, key).attributes;
  const lists = (what: string) => {
    const parent = `${key}/topology/${what}`;
    return new Map(
      keysOf(entries, parent).map((list) => [list, dataOf(entries, childKey(parent, list))]),
    ) as Map<string, Int32Array>;
  };
  const data: MeshData = {
    dim: dim as 2 | 3,
    coordinates: dataOf(entries, `${key}/coordinates`) as Float64Array,
    cells: dataOf(entries, `${key}/topology/cells`) as Int32Array,
    boundaries: lists("boundaries"),
    regions: lists("regions"),
    meshType: String(mesh_type),
    notes: [],
  };
  const mesh = new Mesh(model, data, { name });
  for (const variable of keysOf(entries, `${key}/variables`)) {
    const attributes = required(entries, childKey(`${key}/variables`, variable)).attributes;
    new MeshVariable(mesh, variable, {
      degree: attributes.degree as 0 | 1 | 2,
      continuous: attributes.continuous as boolean,
      components: attributes.components as number,
    });
  }
}

function buildSwarm(model: ModelHost, entries: CheckpointBackend, name: string): void {
  const key = childKey("swarms", name);
  const { mesh_name, boundary } = required(entries, key).attributes;
  const mesh = model.meshes.get(String(mesh_name));
  if (!(mesh instanceof Mesh)) {
    throw new SnapshotInvalidatedError(
      `swarm '${name}' lives on mesh '${mesh_name}', which the snapshot does not have`,
    );
  }
  const swarm = new Swarm(mesh, { name, boundary: boundary as BoundaryRule });
  for (const variable of keysOf(entries, `${key}/variables`)) {
    const entry = required(entries, childKey(`${key}/variables`, variable));
    swarm.addVariable(variable, {
      components: componentsOf(entry.attributes),
      dtype: kindOf(entry.data!) as ArrayKind,
    });
  }
}

function componentsOf({ components }: Attributes): number {
  return typeof components === "number" ? components : 1;
}

function keysOf(entries: CheckpointBackend, key: string): readonly string[] {
  return entries.get(key)?.keys ?? [];
}

function dataOf(entries: CheckpointBackend, key: string): Entry["data"] {
  return required(entries, key).data;
}

function required(entries: CheckpointBackend, key: string): Entry {
  const entry = entries.get(key);
  if (entry !== undefined) return entry;
  throw new SnapshotInvalidatedError(`the snapshot has no "${key}": it is not whole`);
}
