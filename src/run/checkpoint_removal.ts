/**
 * Removes checkpoints from a folder, and what interrupted saves have left.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import { deleteFiles, lockedForDeletion } from "../snapshot/file/commit.ts";
import {
  linkedFilesIn,
  removeIfThere,
  removeOrphans,
  removeStale,
} from "../snapshot/file/deletion.ts";
import type { LayerFile } from "../snapshot/file/file_layer.ts";
import { statesEqual } from "../snapshot/states_equal.ts";
import type { CheckpointEntry } from "./checkpoint_entry.ts";
import type { CheckpointFolder } from "./checkpoint_folder.ts";
import { ownerOfBulk, recordName, runOfFile, unfinishedOf } from "./file_names.ts";
import { neededBy } from "./scan.ts";

/** The number of checkpoints that are locked at once while they are removed. */
const BATCH = 64;

/**
 * Removes checkpoints, newest first, so that an incremental one is removed before its base. The snapshot is
 * the first file of each to be removed, so that the rest is never taken for a checkpoint.
 *
 * @param entries oldest first.
 * @returns those that stay, with the reason: another file needs them, or the system refused.
 */
export async function removeCheckpoints(
  folder: CheckpointFolder,
  entries: readonly CheckpointEntry[],
): Promise<Map<CheckpointEntry, string>> {
  const stay = new Map<CheckpointEntry, string>();
  const gone: string[] = [];
  const newestFirst = entries.toReversed();
  for (let at = 0; at < newestFirst.length; at += BATCH) {
    const batch = newestFirst.slice(at, at + BATCH);
    for (const [entry, reason] of await removeBatch(folder, batch)) stay.set(entry, reason);
    gone.push(...batch.filter((entry) => !stay.has(entry)).map(({ file }) => file));
  }
  if (gone.length > 0) folder.layer.syncDirectory(folder.path);
  folder.dropFromCatalog(gone);
  return stay;
}

/** Removes checkpoints while they are locked, so that no other process makes one of them a base meanwhile. */
async function removeBatch(
  folder: CheckpointFolder,
  entries: readonly CheckpointEntry[],
): Promise<Map<CheckpointEntry, string>> {
  const { layer } = folder;
  const stay = new Map<CheckpointEntry, string>();
  const going = new Set(entries.map(({ file }) => file));
  const all = (await folder.read()).entries;
  const locks: (LayerFile | null)[] = [];
  const known = new Map(all.map((entry) => [entry.file, entry]));
  try {
    for (const entry of entries) {
      try {
        requireUnchanged(entry, known.get(entry.file));
        locks.push(lockedForDeletion(layer, folder.join(entry.file)));
      } catch (error) {
        stay.set(entry, messageOf(error));
        going.delete(entry.file);
      }
    }
    const needed = neededBy(layer, folder.path, all, going);
    let linked: Map<string, string> | null = null;
    const isNeeded = (real: string) => {
      linked ??= linkedFilesIn(layer, folder.path, (name) => going.has(name));
      return linked.has(real);
    };
    for (const entry of entries.filter((entry) => !stay.has(entry))) {
      try {
        const by = needed.get(entry.file);
        if (by !== undefined) throw new Error(`"${by}" holds only what changed since it`);
        deleteFiles(layer, folder.join(entry.file), isNeeded);
        removeIfThere(layer, folder.join(recordName(entry.file)));
      } catch (error) {
        stay.set(entry, messageOf(error));
        for (const file of entry.needs) needed.set(file, entry.file);
      }
    }
  } finally {
    for (const lock of locks) lock?.close();
  }
  return stay;
}

/** What was decided holds for the checkpoint that was looked at, and for the labels that it had. */
function requireUnchanged(entry: CheckpointEntry, now: CheckpointEntry | undefined): void {
  if (now === undefined) return;
  if (now.sequence !== entry.sequence || now.run !== entry.run) {
    throw new Error("it was saved again in the meantime");
  }
  if (!statesEqual(now.labels, entry.labels)) {
    throw new Error("its labels were changed in the meantime");
  }
}

/** Removes what interrupted saves of a run have left; to be called by the process that holds the run. */
export function removeUnfinished(folder: CheckpointFolder, run: string): void {
  const { layer, path } = folder;
  removeStale(layer, path, (target) => runOfFile(target) === run);
  const orphans = unfinishedIn(folder).filter(([name, of]) =>
    ownerOfBulk(name) !== null && runOfFile(of) === run
  );
  if (orphans.length === 0) return;
  const linked = linkedFilesIn(layer, path);
  for (const [name] of orphans) removeOrphans(layer, folder.join(name), (real) => linked.has(real));
}

/** Temporary files, and folders of sidecars without a snapshot, each with the name of its snapshot. */
export function unfinishedIn(folder: CheckpointFolder): [name: string, of: string][] {
  return folder.layer.list(folder.path).flatMap((name): [string, string][] => {
    const temporary = unfinishedOf(name), owner = ownerOfBulk(name);
    if (temporary !== null) return [[name, temporary]];
    return owner === null || folder.layer.stat(folder.join(owner)) !== null ? [] : [[name, owner]];
  });
}
