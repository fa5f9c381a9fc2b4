/**
 * Reads one variable from a file, and transfers it to the current mesh.
 *
 * @module
 */
import { allOrNone, settled, valueOf } from "../comm/collective_errors.ts";
import type { FieldDegree } from "../mesh/dof_map.ts";
import { type FieldSource, requireRule, transferField } from "../mesh/field_transfer.ts";
import { Geometry } from "../mesh/geometry.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { sayNames } from "../mesh/names.ts";
import { meshKey, meshPaths, meshSection, meshVariablePath, storedField } from "../mesh/stored.ts";
import { Topology } from "../mesh/topology.ts";
import type { Twins } from "../mesh/twins.ts";
import { childKey, type EntrySource, type SnapshotEntry } from "../snapshot/contract.ts";
import { DividedParts } from "../archive/divided_parts.ts";
import { withSnapshot, withSnapshotOnRanks } from "../archive/open_snapshot.ts";
import { rootsOf } from "../archive/read_captures.ts";
import { capturedField } from "../mesh/captured_field.ts";
import type { SnapshotFile } from "../snapshot/file/snapshot_file.ts";
import { wholeSnapshotOf } from "../archive/rank_captures.ts";
import { storedComponents, swarmSection } from "../swarm/stored.ts";
import type { ReadTimestepOptions, ReadTimestepReport } from "./time_series.ts";

/** Implements `readTimestep`. */
export async function readOnto(
  path: string | URL,
  variable: MeshVariable,
  options: ReadTimestepOptions = {},
): Promise<ReadTimestepReport> {
  if (!(variable instanceof MeshVariable)) {
    throw new TypeError("readTimestep takes a file, then the mesh variable to fill");
  }
  const { outside, verify } = options, { comm } = variable.mesh.model;
  const attempt = await settled(async () => {
    requireRule(outside ?? "nearest");
    return await withSnapshot(path, { verify }, (file) => {
      return comm.size > 1 ? ownerIn(file, variable, options) : fieldIn(file, variable, options);
    });
  });
  const found = allOrNone(comm, () => valueOf(attempt));
  if (typeof found !== "string") return transferField("readTimestep", found, variable, { outside });
  const shared = await sharedField(path, variable, found, options);
  if (shared !== null) return shared;
  const whole = await settled(() =>
    withSnapshot(path, { verify }, (file) => fieldIn(file, variable, options))
  );
  const source = allOrNone(comm, () => valueOf(whole));
  return transferField("readTimestep", source, variable, { outside });
}

/**
 * Copies the values of a field of the same kind on the same mesh, of which each rank reads its share. Collective.
 *
 * @param owner Which mesh or swarm of the file has it.
 * @returns null where it has to be interpolated.
 */
async function sharedField(
  path: string | URL,
  variable: MeshVariable,
  owner: string,
  { name = variable.name, swarm, verify }: ReadTimestepOptions,
): Promise<ReadTimestepReport | null> {
  const { comm } = variable.mesh.model;
  const asked = comm.allgather(`${owner} ${name} ${swarm ?? ""}`);
  if (swarm !== undefined || asked.some((other) => other !== asked[0])) return null;
  const values = await withSnapshotOnRanks(comm, path, { verify }, (file) => {
    const roots = allOrNone(comm, () => rootsOf(file));
    return capturedField(variable, new DividedParts(file, comm, roots), meshKey(owner), name);
  });
  if (values === null) return null;
  variable.set(values);
  return { count: comm.allreduce(variable.ownedDofCount), copied: true, outside: 0 };
}

/** The mesh or swarm of a file that has the field. */
function ownerIn(
  file: SnapshotFile,
  variable: MeshVariable,
  { name = variable.name, mesh, swarm }: ReadTimestepOptions,
): string {
  const source = wholeSnapshotOf(file), keys = new Set(source.keys());
  const section = swarm === undefined ? meshSection : swarmSection;
  const owners = ownersOf(source, section);
  const has = (owner: string) => keys.has(keyOf(section, owner, name));
  const wanted = swarm ?? mesh;
  const fitting = owners.filter((owner) => has(owner) && (wanted ?? owner) === owner);
  const same = fitting.find((owner) => owner === variable.mesh.name);
  const owner = same ?? (fitting.length === 1 ? fitting[0] : undefined);
  if (owner === undefined) {
    const all = owners.flatMap((other) =>
      ownersOf(source, `${childKey(section, other)}/${meshPaths.variables}`).map((v) =>
        `${other}/${v}`
      )
    );
    throw new RangeError(
      `readTimestep: "${file.path}" has ${fitting.length} variables '${name}'${
        wanted === undefined ? "" : ` on '${wanted}'`
      }; of ${section} it has ${sayNames(all)}`,
    );
  }
  return owner;
}

function fieldIn(
  file: SnapshotFile,
  variable: MeshVariable,
  options: ReadTimestepOptions,
): FieldSource {
  const { name = variable.name, swarm } = options, source = wholeSnapshotOf(file);
  const section = swarm === undefined ? meshSection : swarmSection;
  const owner = ownerIn(file, variable, options);
  const root = childKey(section, owner), key = keyOf(section, owner, name);
  const field = source.get(key)!, coordinates = source.get(`${root}/${meshPaths.coordinates}`)!;
  const middles = (source.get(`${root}/${meshPaths.middles}`)?.data ?? null) as Float64Array | null;
  const cells = swarm === undefined ? source.get(`${root}/${meshPaths.cells}`)!.data : null;
  const dim = coordinates.shape[1] as 2 | 3, nodes = coordinates.data as Float64Array;
  return {
    what: `${key} in "${file.path}"`,
    ...valuesOf(field),
    coordinates: nodes,
    dim,
    mesh: cells === null
      ? null
      : storedMesh(dim, nodes, cells as Int32Array, twinsOf(source, root), middles, field),
  };
}

function storedMesh(
  dim: 2 | 3,
  nodes: Float64Array,
  cells: Int32Array,
  twins: Twins | null,
  middles: Float64Array | null,
  field: SnapshotEntry,
): FieldSource["mesh"] {
  const { degree, continuous } = storedField(field);
  const none = new Map<string, Int32Array>(), nodeCount = nodes.length / dim;
  const data = { dim, nodeCount, cells, boundaries: none, regions: none, twins };
  const geometry = () => new Geometry(new Topology(data), nodes, middles);
  return { cells, twins, middles, degree: degree as FieldDegree, continuous, geometry };
}

/** The nodes of a stored mesh that are one place; null where it is not periodic. */
function twinsOf(source: EntrySource, root: string): Twins | null {
  const key = `${root}/${meshPaths.twins}`, names = ownersOf(source, key);
  if (names.length === 0) return null;
  return new Map(
    names.map((name) => [name, source.get(childKey(key, name))!.data as Int32Array]),
  );
}

function keyOf(section: string, owner: string, name: string): string {
  return `${childKey(section, owner)}/${meshVariablePath(name)}`;
}

function ownersOf(source: EntrySource, key: string): readonly string[] {
  return source.get(key)?.keys ?? [];
}

/** The values as float64, whatever their kind, so that a particle's material can become a field. */
function valuesOf(entry: SnapshotEntry): Pick<FieldSource, "data" | "components"> {
  const { data } = entry, components = storedComponents(entry);
  if (data === null || data instanceof Float64Array) return { data, components };
  return { data: Float64Array.from(data as ArrayLike<number | bigint>, Number), components };
}
