/**
 * The view into an HDF5 file, and the small files beside a snapshot through which ParaView opens it.
 *
 * @module
 */
import type { Entry } from "../../snapshot/contract.ts";
import { explained } from "../../snapshot/file/file_errors.ts";
import { denoLayer, type FileLayer, readFully } from "../../snapshot/file/file_layer.ts";
import { Hdf5Output } from "../../snapshot/file/hdf5_output.ts";
import { type Hdf5Library, loadLibrary } from "../../snapshot/file/hdf5_library.ts";
import { PreparedEntry } from "../../snapshot/file/hdf5_writer.ts";
import {
  baseOf,
  directoryOf,
  joinPath,
  pathOf,
  samePath,
  stemOf,
} from "../../snapshot/file/paths.ts";
import { PendingFile, removeStale } from "../../snapshot/file/pending_file.ts";
import { withSnapshot } from "../read_entries.ts";
import { indexOfBytes } from "../../snapshot/file/virtual_dataset.ts";
import { PARTS } from "../../snapshot/file/format.ts";
import type { View, ViewArray } from "./parts.ts";

/** The file and path where a dataset of the snapshot is; null where it is in the file being written. */
export type Whereabouts = (path: string) => { readonly file: string; readonly path: string } | null;

/** Own arrays of a view as a writer takes them: with checksums, and linked where a base has them. */
export function preparedView(library: Hdf5Library, view: View): PreparedEntry[] {
  return view.own.map(({ path, data, shape }: ViewArray) => {
    const entry: Entry = { kind: "array", data, shape, attributes: {} };
    return new PreparedEntry(library.hashes, path.slice(1), entry, path);
  });
}

/** Writes what is left when the arrays are there: attributes, second names, virtual datasets. */
export function finishView(output: Hdf5Output, view: View, where: Whereabouts): void {
  if (view.parts.length === 0) return;
  output.text(PARTS, "parts_json", JSON.stringify(view.parts));
  for (const name of view.parts) {
    const root = `${PARTS}/${name}`;
    output.number(root, "Version", BigInt64Array.of(1n, 0n), [2]);
    output.ascii(root, "Type", "UnstructuredGrid");
    for (const data of ["PointData", "CellData"]) output.group(`${root}/${data}`);
  }
  for (const { path, target } of view.links) {
    const elsewhere = where(target);
    if (elsewhere === null) output.hardLink(path, target);
    else output.externalLink(path, elsewhere.file, elsewhere.path);
  }
  for (const { path, kind, shape, sources } of view.virtual) {
    const resolved = sources.map(({ target, from, to }) => {
      const { file, path } = where(target) ?? { file: ".", path: target };
      return { file, path, from, to };
    });
    output.virtual(path, kind, shape, resolved);
  }
  output.hardLink("/VTKHDF", `${PARTS}/${view.parts[0]}`);
}

/** Where the files for a double click go: `step42.hdf` for the first part, `step42.Swarm_0.hdf`. */
function linkFilesOf(path: string, parts: readonly string[]): [file: string, target: string][] {
  const stem = joinPath(directoryOf(path), stemOf(path));
  return parts.map((name, i) => [
    i === 0 ? `${stem}.hdf` : `${stem}.${name.replaceAll(" ", "_")}.hdf`,
    `${PARTS}/${name}`,
  ]);
}

/**
 * Writes the files beside a snapshot through which ParaView 5.11 and newer opens it with a double click:
 * `step42.hdf` for the first mesh, one more for each other part. They hold links only, so they must stay
 * beside it, and they show whatever stands under its name.
 *
 * @returns their paths, the main one first; none where the snapshot has no view.
 * @throws {RangeError} when the snapshot itself has the name of such a file.
 * @throws {SnapshotFormatError} when it is no snapshot.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when there is no such file; other system errors likewise.
 */
export async function writeView(
  path: string | URL,
  options: { readonly layer?: FileLayer } = {},
): Promise<string[]> {
  const snapshot = pathOf(path);
  const parts = await withSnapshot(snapshot, options, (file) => file.viewParts());
  return await writeLinkFiles(snapshot, parts, options.layer);
}

/** {@link writeView} where the parts are known. */
export async function writeLinkFiles(
  snapshot: string,
  parts: readonly string[],
  layer: FileLayer = denoLayer,
): Promise<string[]> {
  checkLinkFiles(snapshot, parts);
  const files = linkFilesOf(snapshot, parts);
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
export function removeLinkFiles(layer: FileLayer, snapshot: string, parts: readonly string[]) {
  const wanted = new TextEncoder().encode(`${baseOf(snapshot)}\0${PARTS}/`);
  for (const [path] of linkFilesOf(snapshot, parts)) {
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
export function checkLinkFiles(snapshot: string, parts: readonly string[]): void {
  if (!linkFilesOf(snapshot, parts).some(([file]) => samePath(file, snapshot))) return;
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
  removeStale(layer, path);
  const pending = PendingFile.create(layer, path);
  try {
    const output = new Hdf5Output(library, pending.file);
    try {
      output.externalLink("/VTKHDF", snapshot, target);
      output.close();
    } catch (error) {
      output.abandon();
      throw error;
    }
    pending.flush();
    pending.commit();
  } catch (error) {
    pending.abandon();
    throw error;
  }
}
