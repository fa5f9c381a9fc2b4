/**
 * The small files beside a snapshot through which ParaView opens it.
 *
 * @module
 */
import { explained } from "../../snapshot/file/file_errors.ts";
import { denoLayer, type FileLayer, readFully } from "../../snapshot/file/file_layer.ts";
import { Hdf5Output } from "../../snapshot/file/hdf5_output.ts";
import { type Hdf5Library, loadLibrary } from "../../snapshot/file/hdf5_library.ts";
import {
  baseOf,
  directoryOf,
  joinPath,
  pathOf,
  samePath,
  stemOf,
} from "../../snapshot/file/paths.ts";
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
  checkLinkFiles(snapshot, grids);
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
  const wanted = new TextEncoder().encode(`${baseOf(snapshot)}\0${VIEW_ROOT}/`);
  for (const [path] of linkFilesOf(snapshot, grids)) {
    const stat = layer.stat(path);
    if (stat === null || !stat.isFile || stat.size > LARGEST_LINK_FILE) continue;
    const bytes = new Uint8Array(stat.size);
    const file = layer.open(path, "read");
    try {
      readFully(file, bytes, 0);
    } finally {
      file.close();
    }
    if (indexOfBytes(bytes, wanted) >= 0) layer.remove(path);
  }
}

/** @throws {RangeError} when one of the small files would take the snapshot's own name. */
export function checkLinkFiles(snapshot: string, grids: readonly string[]): void {
  if (!linkFilesOf(snapshot, grids).some(([file]) => samePath(file, snapshot))) return;
  throw new RangeError(
    `the files for ParaView take names like "${snapshot}": save under a name that ends in .snap.h5`,
  );
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
