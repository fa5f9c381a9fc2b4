/**
 * Builds a model from a snapshot alone, without the script that made it: to look at it, to evaluate fields,
 * or to save it again. Histories, solvers and the script's own objects are kept as plain state.
 *
 * @module
 */
import { type ArrayKind, kindOf, type TypedArray } from "../arrays.ts";
import { SnapshotInvalidatedError, TimestashError } from "../errors.ts";
import { Mesh } from "../mesh/mesh.ts";
import { findEdges } from "../mesh/edge_table.ts";
import type { EdgeMiddles, MeshData } from "../mesh/mesh_data.ts";
import type { FieldDegree } from "../mesh/dof_map.ts";
import type { FieldTransfer } from "../mesh/field_store.ts";
import { dataOfRecipe } from "../mesh/mesh_recipe.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import {
  meshKey,
  meshPaths,
  meshSection,
  meshVariablePath,
  storedField,
  storedMesh,
} from "../mesh/stored.ts";
import {
  type CheckpointBackend,
  childKey,
  type SnapshotEntry,
  type SnapshotScalar,
  type SnapshottableState,
} from "../snapshot/contract.ts";
import type { BalanceOptions } from "../swarm/balance_options.ts";
import type { SwarmBoundary } from "../swarm/boundary_rule.ts";
import { stateSection } from "../snapshot/subject.ts";
import {
  storedComponents,
  storedSwarm,
  swarmKey,
  swarmPaths,
  swarmSection,
  swarmVariablePath,
} from "../swarm/stored.ts";
import { Swarm } from "../swarm/swarm.ts";

/** The state of an object whose class is not available; it is kept, and saved again unchanged. */
export class StoredState {
  readonly name: string;
  /** The class of the object that was saved. */
  readonly stateClass: string;
  /** Nothing is known about its versions. */
  readonly takesAnyVersion = true;
  /** The state itself. */
  state: SnapshottableState = { schemaVersion: 0 };

  /** Made by `Model.fromSnapshot`. */
  constructor(name: string, stateClass: string) {
    this.name = name;
    this.stateClass = stateClass;
  }

  /** Takes any state, since nothing is known about it. */
  checkState(_state: SnapshottableState): void {}
}

/**
 * Makes all meshes, swarms and bearers of a snapshot in `model`, which is empty.
 *
 * @throws {SnapshotInvalidatedError} when the snapshot describes one that cannot be made.
 */
export function buildMembers(model: ModelHost, entries: CheckpointBackend): void {
  try {
    buildAll(model, entries);
  } catch (error) {
    if (error instanceof TimestashError || !(error instanceof Error)) throw error;
    throw new SnapshotInvalidatedError(
      `the snapshot cannot become a model: ${error.message}`,
      [error.message],
      { cause: error },
    );
  }
}

function buildAll(model: ModelHost, entries: CheckpointBackend): void {
  for (const name of keysOf(entries, meshSection)) buildMesh(model, entries, name);
  for (const name of keysOf(entries, swarmSection)) buildSwarm(model, entries, name);
  for (const name of keysOf(entries, stateSection)) buildBearer(model, entries, name);
}

/**
 * Makes what a snapshot has and a model lacks. On several ranks meshes cannot be made, since a mesh is divided when it
 * is made, nor swarms on them.
 */
export function buildMissing(model: ModelHost & BearersOf, entries: CheckpointBackend): void {
  const isWhole = model.comm.size === 1;
  for (const name of keysOf(entries, meshSection)) {
    const mesh = model.meshes.get(name);
    if (mesh instanceof Mesh) buildVariables(mesh, entries);
    else if (mesh === undefined && isWhole) buildMesh(model, entries, name);
  }
  for (const name of keysOf(entries, swarmSection)) {
    const swarm = model.swarms.get(name);
    if (swarm instanceof Swarm) buildColumns(swarm, entries);
    else if (swarm === undefined && isWhole) buildSwarm(model, entries, name);
  }
  for (const name of keysOf(entries, stateSection)) {
    if (!model.bearers.has(name)) buildBearer(model, entries, name);
  }
}

/** What is registered by name. */
interface BearersOf {
  readonly bearers: ReadonlyMap<string, unknown>;
  readonly swarms: ReadonlyMap<string, unknown>;
}

function buildBearer(model: ModelHost, entries: CheckpointBackend, name: string): void {
  const stateClass = entries.get(childKey(stateSection, name))?.className ?? "Object";
  model.adopt("bearer", new StoredState(name, stateClass), stateClass, name);
}

/** On several ranks the first one alone has the arrays, and makes the mesh for all. */
function buildMesh(model: ModelHost, entries: CheckpointBackend, name: string): void {
  const recipe = { words: () => "a snapshot", make: () => meshIn(entries, name) };
  buildVariables(new Mesh(model, dataOfRecipe(recipe, model.comm), { name }), entries);
}

function meshIn(entries: CheckpointBackend, name: string): MeshData {
  const key = meshKey(name);
  const { dim, meshType } = storedMesh(required(entries, key).attributes);
  const lists = (path: string) => {
    const parent = `${key}/${path}`;
    return new Map(
      keysOf(entries, parent).map((list) =>
        [list, numbersAt(entries, childKey(parent, list), Int32Array)] as const
      ),
    );
  };
  if (dim !== 2 && dim !== 3) {
    throw new SnapshotInvalidatedError(
      `mesh '${name}' of the snapshot should say whether it has 2 or 3 dimensions, and says ${
        said(dim)
      }`,
    );
  }
  const coordinates = numbersAt(entries, `${key}/${meshPaths.coordinates}`, Float64Array);
  const cells = numbersAt(entries, `${key}/${meshPaths.cells}`, Int32Array);
  return {
    dim,
    coordinates,
    cells,
    middles: middlesIn(entries, key, dim, cells, coordinates),
    boundaries: lists(meshPaths.boundaries),
    regions: lists(meshPaths.regions),
    periodic: lists(meshPaths.twins),
    meshType: String(meshType),
    notes: [],
  };
}

/** The mid-side nodes of a mesh of degree 2, as it takes them; null for straight cells. */
function middlesIn(
  entries: CheckpointBackend,
  key: string,
  dim: 2 | 3,
  cells: Int32Array,
  coordinates: Float64Array,
): EdgeMiddles | null {
  if (entries.get(`${key}/${meshPaths.middles}`) === undefined) return null;
  const points = numbersAt(entries, `${key}/${meshPaths.middles}`, Float64Array);
  const nodeCount = coordinates.length / dim, cellCount = cells.length / (dim + 1);
  const { nodes } = findEdges({ dim, cells, nodeCount, cellCount });
  return { edges: nodes, points };
}

/** Makes the variables of a mesh that it does not have. */
function buildVariables(mesh: Mesh, entries: CheckpointBackend): void {
  const key = meshKey(mesh.name);
  for (const variable of keysOf(entries, `${key}/${meshPaths.variables}`)) {
    if (mesh.variables.has(variable)) continue;
    const stored = storedField(required(entries, `${key}/${meshVariablePath(variable)}`));
    new MeshVariable(mesh, variable, {
      ...stored,
      degree: stored.degree as FieldDegree,
      transfer: stored.transfer as FieldTransfer,
    });
  }
}

function buildSwarm(model: ModelHost, entries: CheckpointBackend, name: string): void {
  const key = swarmKey(name);
  const { meshName, boundary, balance, wraps } = storedSwarm(required(entries, key));
  const mesh = model.meshes.get(String(meshName));
  if (!(mesh instanceof Mesh)) {
    throw new SnapshotInvalidatedError(
      `the snapshot has swarm '${name}' but not its mesh (${said(meshName)}); it is incomplete`,
    );
  }
  const swarm = new Swarm(mesh, {
    name,
    boundary: boundary as SwarmBoundary,
    balance: balanceOf(name, balance),
    wraps: wraps === true,
  });
  buildColumns(swarm, entries);
}

/** Makes the variables of a swarm that it does not have. */
function buildColumns(swarm: Swarm, entries: CheckpointBackend): void {
  const key = swarmKey(swarm.name);
  for (const variable of keysOf(entries, `${key}/${swarmPaths.variables}`)) {
    if (swarm.variables.has(variable)) continue;
    const path = `${key}/${swarmVariablePath(variable)}`, entry = required(entries, path);
    if (entry.data === null) {
      throw new SnapshotInvalidatedError(
        `"${path}" of the snapshot should hold numbers, and holds none`,
      );
    }
    swarm.addVariable(variable, {
      components: storedComponents(entry),
      dtype: kindOf(entry.data) as ArrayKind,
    });
  }
}

function keysOf(entries: CheckpointBackend, key: string): readonly string[] {
  return entries.get(key)?.keys ?? [];
}

/** The numbers under a key, which in a file may be of any type, or missing. */
function numbersAt<T extends TypedArray>(
  entries: CheckpointBackend,
  key: string,
  like: { new (length: number): T },
): T {
  const { data } = required(entries, key);
  if (data instanceof like) return data;
  throw new SnapshotInvalidatedError(
    `"${key}" of the snapshot should hold numbers of ${like.name}, and holds ${
      data === null ? "none" : `those of ${data.constructor.name}`
    }`,
  );
}

/** What an attribute says, for a message. */
function said(value: SnapshotScalar | undefined): string {
  return value === undefined ? "nothing" : Deno.inspect(value);
}

function required(entries: CheckpointBackend, key: string): SnapshotEntry {
  const entry = entries.get(key);
  if (entry !== undefined) return entry;
  throw new SnapshotInvalidatedError(`the snapshot does not have "${key}"; it is incomplete`);
}

/** The options of population control that a snapshot has as JSON; the swarm checks them. */
function balanceOf(swarm: string, text: SnapshotScalar | undefined): BalanceOptions | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(String(text));
  } catch (cause) {
    throw new SnapshotInvalidatedError(
      `the snapshot's population control of swarm '${swarm}' is not JSON: ${String(text)}`,
      [],
      { cause },
    );
  }
}
