/**
 * The only module that deletes snapshot files. It deletes from lists: the sidecars in a wrapper's
 * manifest, and the files of an interrupted save, which its temporary file identifies. It deletes a
 * sidecar only if it is in a sidecar folder beside the wrapper, is a file rather than a link, and
 * is the file that was listed.
 *
 * @module
 */
import type { FileLayer } from "./file_layer.ts";
import { bulkDirectoryOf, directoryOf, joinPath } from "./paths.ts";
import { snapshotsIn, tailOf } from "./neighbours.ts";
import { linkedPath } from "./places.ts";
import {
  isShortened,
  isSidecarName,
  notePath,
  sidecarEnding,
  temporaryOf,
} from "./temporary_names.ts";
import type { ListedFile } from "./trailer.ts";

/** A sidecar that a wrapper lists. */
export interface ListedSidecar extends ListedFile {
  /** Its path on the disk. */
  readonly path: string;
}

/** A sidecar is directly in a folder of sidecars beside its wrapper. */
const SIDECAR_LINK = /^[^/]+\.(bulk|sidecars)\/[^/]+$/;

/** The sidecars that a wrapper lists, including replaced ones; none if it is a link or damaged. */
export function listedSidecars(
  layer: FileLayer,
  wrapper: string,
): ListedSidecar[] {
  if (!layer.lstat(wrapper)?.isFile) return [];
  const tail = tailOf(layer, wrapper);
  if (tail === null) return [];
  const { files, replaced = [] } = tail.manifest;
  return [...files.filter(({ role }) => role === "sidecar"), ...replaced]
    .filter(({ file }) => SIDECAR_LINK.test(file))
    .map(({ file, digest }) => ({
      file,
      digest,
      path: joinPath(directoryOf(wrapper), file),
    }));
}

/** Deletes sidecars that no snapshot needs any more. */
export function removeSidecars(
  layer: FileLayer,
  listed: readonly ListedSidecar[],
  isNeeded: (realPath: string) => boolean,
): void {
  const folders = new Set<string>();
  for (const { path, digest } of listed) {
    const folder = directoryOf(path);
    // A link in place of the folder or the file points to something that is not ours.
    if (!layer.lstat(folder)?.isDirectory || !layer.lstat(path)?.isFile) continue;
    const real = layer.realPath(path);
    if (real === null || isNeeded(real)) continue;
    if (tailOf(layer, path)?.trailer.digest !== digest) continue;
    removeIfThere(layer, path);
    removeIfThere(layer, notePath(path));
    folders.add(folder);
  }
  for (const folder of folders) removeIfEmpty(layer, folder);
}

/** The real paths of files that the snapshots in a folder link to, each with one such snapshot. */
export function linkedFilesIn(
  layer: FileLayer,
  directory: string,
  without: (name: string) => boolean = () => false,
): Map<string, string> {
  const linked = new Map<string, string>();
  for (const { name, path, tail } of snapshotsIn(layer, directory, without)) {
    for (const { file } of tail.manifest.files) {
      const real = layer.realPath(linkedPath(layer, path, file));
      if (real !== null) linked.set(real, name);
    }
  }
  return linked;
}

/**
 * Deletes the files of interrupted saves and deletions in a folder: temporary files that are not
 * locked by a running process, and the sidecars that belong to them.
 *
 * @returns how many names the folder has.
 */
export function removeStale(
  layer: FileLayer,
  directory: string,
  isOurs: (target: string) => boolean = () => true,
): number {
  const names = layer.list(directory);
  for (const name of names) {
    const temporary = temporaryOf(name);
    if (temporary === null || !isOurs(temporary.target)) continue;
    const path = joinPath(directory, name);
    if (!layer.lstat(path)?.isFile) continue;
    ifUnlocked(layer, path, () => {
      for (const bulk of bulkDirectoriesOf(layer, directory, temporary.target)) {
        removeSidecarsOf(layer, bulk, temporary.id);
      }
      const listed = listedSidecars(layer, path);
      if (listed.length > 0) {
        // The snapshot was being deleted. If it was being saved, its sidecars are already gone.
        const linked = linkedFilesIn(layer, directory);
        removeSidecars(layer, listed, (real) => linked.has(real));
      }
      removeIfThere(layer, path);
    });
  }
  return names.length;
}

/** The folders where the sidecars of a target may be; all of them if its name was shortened. */
function bulkDirectoriesOf(layer: FileLayer, directory: string, target: string): string[] {
  if (!isShortened(target)) return [bulkDirectoryOf(joinPath(directory, target))];
  return layer.list(directory)
    .filter((name) => /\.(bulk|sidecars)$/.test(name))
    .map((name) => joinPath(directory, name));
}

/** Deletes the sidecars of one incomplete save. */
export function removeSidecarsOf(layer: FileLayer, bulk: string, id: string): void {
  if (!layer.lstat(bulk)?.isDirectory) return;
  const ending = sidecarEnding(id);
  for (const name of layer.list(bulk)) {
    const path = joinPath(bulk, name);
    if (name.endsWith(ending) && layer.lstat(path)?.isFile) removeIfThere(layer, path);
  }
  removeIfEmpty(layer, bulk);
}

/**
 * Deletes the sidecars in a folder whose snapshot does not exist, unless another snapshot needs
 * them. Other files are kept, and then the folder is kept too.
 */
export function removeOrphans(
  layer: FileLayer,
  bulk: string,
  isNeeded: (realPath: string) => boolean,
): void {
  if (!layer.lstat(bulk)?.isDirectory) return;
  for (const name of layer.list(bulk)) {
    const path = joinPath(bulk, name);
    if (!isSidecarName(name) || !layer.lstat(path)?.isFile) continue;
    const real = layer.realPath(path);
    if (real !== null && !isNeeded(real)) removeIfThere(layer, path);
  }
  removeIfEmpty(layer, bulk);
}

/** Deletes one file; it is not an error if another process has already deleted it. */
export function removeIfThere(layer: FileLayer, path: string): void {
  try {
    layer.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Runs `work` while holding the lock of a file, unless another process holds the lock. */
function ifUnlocked(layer: FileLayer, path: string, work: () => void): void {
  let file;
  try {
    file = layer.open(path, "update");
  } catch {
    // It is gone, or another user's. It is left alone, since a save should not fail for it.
    return;
  }
  try {
    if (file.tryLock()) work();
  } finally {
    file.close();
  }
}

function removeIfEmpty(layer: FileLayer, directory: string): void {
  try {
    if (layer.list(directory).length === 0) layer.remove(directory);
  } catch {
    // Another save has put a file into it; an empty folder is harmless, too.
  }
}

/** Folders with fewer names than this are searched at each save. */
const SMALL = 64;

/** How many saves into a folder still go without a search. */
const credit = new Map<string, number>();

/**
 * Deletes the files of interrupted saves in a folder, unless a recent save has searched it. A search lists the whole
 * folder, which takes longer the more is in it; a save into a large one therefore searches only now and then, so that
 * on average each save pays the same.
 */
export function removeStaleInTurn(layer: FileLayer, directory: string): void {
  const left = credit.get(directory) ?? 0;
  if (left > 0) {
    credit.set(directory, left - 1);
    return;
  }
  const names = removeStale(layer, directory);
  const saves = Math.floor(names / SMALL);
  if (saves > 0) credit.set(directory, saves);
  else credit.delete(directory);
}
