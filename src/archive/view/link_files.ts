/**
 * The small files beside a snapshot through which ParaView opens it.
 *
 * @module
 */
import { explained } from "../../snapshot/file/file_errors.ts";
import { denoLayer, type FileLayer, readFully } from "../../snapshot/file/file_layer.ts";
import { Hdf5Output } from "../../snapshot/file/hdf5_output.ts";
import { type Hdf5Library, loadLibrary } from "../../snapshot/file/hdf5_library.ts";
import { baseOf, directoryOf, joinPath, pathOf, stemOf } from "../../snapshot/file/paths.ts";
import { sameFile } from "../../snapshot/file/places.ts";
import { replaceFile } from "../../snapshot/file/pending_file.ts";
import { withSnapshot } from "../open_snapshot.ts";
import { indexOfBytes } from "../../snapshot/file/virtual_dataset.ts";
import { VIEW_ROOT } from "../../snapshot/file/format.ts";

/** Where the files for a double click go: `step42.hdf` for the first grid, `step42.Swarm_0.hdf`. */
function linkFilesOf(path: string, grids: readonly string[]): [file: string, target: string][] {
  const stem = joinPath(directoryOf(path), stemOf(path));
  return grids.map((name, i) => [
    i === 0 ? `${stem}.hdf` : `${stem}.${name.replaceAll(" ", "_")}.hdf`,
    `${VIEW_ROOT}/${name}`,
  ]);
}

/**
 * Writes the files beside a snapshot through which ParaView 5.11 and newer opens it with a double click:
 * `step42.hdf` for the first mesh, one more for each other grid. They hold links only, so they must stay
 * beside it, and they show whatever stands under its name.
 *
 * @returns their paths, the main one first; none where the snapshot has no view.
 * @throws {RangeError} when the snapshot itself has the name of such a file.
 * @throws {SnapshotFormatError} when it is not a snapshot.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when there is no such file; other errors of the system are passed on.
 */
export async function writeViewFiles(
  path: string | URL,
  options: { readonly layer?: FileLayer } = {},
): Promise<string[]> {
  const snapshot = pathOf(path);
  const grids = await withSnapshot(snapshot, options, (file) => file.viewGrids());
  return await writeLinkFiles(snapshot, grids, options.layer);
}

/** {@link writeViewFiles} where the grids are known. */
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

/** Bytes that such a file may have; what is larger is something else. */
const LARGEST_LINK_FILE = 1 << 14;

/** Removes the small files beside a snapshot, and nothing else that may have their names. */
export function removeLinkFiles(layer: FileLayer, snapshot: string, grids: readonly string[]) {
  for (const [path] of linkFilesOf(snapshot, grids)) {
    if (isLinkFile(layer, path, baseOf(snapshot))) layer.remove(path);
  }
}

/** Whether a file is one of the small files, of this snapshot or of any. */
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

/** @throws {RangeError} when one of the small files would replace the snapshot itself, or a file of another kind. */
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
