/**
 * Particles captured on some number of ranks, as this rank of another number would have captured them.
 *
 * @module
 */
import { Geometry } from "../mesh/geometry.ts";
import { geometryOf, type Mesh, wholeGeometryOf } from "../mesh/mesh.ts";
import { wholeCoordinates } from "../mesh/redistribute_mesh.ts";
import { type CaptureSink, type CheckpointBackend, childKey } from "../snapshot/contract.ts";
import { picked, type Row } from "../snapshot/assemble.ts";
import { entryOf, refusal } from "../snapshot/parts.ts";

/** A particle of a capture. */
interface Particle extends Row {
  readonly id: bigint;
}

/** Writes what `Swarm.capture` would have written here: particles in cells of this rank, by id. */
export function redistributeSwarm(
  mesh: Mesh,
  parts: readonly CheckpointBackend[],
  key: string,
  sink: CaptureSink,
): void {
  const roots = parts.map((part) => entryOf(part, key));
  const rows = rowsHere(mesh, parts, key);
  const { comm } = mesh.model;
  const lost = roots.reduce((sum, { attributes }) => sum + Number(attributes.lost), 0);
  // Counts of lost particles add up to the same; the first rank keeps them.
  const own = { count: rows.length, lost: comm.rank === 0 ? lost : 0 };
  sink.group("", { ...roots[0].attributes, ...own });
  const write = (path: string): void => {
    const entries = parts.map((part) => entryOf(part, `${key}/${path}`));
    const { shape, attributes } = entries[0];
    const data = picked(entries.map((entry) => entry.data!), rows, shape.slice(1));
    sink.array(path, data, [rows.length, ...shape.slice(1)], attributes);
  };
  write("coordinates");
  write("ids");
  const names = entryOf(parts[0], `${key}/variables`).keys ?? [];
  sink.group("variables", {}, names);
  for (const name of names) write(childKey("variables", name));
}

/** Particles of all parts whose cell this rank owns, in the geometry that was captured, by ascending id. */
function rowsHere(mesh: Mesh, parts: readonly CheckpointBackend[], key: string): Particle[] {
  const { dim, model: { comm } } = mesh;
  const owners = geometryOf(mesh).topology.part?.cells.owners ?? null;
  const live = wholeGeometryOf(mesh);
  const saved = wholeCoordinates(live, parts, childKey("meshes", mesh.name));
  const { locator } = new Geometry(live.topology, saved);
  const rows: Particle[] = [];
  const seen = new Set<bigint>();
  parts.forEach((part, p) => {
    const ids = entryOf(part, `${key}/ids`).data as BigInt64Array;
    const x = entryOf(part, `${key}/coordinates`).data as Float64Array;
    const cells = new Int32Array(ids.length).fill(-1);
    locator.locate(x, ids.length, cells, null);
    for (let i = 0; i < ids.length; i++) {
      if (seen.has(ids[i])) throw refusal(`particle ${ids[i]} was captured on two ranks`);
      seen.add(ids[i]);
      // What was written outside of the domain and not dealt with yet waits on the first rank.
      const owner = owners === null || cells[i] < 0 ? 0 : owners[cells[i]];
      if (owner === comm.rank) rows.push({ part: p, row: i, id: ids[i] });
    }
    if (x.length !== ids.length * dim) throw refusal(`"${key}" has ${x.length} coordinates`);
  });
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}
