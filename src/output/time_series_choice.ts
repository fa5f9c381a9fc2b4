/**
 * Captures selected variables and swarms, in the form of a snapshot.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { Mesh } from "../mesh/mesh.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import { sayNames } from "../mesh/names.ts";
import {
  isUnallocated,
  meshKey,
  meshPaths,
  meshSection,
  meshVariablePath,
} from "../mesh/stored.ts";
import {
  type CheckpointBackend,
  memberPlaceOf,
  type SnapshotAttributes,
  type SnapshotEntry,
  type SnapshotPayload,
  type SnapshotSharing,
} from "../snapshot/contract.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import { metadataOf } from "../archive/metadata.ts";
import { payloadsOf } from "../archive/payloads.ts";
import { ownedAttribute } from "../snapshot/assemble.ts";
import { captureAll } from "../snapshot/capture.ts";
import { Swarm } from "../swarm/swarm.ts";
import type { TimestepOptions } from "./time_series.ts";

/** Keeps what was selected, and skips the other variables before they are copied. */
export class ChosenEntries implements CheckpointBackend {
  /** Entries by key. */
  readonly all: Map<string, SnapshotEntry> = new Map();
  readonly #kept = new MemoryBackend();
  readonly #chosen: ReadonlyMap<string, MeshVariable>;

  constructor(chosen: readonly MeshVariable[]) {
    this.#chosen = new Map(
      chosen.map((variable) => [keyOf(variable.mesh.name, variable.name), variable]),
    );
  }

  put(key: string, entry: SnapshotEntry, sharing: SnapshotSharing): void {
    const place = memberPlaceOf(key), list = meshPaths.variables;
    if (place?.section === meshSection) {
      if (place.path.startsWith(`${list}/`) && !this.#chosen.has(key)) return;
      const has = (child: string) => this.#chosen.has(keyOf(place.name, child));
      if (place.path === list) entry = { ...entry, keys: entry.keys!.filter(has) };
      const variable = this.#chosen.get(key);
      if (variable !== undefined && isUnallocated(entry)) entry = zerosOf(variable, entry);
    }
    this.#kept.put(key, entry, sharing);
    this.all.set(key, this.#kept.get(key)!);
  }

  get(key: string): SnapshotEntry | undefined {
    return this.all.get(key);
  }

  keys(): Iterable<string> {
    return this.all.keys();
  }
}

/** A variable that was never set is zero everywhere, and viewers should see that. */
function zerosOf(
  { coordinates, components, ownedDofCount, mesh }: MeshVariable,
  { attributes: { allocated: _, ...kind } }: SnapshotEntry,
): SnapshotEntry {
  const [rows] = coordinates.shape;
  const attributes = mesh.model.comm.size === 1
    ? kind
    : { ...kind, ...ownedAttribute(ownedDofCount) };
  const shape = components === 1 ? [rows] : [rows, components];
  return { kind: "array", data: new Float64Array(rows * components), shape, attributes };
}

function keyOf(mesh: string, variable: string): string {
  return `${meshKey(mesh)}/${meshVariablePath(variable)}`;
}

/** The captured state of a time step: the whole, or the part of a rank. */
export interface CapturedTimestep {
  readonly entries: ReadonlyMap<string, SnapshotEntry>;
  readonly metadata: SnapshotAttributes;
  readonly step: number;
  readonly time: number;
}

/**
 * Captures what was selected, of several ranks each its part. Collective.
 *
 * @throws {RangeError} when a variable or swarm does not exist, or `step` or `time` is out of range.
 * @throws {TypeError} when an option has a wrong type.
 */
export function captureTimestep(model: ModelHost, options: TimestepOptions): CapturedTimestep {
  const { step = model.tracker.step, time = model.tracker.time } = options, { comm } = model;
  const entries = allOrNone(comm, () => {
    checkNumbers(step, time);
    return captureChosen(model, options).all;
  });
  const metadata = {
    ...metadataOf(entries, model.name, new Date(), comm),
    ranks_at_write: 1,
    step,
    sim_time: time,
    dt: model.tracker.dt,
    content: "timestep: chosen variables, not the full state",
  };
  return { entries, metadata, step, time };
}

function checkNumbers(step: number, time: number): void {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new RangeError(`step must be a whole number of at least 0, got ${step}`);
  }
  if (!Number.isFinite(time)) throw new RangeError(`time must be a finite number, got ${time}`);
}

/** Captures meshes with the selected variables, and the selected swarms. */
function captureChosen(model: ModelHost, options: TimestepOptions): ChosenEntries {
  const variables = chosenVariables(model, options.variables);
  const swarms = chosenSwarms(model, options.swarms);
  const entries = new ChosenEntries(variables);
  const meshes = options.variables === undefined
    ? meshesOf(model)
    : [...new Set(variables.map(({ mesh }) => mesh))];
  const chosen = { meshes: byName(meshes), swarms: byName(swarms) };
  for (const payloads of payloadsOf(chosen)) captureAll(payloads, entries);
  return entries;
}

function byName(members: readonly SnapshotPayload[]): ReadonlyMap<string, SnapshotPayload> {
  return new Map(members.map((member) => [member.name, member]));
}

function meshesOf(model: ModelHost): Mesh[] {
  return [...model.meshes.values()].filter((mesh) => mesh instanceof Mesh);
}

function chosenVariables(
  model: ModelHost,
  chosen: TimestepOptions["variables"],
): readonly MeshVariable[] {
  const meshes = meshesOf(model);
  const all = meshes.flatMap((mesh) => [...mesh.variables.values()]);
  if (chosen === undefined) return all;
  if (!Array.isArray(chosen)) throw new TypeError("variables must be a list of variables or names");
  const found = new Set<MeshVariable>();
  for (const item of chosen as NonNullable<TimestepOptions["variables"]>) {
    const own = typeof item === "string"
      ? all.filter((v) => v.name === item || `${v.mesh.name}/${v.name}` === item)
      : all.filter((v) => v === item || v.mesh === item);
    const isMesh = item instanceof Mesh && meshes.includes(item);
    if (own.length === 0 && !isMesh) throw unknown(model, "variable", item, all.map(fullName));
    for (const variable of own) found.add(variable);
  }
  return [...found];
}

function fullName({ mesh, name }: MeshVariable): string {
  return `${mesh.name}/${name}`;
}

function chosenSwarms(
  model: ModelHost,
  chosen: TimestepOptions["swarms"],
): readonly SnapshotPayload[] {
  const all = [...model.swarms.values()];
  if (chosen === undefined) return all;
  if (!Array.isArray(chosen)) throw new TypeError("swarms must be a list of swarms or names");
  return (chosen as NonNullable<TimestepOptions["swarms"]>).map((item) => {
    const found = all.find((swarm) => swarm === item || swarm.name === item);
    if (found === undefined) throw unknown(model, "swarm", item, all.map(({ name }) => name));
    return found;
  });
}

function unknown(model: ModelHost, what: string, item: unknown, names: readonly string[]): Error {
  if (typeof item === "string" || item instanceof MeshVariable || item instanceof Swarm) {
    const name = typeof item === "string" ? item : item.name;
    return new RangeError(
      `writeTimestep: model '${model.name}' does not have a ${what} '${name}'; it has ${
        sayNames(names)
      }`,
    );
  }
  return new TypeError(`writeTimestep: expected a ${what} or its name, got ${String(item)}`);
}
