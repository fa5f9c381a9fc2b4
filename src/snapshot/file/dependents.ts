/**
 * Finds the snapshots that need another one as their base. Those in its own folder are found by
 * looking at them. For those in other folders, or with the name of another kind of file, there is a note beside the
 * base: a hidden file with their paths, one JSON string per line.
 *
 * @module
 */
import { listedSidecars } from "./deletion.ts";
import { type FileLayer, readFully, writeFully } from "./file_layer.ts";
import { absolutePath, baseOf, directoryOf, joinPath, relativePath } from "./paths.ts";
import { isLookedAt, snapshotsIn, tailOf } from "./neighbours.ts";
import { linkedPath, realPlace } from "./places.ts";
import type { Tail } from "./tail_reader.ts";
import { notePath } from "./temporary_names.ts";

/**
 * Finds the snapshots that store only changes since `path`, and therefore need it or its sidecars:
 * those beside it, and those elsewhere that have left a note. A link is never needed itself,
 * because snapshots link to the file that it points to.
 */
export function dependentsOf(layer: FileLayer, path: string): string[] {
  if (!layer.lstat(path)?.isFile) return [];
  const beside = snapshotsIn(layer, directoryOf(path), (name) => name === baseOf(path));
  return needing(layer, path, beside).concat(dependentsElsewhere(layer, path));
}

/** Finds the snapshots that have left a note beside `path` or its sidecars. */
export function dependentsElsewhere(layer: FileLayer, path: string): string[] {
  const noted = new Set(filesOf(layer, path).flatMap((file) => notesBeside(layer, file)));
  const there = new Set<string>();
  for (const other of noted) for (const real of whereaboutsOf(layer, other)) there.add(real);
  if (there.size === 0) return [];
  return needing(
    layer,
    path,
    Array.from(there, (path) => ({ path, tail: tailOf(layer, path) })),
  );
}

/**
 * The real paths at which a noted snapshot may be: its own; where nothing is there any more, those of the snapshots in
 * its folder, since it may have been renamed; and where the folder is gone, those of its name in the folders beside
 * that, since the folder may have been renamed.
 */
function whereaboutsOf(layer: FileLayer, noted: string): string[] {
  const own = layer.realPath(noted);
  if (own !== null) return [own];
  try {
    return candidatesFor(layer, noted).map((path) => layer.realPath(path))
      .filter((real) => real !== null);
  } catch (error) {
    // A folder that may not be looked into is none where the snapshot was left.
    if (isNotAllowed(error)) return [];
    throw error;
  }
}

function candidatesFor(layer: FileLayer, noted: string): string[] {
  const folder = directoryOf(noted), parent = directoryOf(folder);
  return layer.stat(folder)?.isDirectory
    ? Array.from(snapshotsIn(layer, folder), ({ path }) => path)
    : layer.list(parent).map((name) => joinPath(joinPath(parent, name), baseOf(noted)));
}

/**
 * Notes beside `base` that the snapshot at `path` needs it, unless it is found by looking into the folder.
 *
 * @throws {Error} any error from the layer, except that the folder of the base cannot be written.
 */
export function noteDependent(layer: FileLayer, base: string, path: string): void {
  const real = realPlace(layer, base), target = realPlace(layer, path);
  const home = directoryOf(real);
  if (home === directoryOf(target) && isLookedAt(baseOf(target))) return;
  let file;
  try {
    file = layer.open(notePath(real), "create");
  } catch (error) {
    // Whoever may not write there cannot replace the base either, so there is nobody to be told.
    if (isNotAllowed(error)) return;
    throw error;
  }
  try {
    file.lock();
    const line = JSON.stringify(relativePath(home, target)) + "\n";
    const before = new Uint8Array(file.size());
    readFully(file, before, 0);
    if (new TextDecoder().decode(before).includes(line)) return;
    writeFully(file, new TextEncoder().encode(line), before.length);
    file.flush();
  } finally {
    file.close();
  }
}

function isNotAllowed(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable || (error as { code?: string }).code === "EROFS";
}

function notesBeside(layer: FileLayer, file: string): string[] {
  const note = notePath(file);
  if (!layer.lstat(note)?.isFile) return [];
  const opened = layer.open(note, "read");
  try {
    const bytes = new Uint8Array(opened.size());
    readFully(opened, bytes, 0);
    const home = absolutePath(directoryOf(layer.realPath(file) ?? file));
    return new TextDecoder().decode(bytes).split("\n").flatMap((line) => {
      const path = textIn(line);
      return path === null ? [] : [path.startsWith("/") ? path : joinPath(home, path)];
    });
  } finally {
    opened.close();
  }
}

function textIn(line: string): string | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "string" && value !== "" ? value : null;
  } catch {
    // The end of the file, or a line that a crash has cut off before its save was done.
    return null;
  }
}

/** Those of `others` that have `path` or one of its sidecars as a base. */
function needing(
  layer: FileLayer,
  path: string,
  others: Iterable<{ readonly path: string; readonly tail: Tail | null }>,
): string[] {
  const own = new Set(filesOf(layer, path).map((file) => layer.realPath(file)));
  const found: string[] = [];
  for (const { path: other, tail } of others) {
    const needs = tail?.manifest.files.some(({ file, role }) => {
      const target = role === "base" ? layer.realPath(linkedPath(layer, other, file)) : null;
      return target !== null && own.has(target);
    });
    if (needs) found.push(other);
  }
  return found;
}

function filesOf(layer: FileLayer, path: string): string[] {
  return [path, ...listedSidecars(layer, path).map((sidecar) => sidecar.path)];
}
