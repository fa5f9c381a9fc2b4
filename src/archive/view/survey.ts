/**
 * Surveys the data that can be shown, of one rank and of all of them together.
 *
 * @module
 */
import { type ArrayKind, kindOf } from "../../arrays.ts";
import { childKey, type SnapshotEntry } from "../../snapshot/contract.ts";
import {
  dofIdsPath,
  meshPaths,
  meshSection,
  meshVariablePath,
  storedField,
  storedMesh,
} from "../../mesh/stored.ts";
import { ownedRows } from "../../snapshot/assemble.ts";
import { swarmPaths, swarmSection, swarmVariablePath } from "../../swarm/stored.ts";
import { dofsPerCell } from "../../mesh/dof_map.ts";
import { quadraticCellsOf } from "./cells.ts";
import { vertexCellsAt } from "./periodic.ts";

/** Entries by key. */
export type EntryMap = ReadonlyMap<string, SnapshotEntry>;

/** The path of the global ids of the degrees of freedom of degree 2, below the key of a mesh. */
export const QUADRATIC_IDS: string = dofIdsPath(2, true);

/** A mesh with the fields that can be shown. */
export type ShownMesh = {
  readonly name: string;
  readonly dim: 2 | 3;
  readonly cells: number;
  readonly fields: readonly ShownField[];
};

/** A field; it is zero on ranks where it is not set. */
export type ShownField = {
  readonly name: string;
  readonly degree: number;
  readonly continuous: boolean;
  readonly components: number;
  readonly set: boolean;
  /** False if the number of values does not match the mesh. */
  readonly fits: boolean;
};

/** A swarm with the arrays that can be shown. */
export type ShownSwarm = {
  readonly name: string;
  readonly dim: 2 | 3;
  readonly count: number;
  readonly arrays: readonly ShownArray[];
};

/** One value or several values for each particle. */
export type ShownArray = {
  /** The path below the key of the swarm. */
  readonly path: string;
  readonly name: string;
  readonly kind: ArrayKind;
  readonly components: number;
};

/** All data that can be shown. */
export type Survey = { readonly meshes: ShownMesh[]; readonly swarms: ShownSwarm[] };

/** Surveys one rank; entries that meshes and swarms do not write in this form are skipped. */
export function surveyOf(entries: EntryMap): Survey {
  const listed = <T>(section: string, find: (key: string, name: string) => T[]): T[] =>
    (entries.get(section)?.keys ?? []).flatMap((name) => find(childKey(section, name), name));
  return {
    meshes: listed(meshSection, (key, name) => meshAt(entries, key, name)),
    swarms: listed(swarmSection, (key, name) => swarmAt(entries, key, name)),
  };
}

/** Surveys all ranks: the result contains what every rank has and what fits on every rank. */
export function surveyOfAll([first, ...others]: readonly Survey[]): Survey {
  const meshes = first.meshes.flatMap((mesh) => {
    const same = others.map(({ meshes }) => meshes.find(({ name }) => name === mesh.name));
    if (!same.every((other) => other?.dim === mesh.dim)) return [];
    const all = [mesh, ...same as ShownMesh[]];
    const cells = all.reduce((sum, { cells }) => sum + cells, 0);
    const fields = mesh.fields.flatMap((field) => fieldOfAll(field, all));
    return cells === 0 ? [] : [{ ...mesh, cells, fields }];
  });
  const swarms = first.swarms.flatMap((swarm) => {
    const same = others.map(({ swarms }) => swarms.find(({ name }) => name === swarm.name));
    if (!same.every((other) => other?.dim === swarm.dim)) return [];
    const all = [swarm, ...same as ShownSwarm[]];
    const count = all.reduce((sum, { count }) => sum + count, 0);
    const arrays = swarm.arrays.filter((array) =>
      all.every(({ arrays }) =>
        arrays.some(({ path, kind, components }) =>
          path === array.path && kind === array.kind && components === array.components
        )
      )
    );
    return count === 0 ? [] : [{ ...swarm, count, arrays }];
  });
  return { meshes, swarms };
}

/** A field that is set on at least one rank. */
function fieldOfAll(field: ShownField, meshes: readonly ShownMesh[]): ShownField[] {
  const all = meshes.map(({ fields }) => fields.find(({ name }) => name === field.name));
  const fits = all.every((other) =>
    other !== undefined && other.fits && other.degree === field.degree &&
    other.continuous === field.continuous && other.components === field.components
  );
  return fits && all.some((other) => other!.set) ? [{ ...field, set: true }] : [];
}

function meshAt(entries: EntryMap, key: string, name: string): ShownMesh[] {
  const { dim } = storedMesh(entries.get(key)?.attributes);
  const topology = entries.get(`${key}/${meshPaths.cells}`);
  const cells = topology?.data, coordinates = entries.get(`${key}/${meshPaths.coordinates}`)?.data;
  if (dim !== 2 && dim !== 3) return [];
  if (!(cells instanceof Int32Array) || !(coordinates instanceof Float64Array)) return [];
  const nodeCount = coordinates.length / dim;
  for (let i = 0; i < cells.length; i++) if (!(cells[i] >= 0 && cells[i] < nodeCount)) return [];
  if (cells.length % (dim + 1) !== 0) return [];
  const rowsOf = (degree: number, continuous: boolean): number => {
    const cellCount = cells.length / (dim + 1);
    if (degree === 0) return cellCount;
    if (!continuous) return cellCount * dofsPerCell(dim, degree as 1 | 2);
    const vertices = vertexCellsAt(entries, key, dim);
    if (degree === 1) return vertices?.joined.nodeCount ?? nodeCount;
    return entries.get(`${key}/${QUADRATIC_IDS}`)?.shape[0] ??
      (vertices === null
        ? nodeCount + quadraticCellsOf(cells, dim, nodeCount).edges.count
        : vertices.joined.nodeCount + vertices.joined.edges.count);
  };
  const names = entries.get(`${key}/${meshPaths.variables}`)?.keys ?? [];
  const fields = names.flatMap((name): ShownField[] => {
    const entry = entries.get(`${key}/${meshVariablePath(name)}`);
    if (entry === undefined) return [];
    const { degree, continuous, components } = storedField(entry);
    if (degree !== 0 && degree !== 1 && degree !== 2) return [];
    const { data, shape: [rows, columns = 1] } = entry;
    const kind = { name, degree, continuous };
    if (data === null) return [{ ...kind, components, set: false, fits: true }];
    const fits = data instanceof Float64Array && rows === rowsOf(degree, kind.continuous);
    return [{ ...kind, components: columns, set: true, fits }];
  });
  const owned = ownedRows(topology) ?? cells.length / (dim + 1);
  return [{ name, dim, cells: owned, fields }];
}

function swarmAt(entries: EntryMap, key: string, name: string): ShownSwarm[] {
  const places = entries.get(`${key}/${swarmPaths.coordinates}`);
  const [count = 0, dim = 0] = places?.shape ?? [];
  if (!(places?.data instanceof Float64Array) || (dim !== 2 && dim !== 3)) return [];
  const variables = entries.get(`${key}/${swarmPaths.variables}`)?.keys ?? [];
  const paths = [swarmPaths.ids, ...variables.map(swarmVariablePath)];
  const arrays = paths.flatMap((path, i): ShownArray[] => {
    const { data, shape } = entries.get(`${key}/${path}`) ?? { data: null, shape: [] };
    // VTK has no type for 16-bit floats; all other kinds are stored unchanged.
    if (data === null || shape[0] !== count || kindOf(data) === "float16") return [];
    const name = i === 0 ? swarmPaths.ids : variables[i - 1];
    return [{ path, name, kind: kindOf(data), components: shape[1] ?? 1 }];
  });
  return [{ name, dim, count, arrays }];
}
