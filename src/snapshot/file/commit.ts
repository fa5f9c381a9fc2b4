/**
 * Commits a snapshot by giving its wrapper its final name. Before that, a base that it links to
 * must not be replaced. Afterwards, it must not have replaced a snapshot that others link to. Locks
 * on the files themselves guarantee this between threads and processes.
 *
 * @module
 */
import { SnapshotFormatError } from "../../errors.ts";
import { dependentsElsewhere, dependentsOf, noteDependent } from "./dependents.ts";
import { linkedFilesIn, listedSidecars, removeIfThere, removeSidecars } from "./deletion.ts";
import type { FileLayer, LayerFile } from "./file_layer.ts";
import { baseOf, directoryOf } from "./paths.ts";
import type { PendingFile } from "./pending_file.ts";
import { readTailOf } from "./tail_reader.ts";
import { notePath, temporaryPath } from "./temporary_names.ts";
import type { FileLink } from "./write_contents.ts";

/**
 * Gives a written wrapper its name and deletes the sidecars of the snapshot that it replaces.
 *
 * @param links The files that the snapshot needs.
 * @throws {SnapshotFormatError} when a base has been replaced in the meantime, or another snapshot
 *   needs the one that would be replaced; nothing is changed.
 * @throws {Error} any error from the layer.
 */
export function commitSnapshot(
  layer: FileLayer,
  pending: PendingFile,
  path: string,
  links: readonly Omit<FileLink, "path">[],
): void {
  const bases = new Map(
    links.flatMap(({ file, digest, role }) => role === "base" ? [[file, digest]] : []),
  );
  const locks: LayerFile[] = [];
  let old;
  try {
    for (const file of inOrder(layer, [path, ...bases.keys()])) {
      locks.push(locked(layer, file, file === path));
    }
    for (const [file, digest] of bases) requireUnchanged(layer, path, file, digest);
    requireReplaceable(layer, path);
    old = listedSidecars(layer, path);
    // Before the commit: a note too many does no harm, a missing one loses data.
    for (const file of bases.keys()) noteDependent(layer, file, path);
    pending.commit();
    removeIfThere(layer, notePath(path));
  } finally {
    for (const lock of locks) lock.close();
  }
  if (old.length === 0) return;
  const linked = linkedFilesIn(layer, directoryOf(path));
  removeSidecars(layer, old, (real) => linked.has(real));
}

/**
 * Deletes a snapshot with its sidecars. If it is a link, only the link is deleted, not its target.
 *
 * @throws {SnapshotFormatError} when other snapshots need it; the message lists them.
 * @throws {Error} any error from the layer.
 */
export function deleteSnapshot(layer: FileLayer, path: string): void {
  const lock = lockedForDeletion(layer, path);
  try {
    requireDeletable(layer, path);
    const linked = linkedFilesIn(
      layer,
      directoryOf(path),
      (name) => name === baseOf(path),
    );
    deleteFiles(layer, path, (real) => linked.has(real));
  } finally {
    lock?.close();
  }
}

/** Locks a snapshot, so that no other save can make it its base; null for a link. */
export function lockedForDeletion(layer: FileLayer, path: string): LayerFile | null {
  return layer.lstat(path)?.isFile ? locked(layer, path, true) : null;
}

/**
 * Deletes the files of a snapshot that is locked for deletion. The snapshot is first renamed to a
 * temporary name. It therefore disappears in one step, and its list of sidecars remains available
 * until they are deleted.
 *
 * @param isNeeded Whether another snapshot links to a sidecar.
 * @throws {SnapshotFormatError} when snapshots in other folders need it.
 */
export function deleteFiles(
  layer: FileLayer,
  path: string,
  isNeeded: (realPath: string) => boolean,
): void {
  requireNoneOf(dependentsElsewhere(layer, path), path);
  const sidecars = listedSidecars(layer, path);
  // Windows cannot rename an open file.
  const going = sidecars.length === 0 || Deno.build.os === "windows"
    ? path
    : temporaryPath(path, crypto.randomUUID());
  if (going === path) removeIfThere(layer, path);
  else layer.rename(path, going);
  removeIfThere(layer, notePath(path));
  removeSidecars(layer, sidecars, isNeeded);
  if (going !== path) removeIfThere(layer, going);
}

/**
 * Refuses to replace a snapshot that other snapshots need.
 *
 * @throws {SnapshotFormatError} when other snapshots need it.
 */
export function requireReplaceable(layer: FileLayer, path: string): void {
  const dependents = dependentsOf(layer, path);
  if (dependents.length === 0) return;
  throw new SnapshotFormatError(
    path,
    `"${path}" cannot be replaced: ${dependents.join(", ")} hold(s) only what changed since it. ` +
      "Run consolidate() on those first, or save under another name",
  );
}

function requireDeletable(layer: FileLayer, path: string): void {
  requireNoneOf(dependentsOf(layer, path), path);
}

function requireNoneOf(dependents: readonly string[], path: string): void {
  if (dependents.length === 0) return;
  throw new SnapshotFormatError(
    path,
    `"${path}" cannot be deleted: ${dependents.join(", ")} hold(s) only what changed since it. ` +
      "Run consolidate() on those first",
  );
}

function requireUnchanged(
  layer: FileLayer,
  path: string,
  base: string,
  digest: string,
): void {
  if (layer.stat(base) !== null) {
    if (readTailOf(layer, base).trailer.digest === digest) return;
  }
  throw new SnapshotFormatError(
    path,
    `"${path}" was not saved: its base "${base}" was replaced or deleted while it was being written. ` +
      "Save again with the new base, or without one",
  );
}

/** The existing files, sorted by real path so that two commits cannot deadlock. */
function inOrder(layer: FileLayer, files: readonly string[]): string[] {
  const places = files.flatMap((file) => {
    const real = layer.lstat(file)?.isSymlink ? null : layer.realPath(file);
    return real === null ? [] : [{ file, real }];
  });
  return places.sort((a, b) => a.real < b.real ? -1 : 1).map(({ file }) => file);
}

/** Opens a file and locks it; closing the file releases the lock. */
function locked(layer: FileLayer, path: string, exclusive: boolean): LayerFile {
  const file = layer.open(path, "read");
  try {
    if (exclusive) file.lock();
    else file.lockShared();
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
