/**
 * Reads what ranks need to make the meshes, swarms and bearers of a file of any number of ranks: everything but the
 * numbers of fields and particles, of which each rank will load its share. The first rank makes the meshes.
 *
 * @module
 */
import { allocate } from "../arrays.ts";
import { allOrNone, onFirst, requireSame } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { meshPaths, meshSection } from "../mesh/stored.ts";
import { memberPlaceOf } from "../snapshot/contract.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import { loadFormulas } from "./decodable.ts";
import { DividedParts } from "./divided_parts.ts";
import type { ReadOptions } from "./file_options.ts";
import { MergedRanks } from "./merge_ranks.ts";
import { withSnapshotOnRanks } from "./open_snapshot.ts";
import { rootsOf } from "./read_captures.ts";
import { gatheredCaptures } from "./wholes.ts";

/** What a model is made from. */
export interface Building {
  /** The name of the run. */
  readonly name: string;
  /**
   * On the first rank whole meshes, as one rank would have captured them. Arrays of meshes on other ranks, and those of
   * fields and particles, have their type, and no rows.
   */
  readonly entries: MemoryBackend;
}

/**
 * Reads a file on several ranks. Collective.
 *
 * @throws {Error} as `withSnapshot`, on every rank.
 */
export async function readForBuilding(
  comm: Comm,
  path: string | URL,
  options: ReadOptions,
): Promise<Building> {
  const read = await withSnapshotOnRanks(comm, path, options, (file) => {
    const { roots, name } = allOrNone(comm, () => {
      return { roots: rootsOf(file), name: String(file.metadata()["run_name"]) };
    });
    requireSame(comm, "fromSnapshot", name);
    return { name, entries: entriesIn(new DividedParts(file, comm, roots)) };
  });
  await loadFormulas(read.entries);
  return read;
}

function entriesIn(parts: DividedParts): MemoryBackend {
  const { keys } = parts, undivided = parts.undivided(), entries = new MemoryBackend();
  const captures = gatheredCaptures(parts, keys.filter(isOfMesh));
  const whole = onFirst(
    parts.comm,
    () => captures!.length === 1 ? captures![0] : new MergedRanks(captures!, keys),
  );
  for (const key of keys) {
    const merged = undivided.get(key) ?? (isOfMesh(key) ? whole?.get(key) : undefined);
    if (merged !== undefined) entries.put(key, merged, "share");
    else if (whole === null || !isOfMesh(key)) {
      const { elements, ...head } = parts.heads[0].get(key)!;
      const data = elements === null ? null : allocate(elements, 0);
      entries.put(key, { ...head, data }, "share");
    }
  }
  return entries;
}

/** Whether an entry is of a mesh itself, and not of a variable on it. */
function isOfMesh(key: string): boolean {
  const place = memberPlaceOf(key);
  return place?.section === meshSection && !place.path.startsWith(`${meshPaths.variables}/`);
}
