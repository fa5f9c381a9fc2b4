import { version } from "../version.ts";
import type { Comm } from "../comm/comm.ts";
import { type Attributes, type CheckpointBackend, childKey, type Entry } from "./contract.ts";

/**
 * What a file says of itself in `/metadata`: when, by what, of which run, and what is in it.
 *
 * @param backend the entries of a capture.
 * @param comm the ranks that save together, whose sizes add up: collective then; null for one.
 */
export function metadataOf(
  backend: CheckpointBackend,
  runName: string,
  createdAt: Date,
  comm: Comm | null = null,
): Attributes {
  const meshes = backend.get("meshes")?.keys ?? [];
  const bearers = backend.get("state")?.keys ?? [];
  const first = meshes.length === 0
    ? undefined
    : backend.get(childKey("meshes", meshes[0]))?.attributes;
  const { step = null, time = null, dt = null } = backend.get("tracker")?.attributes ?? {};
  return {
    created_at: createdAt.toISOString(),
    toolkit_version: version,
    run_name: runName,
    step,
    sim_time: time,
    dt,
    dim: first?.dim ?? null,
    mesh_type: first?.mesh_type ?? null,
    coordinate_system: "cartesian",
    ranks_at_write: comm?.size ?? 1,
    mesh_names_json: JSON.stringify(meshes),
    swarm_names_json: JSON.stringify(backend.get("swarms")?.keys ?? []),
    bearer_classes_json: JSON.stringify(Object.fromEntries(
      bearers.map((name) => [name, backend.get(childKey("state", name))?.className ?? "Object"]),
    )),
    variables_summary: ["meshes", "swarms"].flatMap((section) => summaryOf(backend, section, comm))
      .join("; "),
  };
}

/** For each mesh or swarm its variables with their shapes: `Mesh_0: T [441], v [441 x 2]`. */
function summaryOf(backend: CheckpointBackend, section: string, comm: Comm | null): string[] {
  const rowsOf = ({ shape, attributes: { owned = shape[0] } }: Entry): number =>
    comm === null ? shape[0] : comm.allreduce(Number(owned));
  return (backend.get(section)?.keys ?? []).map((owner) => {
    const key = `${childKey(section, owner)}/variables`;
    const variables = (backend.get(key)?.keys ?? []).map((name) => {
      const entry = backend.get(childKey(key, name));
      if (!entry?.data) return `${name} (not set)`;
      return `${name} [${[rowsOf(entry), ...entry.shape.slice(1)].join(" x ")}]`;
    });
    return `${owner}: ${variables.join(", ") || "no variables"}`;
  });
}
