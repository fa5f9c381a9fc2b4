/**
 * The small files beside a snapshot that let ParaView open it.
 *
 * @module
 */
import { explained } from "../../snapshot/file/file_errors.ts";
import { denoLayer, type FileLayer, readFully } from "../../snapshot/file/file_layer.ts";
import { Hdf5Output } from "../../snapshot/file/hdf5_output.ts";
import { type Hdf5Library, loadLibrary } from "../../snapshot/file/hdf5_library.ts";
import { absolutePath, baseOf, directoryOf, joinPath, stemOf } from "../../snapshot/file/paths.ts";
import { sameFile } from "../../snapshot/file/places.ts";
import { replaceFile } from "../../snapshot/file/pending_file.ts";
import { withSnapshot } from "../open_snapshot.ts";
import { indexOfBytes } from "../../snapshot/file/virtual_dataset.ts";
import { VIEW_ROOT } from "../../snapshot/file/format.ts";

/**
 * The paths of the link files: `step42.hdf` for the first grid, `step42.Swarm_0.hdf` for another.
 */
function linkFilesOf(path: string, grids: readonly string[]): [file: string, target: string][] {
  const stem = joinPath(directoryOf(path), stemOf(path));
  return grids.map((name, i) => [
    i === 0 ? `${stem}.hdf` : `${stem}.${name.replaceAll(" ", "_")}.hdf`,
    `${VIEW_ROOT}/${name}`,
  ]);
}

/**
 * Writes files beside the snapshot that let ParaView 5.11 and newer open it with a double click:
 * `step42.hdf` for the first mesh, and one file for each other grid. They contain only links, so
 * they must stay beside the snapshot, and they show whichever snapshot has its name.
 *
 * @returns their paths, the main one first; an empty list if the snapshot has no view.
 * @throws {RangeError} when the snapshot itself has the name of such a file.
 * @throws {SnapshotFormatError} when it is not a snapshot.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when the file does not exist; other system errors are passed on.
 */
export async function writeViewFiles(
  path: string | URL,
  options: { readonly layer?: FileLayer } = {},
): Promise<string[]> {
  const snapshot = absolutePath(path);
  const grids = await withSnapshot(snapshot, options, (file) => file.viewGrids());
  return await writeLinkFiles(snapshot, grids, options.layer);
}

/** Does the work of {@link writeViewFiles} if the grids are known. */
export async function writeLinkFiles(
  snapshot: string,
  grids: readonly string[],
  layer: FileLayer = denoLayer,
): Promise<string[]> {
  checkLinkFiles(layer, snapshot, grids);
  const files = linkFilesOf(snapshot, grids);
  const library = await loadLibrary();
  for (const [file, target] of files) {
    try {
      writeLinkFile(library, layer, file, baseOf(snapshot), target);
    } catch (error) {
      throw explained(error, file, "save");
    }
  }
  return files.map(([file]) => file);
}

/** The largest size of a link file in bytes; a larger file is not a link file. */
const LARGEST_LINK_FILE = 1 << 14;

/** Removes the link files of a snapshot, but no other files that may have the same names. */
export function removeLinkFiles(
  layer: FileLayer,
  snapshot: string,
  grids: readonly string[],
): void {
  for (const [path] of linkFilesOf(snapshot, grids)) {
    if (isLinkFile(layer, path, baseOf(snapshot))) layer.remove(path);
  }
}

/** Whether a file is a link file, of this snapshot or of any. */
function isLinkFile(layer: FileLayer, path: string, snapshot = ""): boolean {
  const entry = layer.lstat(path);
  if (entry === null || !entry.isFile || entry.size > LARGEST_LINK_FILE) return false;
  const bytes = new Uint8Array(entry.size);
  const file = layer.open(path, "read");
  try {
    readFully(file, bytes, 0);
  } finally {
    file.close();
  }
  return indexOfBytes(bytes, new TextEncoder().encode(`${snapshot}\0${VIEW_ROOT}/`)) >= 0;
}

/**
 * @throws {RangeError} when a link file would replace the snapshot itself, or a file of another
 * kind.
 */
export function checkLinkFiles(
  layer: FileLayer,
  snapshot: string,
  grids: readonly string[],
): void {
  for (const [file] of linkFilesOf(snapshot, grids)) {
    if (sameFile(layer, file, snapshot)) {
      throw new RangeError(
        `the files for ParaView take names like "${snapshot}": save under a name that ends in .snap.h5`,
      );
    }
    if (layer.lstat(file) === null || isLinkFile(layer, file)) continue;
    throw new RangeError(
      `"${file}" exists and is not a file for ParaView that timestash wrote; it would be replaced: save ` +
        "under another name, or move it away",
    );
  }
}

function writeLinkFile(
  library: Hdf5Library,
  layer: FileLayer,
  path: string,
  snapshot: string,
  target: string,
): void {
  replaceFile(layer, path, (file) => {
    const output = new Hdf5Output(library, file);
    try {
      output.externalLink("/VTKHDF", snapshot, target);
      output.close();
    } catch (error) {
      output.abandon();
      throw error;
    }
  });
}
