/**
 * Particles captured on some number of ranks, as this rank of another number would have captured them.
 *
 * @module
 */
import { Geometry } from "../mesh/geometry.ts";
import { comingTopologyOf, type Mesh } from "../mesh/mesh.ts";
import { wholeCoordinates } from "../mesh/redistribute_mesh.ts";
import { meshKey } from "../mesh/stored.ts";
import type { CaptureSink, CheckpointBackend } from "../snapshot/contract.ts";
import { picked } from "../snapshot/assemble.ts";
import { entryOf, refusal } from "../snapshot/rank_entries.ts";
import { filtered, type Rows, rowsById } from "../snapshot/rows_by_id.ts";
import { recounted, storedSwarm, swarmPaths, swarmVariablePath } from "./stored.ts";

/** Writes what `Swarm.capture` would have written here: particles in cells of this rank, by id. */
export function redistributeSwarm(
  mesh: Mesh,
  parts: readonly CheckpointBackend[],
  key: string,
  sink: CaptureSink,
): void {
  const roots = parts.map((part) => entryOf(part, key));
  const here = rowsHere(mesh, parts, key), { length } = here.rows;
  const { comm } = mesh.model;
  const lost = roots.reduce((sum, root) => sum + Number(storedSwarm(root).lost), 0);
  // Counts of lost particles add up to the same; the first rank keeps them.
  const own = { count: length, lost: comm.rank === 0 ? lost : 0 };
  sink.group("", recounted(roots[0], own));
  const write = (path: string): void => {
    const entries = parts.map((part) => entryOf(part, `${key}/${path}`));
    const { shape, attributes } = entries[0];
    const data = picked(entries.map((entry) => entry.data!), here, shape.slice(1));
    sink.array(path, data, [length, ...shape.slice(1)], attributes);
  };
  write(swarmPaths.coordinates);
  write(swarmPaths.ids);
  const names = entryOf(parts[0], `${key}/${swarmPaths.variables}`).keys ?? [];
  sink.group(swarmPaths.variables, {}, names);
  for (const name of names) write(swarmVariablePath(name));
}

/** Particles of all parts whose cell this rank owns, in the geometry that was captured, by ascending id. */
function rowsHere(mesh: Mesh, parts: readonly CheckpointBackend[], key: string): Rows {
  const { dim, model: { comm } } = mesh;
  const ids = parts.map((part) => entryOf(part, `${key}/${swarmPaths.ids}`).data as BigInt64Array);
  const all = rowsById(ids, (id) => refusal(`particle ${id} was captured on two ranks`));
  const points = parts.map((part, rank) => {
    const x = entryOf(part, `${key}/${swarmPaths.coordinates}`).data as Float64Array;
    if (x.length === ids[rank].length * dim) return x;
    throw refusal(`"${key}" has ${x.length} coordinates for ${ids[rank].length} particles`);
  });
  const { rankMesh } = comingTopologyOf(mesh);
  // One rank has them all.
  if (rankMesh === null) return all;
  const { whole, cells: { owners } } = rankMesh;
  const saved = wholeCoordinates(whole, parts, meshKey(mesh.name));
  const { locator } = new Geometry(whole, saved);
  const cells = points.map((x, rank) => {
    const cells = new Int32Array(ids[rank].length).fill(-1);
    locator.locate(x, cells.length, cells, null);
    return cells;
  });
  // What was written outside of the domain and not dealt with yet waits on the first rank.
  const ownerOf = (cell: number) => cell < 0 ? 0 : owners[cell];
  return filtered(all, (part, row) => ownerOf(cells[part][row]) === comm.rank);
}
