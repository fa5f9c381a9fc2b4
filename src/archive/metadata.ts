import { version } from "../version.ts";
import type { Comm } from "../comm/comm.ts";
import {
  dofIdsPath,
  meshKey,
  meshPaths,
  meshSection,
  storedField,
  storedMesh,
} from "../mesh/stored.ts";
import { ownedRows } from "../snapshot/assemble.ts";
import { type CheckpointBackend, childKey, type SnapshotAttributes } from "../snapshot/contract.ts";
import { stateSection } from "../snapshot/subject.ts";
import { swarmPaths, swarmSection } from "../swarm/stored.ts";

/**
 * Attributes of `/metadata` that are stored as integers, so that other programs show them as such.
 */
export const integerMetadata: ReadonlySet<string> = new Set([
  "schema_version",
  "step",
  "dim",
  "ranks_at_write",
]);

/**
 * Collects the description of a file in `/metadata`: its time, its writer, its run, and its
 * contents.
 *
 * @param backend the entries of a capture.
 * @param comm the ranks that save together, whose sizes are summed (collective); null for one rank.
 */
export function metadataOf(
  backend: Pick<CheckpointBackend, "get">,
  runName: string,
  createdAt: Date,
  comm: Comm | null = null,
): SnapshotAttributes {
  const meshes = backend.get(meshSection)?.keys ?? [];
  const bearers = backend.get(stateSection)?.keys ?? [];
  const { dim = null, meshType = null } = storedMesh(
    meshes.length === 0 ? undefined : backend.get(meshKey(meshes[0]))?.attributes,
  );
  const { step = null, time = null, dt = null } = backend.get("tracker")?.attributes ?? {};
  return {
    created_at: createdAt.toISOString(),
    toolkit_version: version,
    run_name: runName,
    step,
    sim_time: time,
    dt,
    dim,
    mesh_type: meshType,
    coordinate_system: "cartesian",
    ranks_at_write: comm?.size ?? 1,
    mesh_names_json: JSON.stringify(meshes),
    swarm_names_json: JSON.stringify(backend.get(swarmSection)?.keys ?? []),
    bearer_classes_json: JSON.stringify(Object.fromEntries(
      bearers.map((
        name,
      ) => [name, backend.get(childKey(stateSection, name))?.className ?? "Object"]),
    )),
    variables_summary: summariesOf(backend, comm).map(textOf).join("; "),
  };
}

/** The size of a variable: the number and shape of its rows; null if it is not set. */
interface Sizes {
  readonly name: string;
  readonly rows: number;
  readonly shape: readonly number[] | null;
}

/** The variables of a mesh or swarm. */
interface Summary {
  readonly owner: string;
  readonly variables: readonly Sizes[];
}

/** The summaries of all ranks, if several save together. */
function summariesOf(backend: Pick<CheckpointBackend, "get">, comm: Comm | null): Summary[][] {
  const own = [
    ...summaryOf(backend, meshSection, meshPaths.variables),
    ...summaryOf(backend, swarmSection, swarmPaths.variables),
  ];
  const all: Summary[][] = comm === null || comm.size === 1
    ? [own]
    : comm.allgather(JSON.stringify(own)).map((text) => JSON.parse(text));
  return own.map((_, i) => all.flatMap((summaries) => summaries[i] ?? []));
}

function summaryOf(
  backend: Pick<CheckpointBackend, "get">,
  section: string,
  list: string,
): Summary[] {
  return (backend.get(section)?.keys ?? []).map((owner) => {
    const root = childKey(section, owner), key = `${root}/${list}`;
    const variables = (backend.get(key)?.keys ?? []).flatMap((name): Sizes[] => {
      const entry = backend.get(childKey(key, name));
      if (entry === undefined) return [];
      const { shape, data } = entry;
      if (data !== null) {
        return [{ name, rows: ownedRows(entry) ?? shape[0], shape: shape.slice(1) }];
      }
      // A variable that another rank may have set has as many rows here as there are ids.
      const { degree, continuous } = storedField(entry);
      const ids = backend.get(`${root}/${dofIdsPath(degree, continuous)}`);
      return [{ name, rows: ownedRows(ids) ?? 0, shape: null }];
    });
    return { owner, variables };
  });
}

/** Lists variables with their shapes: `Mesh_0: T [441], v [441 x 2]`. */
function textOf(all: readonly Summary[]): string {
  const [{ owner, variables }] = all;
  const texts = variables.map(({ name }, i) => {
    const same = all.map(({ variables }) => variables[i]);
    const shape = same.find((variable) => variable?.shape)?.shape;
    if (!shape) return `${name} (not set)`;
    const rows = same.reduce((sum, variable) => sum + (variable?.rows ?? 0), 0);
    return `${name} [${[rows, ...shape].join(" x ")}]`;
  });
  return `${owner}: ${texts.join(", ") || "no variables"}`;
}
