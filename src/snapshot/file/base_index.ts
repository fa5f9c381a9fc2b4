/**
 * What an earlier snapshot holds, by what it is: an incremental save links to what did not change.
 *
 * @module
 */
import type { FileLayer } from "./file_layer.ts";
import type { PreparedEntry } from "./hdf5_writer.ts";
import { baseOf, bulkDirectoryOf, directoryOf, joinPath, resolvePath, samePath } from "./paths.ts";
import { damaged, readTailOf, type Tail } from "./tail_reader.ts";
import type { FileLink } from "./write_contents.ts";

/** Datasets smaller than this are written again: a link would cost as much. */
const WORTH_A_LINK = 1024;

/** The datasets of a snapshot and of everything it links to. */
export class BaseIndex {
  readonly #holders = new Map<string, Omit<FileLink, "path">>();

  /**
   * Reads the manifests of `path` and of its sidecars.
   *
   * @throws {SnapshotFormatError | SnapshotCorruptError} when it is not a sound snapshot.
   */
  constructor(layer: FileLayer, path: string) {
    const tail = readTailOf(layer, path);
    this.#add(path, tail);
    for (const linked of tail.manifest.files) {
      if (linked.role !== "sidecar") continue;
      const file = resolvePath(path, linked.file);
      const sidecar = readTailOf(layer, file);
      if (sidecar.trailer.digest !== linked.digest) {
        throw damaged(path, `its sidecar "${file}" is of another save`);
      }
      this.#add(file, sidecar);
    }
  }

  /** Where numbers and attributes equal to those of `prepared` are, if they are. */
  find(prepared: PreparedEntry): FileLink | null {
    const { path, fingerprint, entry: { data } } = prepared;
    if (data === null || data.byteLength < WORTH_A_LINK) return null;
    const holder = this.#holders.get(`${fingerprint}${path}`);
    return holder === undefined ? null : { path, ...holder };
  }

  #add(file: string, tail: Tail): void {
    const { datasets, files } = tail.manifest;
    for (const { path, fingerprint, file: index } of datasets) {
      const linked = index === undefined ? null : files[index];
      const holder = linked === null
        ? { file, digest: tail.trailer.digest }
        : { file: resolvePath(file, linked.file), digest: linked.digest };
      this.#holders.set(`${fingerprint}${path}`, { ...holder, role: "base" });
    }
  }
}

/** The snapshots beside `path` that hold only what changed since it: they need it. */
export function dependentsOf(layer: FileLayer, path: string): string[] {
  const directory = directoryOf(path);
  const bulk = bulkDirectoryOf(path);
  const found: string[] = [];
  for (const name of layer.list(directory)) {
    const other = joinPath(directory, name);
    if (name === baseOf(path) || !/\.(h5|hdf5|hdf)$/i.test(name)) continue;
    let tail: Tail;
    try {
      tail = readTailOf(layer, other);
    } catch {
      // Not a sound snapshot: it can need nothing.
      continue;
    }
    const needs = tail.manifest.files.some(({ file, role }) => {
      const target = resolvePath(other, file);
      return role === "base" && (samePath(target, path) || samePath(directoryOf(target), bulk));
    });
    if (needs) found.push(other);
  }
  return found;
}
