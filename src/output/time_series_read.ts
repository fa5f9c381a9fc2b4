/**
 * Reads one variable from a file, and transfers it to the current mesh.
 *
 * @module
 */
import { sameBytes, wordsOf } from "../arrays.ts";
import { allOrNone, settled, valueOf } from "../comm/collective_errors.ts";
import { BoundarySearch } from "../mesh/boundary_walk.ts";
import type { FieldDegree } from "../mesh/dof_map.ts";
import { elementOf } from "../mesh/elements/mod.ts";
import { Geometry } from "../mesh/geometry.ts";
import { evaluateInto } from "../mesh/interpolate.ts";
import { wholeGeometryOf } from "../mesh/mesh.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { sayNames } from "../mesh/names.ts";
import { meshPaths, meshSection, meshVariablePath, storedField } from "../mesh/stored.ts";
import { Topology } from "../mesh/topology.ts";
import { childKey, type EntrySource, type SnapshotEntry } from "../snapshot/contract.ts";
import { withSnapshot } from "../archive/open_snapshot.ts";
import type { SnapshotFile } from "../snapshot/file/snapshot_file.ts";
import { wholeSnapshotOf } from "../archive/rank_captures.ts";
import { storedComponents, swarmSection } from "../swarm/stored.ts";
import { KdTree } from "./kd_tree.ts";
import type { ReadTimestepOptions, ReadTimestepReport } from "./time_series.ts";

/** A field of a file. */
interface Stored {
  readonly key: string;
  readonly data: Float64Array | null;
  readonly components: number;
  /** Null for particles. */
  readonly mesh: {
    readonly dim: number;
    readonly cells: Int32Array;
    readonly degree: FieldDegree;
    readonly continuous: boolean;
  } | null;
  /** The nodes of the mesh, or the places of particles. */
  readonly coordinates: Float64Array;
  readonly dim: number;
}

/** Implements `readTimestep`. */
export async function readOnto(
  path: string | URL,
  variable: MeshVariable,
  options: ReadTimestepOptions = {},
): Promise<ReadTimestepReport> {
  if (!(variable instanceof MeshVariable)) {
    throw new TypeError("readTimestep takes a file, then the mesh variable to fill");
  }
  const { outside = "nearest", verify } = options;
  const attempt = await settled(async () => {
    if (!["nearest", "rim", "refuse"].includes(outside)) {
      throw new TypeError(
        `outside is "nearest", "rim" or "refuse", not ${JSON.stringify(outside)}`,
      );
    }
    return await withSnapshot(path, { verify }, (file) => fieldIn(file, variable, options));
  });
  const { comm } = variable.mesh.model;
  const { copied, values, missed } = allOrNone(comm, () => {
    const stored = valueOf(attempt);
    checkFit(stored, variable);
    return valuesOn(variable, stored, outside);
  });
  variable.set(values);
  return {
    count: comm.allreduce(variable.ownedDofCount),
    copied,
    outside: comm.allreduce(missed),
  };
}

/** The values of a variable on this rank. */
interface Transferred {
  readonly copied: boolean;
  readonly values: Float64Array;
  /** The number of this rank's own places that were outside. */
  readonly missed: number;
}

function valuesOn(
  variable: MeshVariable,
  stored: Stored,
  outside: "nearest" | "rim" | "refuse",
): Transferred {
  const values = new Float64Array(variable.dofCount * variable.components);
  if (isSame(stored, variable)) {
    copyOwn(variable, stored.data, values);
    return { copied: true, values, missed: 0 };
  }
  const missed = stored.mesh === null
    ? fromNearest(stored, stored.coordinates, variable, null, values)
    : fromElements(stored, stored.mesh, variable, outside, values);
  return { copied: false, values, missed };
}

/** Copies this rank's rows of a field on the whole mesh; null stands for zeros. */
function copyOwn(
  { globalDofIds: ids, components }: MeshVariable,
  data: Float64Array | null,
  values: Float64Array,
): void {
  if (data === null) return;
  const from = wordsOf(data), to = wordsOf(values), row = 2 * components;
  for (let i = 0; i < ids.length; i++) {
    for (let k = 0; k < row; k++) to[i * row + k] = from[ids[i] * row + k];
  }
}

function fieldIn(
  file: SnapshotFile,
  variable: MeshVariable,
  { name = variable.name, mesh, swarm }: ReadTimestepOptions,
): Stored {
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
  const root = childKey(section, owner), key = keyOf(section, owner, name);
  const field = source.get(key)!, coordinates = source.get(`${root}/${meshPaths.coordinates}`)!;
  const cells = swarm === undefined ? source.get(`${root}/${meshPaths.cells}`)!.data : null;
  const { degree, continuous } = storedField(field);
  return {
    key,
    ...valuesOf(field),
    coordinates: coordinates.data as Float64Array,
    dim: coordinates.shape[1],
    mesh: cells === null ? null : {
      dim: coordinates.shape[1],
      cells: cells as Int32Array,
      degree: degree as FieldDegree,
      continuous,
    },
  };
}

function keyOf(section: string, owner: string, name: string): string {
  return `${childKey(section, owner)}/${meshVariablePath(name)}`;
}

function ownersOf(source: EntrySource, key: string): readonly string[] {
  return source.get(key)?.keys ?? [];
}

/** The values as float64, whatever their kind, so that a particle's material can become a field. */
function valuesOf(entry: SnapshotEntry): Pick<Stored, "data" | "components"> {
  const { data } = entry, components = storedComponents(entry);
  if (data === null || data instanceof Float64Array) return { data, components };
  return { data: Float64Array.from(data as ArrayLike<number | bigint>, Number), components };
}

function checkFit({ key, components, dim }: Stored, variable: MeshVariable): void {
  if (components === variable.components && dim === variable.mesh.dim) return;
  throw new RangeError(
    `readTimestep: ${key} has ${components} component(s) in ${dim}-D, but variable '${variable.name}' ` +
      `has ${variable.components} in ${variable.mesh.dim}-D; make a variable like the one in the file`,
  );
}

function isSame({ mesh, coordinates }: Stored, variable: MeshVariable): boolean {
  const now = wholeGeometryOf(variable.mesh);
  return mesh !== null && mesh.degree === variable.degree &&
    mesh.continuous === variable.continuous && sameBytes(mesh.cells, now.topology.cells) &&
    sameBytes(coordinates, now.coordinates);
}

/** Returns the number of this rank's own places that were outside. */
function fromElements(
  stored: Stored,
  { dim, cells: corners, degree, continuous }: NonNullable<Stored["mesh"]>,
  variable: MeshVariable,
  outside: "nearest" | "rim" | "refuse",
  values: Float64Array,
): number {
  const nodeCount = stored.coordinates.length / dim;
  const none = new Map<string, Int32Array>();
  const plane = dim === 2 ? 2 : 3;
  const topology = new Topology({
    dim: plane,
    nodeCount,
    cells: corners,
    boundaries: none,
    regions: none,
  });
  const geometry = new Geometry(topology, stored.coordinates);
  const places = variable.coordinates.data as Float64Array, count = places.length / dim;
  const cells = new Int32Array(count).fill(-1);
  const barycentric = new Float64Array(count * (dim + 1));
  geometry.locator.locate(places, count, cells, barycentric);
  const own = cells.subarray(0, variable.ownedDofCount);
  const missed = own.reduce((sum, cell) => sum + Number(cell < 0), 0);
  if (missed > 0 && outside === "refuse") throw outsideError(variable, places, cells, dim, missed);
  if (outside === "rim" && cells.includes(-1)) toRim(geometry, places, cells, barycentric);
  const { components, data } = stored;
  const { cellDofs } = topology.dofMap(degree, continuous);
  const field = { components, data, cellDofs, element: elementOf(plane, degree) };
  const lost = cells.slice();
  evaluateInto(field, cells, barycentric, count, values);
  if (outside === "nearest" && lost.includes(-1)) {
    fromNearest(stored, geometry.dofCoordinates(degree, continuous), variable, lost, values);
  }
  return missed;
}

function outsideError(
  { name }: MeshVariable,
  places: Float64Array,
  cells: Int32Array,
  dim: number,
  missed: number,
): RangeError {
  const first = cells.indexOf(-1) * dim;
  return new RangeError(
    `readTimestep: ${missed} place(s) of variable '${name}' are outside of the mesh in the file, the ` +
      `first at (${places.subarray(first, first + dim).join(", ")}); { outside: "nearest" } or ` +
      `"rim" gives them values`,
  );
}

/** Moves places outside to the nearest point of the old mesh. */
function toRim(
  geometry: Geometry,
  places: Float64Array,
  cells: Int32Array,
  barycentric: Float64Array,
): void {
  const { dim } = geometry.topology;
  const search = new BoundarySearch(geometry), at = new Float64Array(dim);
  const one = new Int32Array(1), coordinates = new Float64Array(dim + 1);
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] >= 0) continue;
    const z = dim === 3 ? places[i * dim + 2] : 0;
    one[0] = search.nearest(places[i * dim], places[i * dim + 1], z, at);
    geometry.locator.locate(at, 1, one, coordinates);
    cells[i] = one[0];
    barycentric.set(coordinates, i * (dim + 1));
  }
}

/**
 * Gives the places whose cell is -1 (for null: all places) the value of the nearest point; returns how many of
 * them are this rank's own.
 */
function fromNearest(
  { data, components, dim }: Stored,
  points: Float64Array,
  variable: MeshVariable,
  cells: Int32Array | null,
  values: Float64Array,
): number {
  const tree = new KdTree(points, dim);
  const places = variable.coordinates.data as Float64Array;
  let done = 0;
  for (let i = 0; i * dim < places.length; i++) {
    if (cells !== null && cells[i] >= 0) continue;
    const from = tree.nearest(places, i * dim);
    if (from < 0) throw new RangeError("readTimestep: the swarm in the file is empty");
    for (let a = 0; a < components; a++) {
      values[i * components + a] = data === null ? 0 : data[from * components + a];
    }
    if (i < variable.ownedDofCount) done++;
  }
  return done;
}
