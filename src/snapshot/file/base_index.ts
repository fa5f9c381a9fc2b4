/**
 * Indexes an earlier snapshot by content, so that an incremental save can link to unchanged data.
 *
 * @module
 */
import type { FileLayer } from "./file_layer.ts";
import type { PreparedEntry } from "./hdf5_writer.ts";
import { linkedPath } from "./places.ts";
import { damaged, readTailOf, type Tail } from "./tail_reader.ts";
import type { FileLink } from "./write_contents.ts";

/** Smaller datasets are written again, because a link would take as much space. */
const WORTH_A_LINK = 1024;

/** The datasets of a snapshot and of all files that it links to. */
export class BaseIndex {
  readonly #layer: FileLayer;
  readonly #holders = new Map<string, Omit<FileLink, "path">>();

  /**
   * Reads the manifests of `path` and of its sidecars.
   *
   * @throws {SnapshotFormatError | SnapshotCorruptError} when it is not an intact snapshot.
   */
  constructor(layer: FileLayer, path: string) {
    this.#layer = layer;
    const tail = readTailOf(layer, path);
    this.#add(path, tail);
    for (const linked of tail.manifest.files) {
      if (linked.role !== "sidecar") continue;
      const file = linkedPath(layer, path, linked.file);
      const sidecar = readTailOf(layer, file);
      if (sidecar.trailer.digest !== linked.digest) {
        throw damaged(path, `its sidecar "${file}" is of another save`);
      }
      this.#add(file, sidecar);
    }
  }

  /** Finds numbers and attributes equal to those of `prepared`; returns null if there are none. */
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
        : { file: linkedPath(this.#layer, file, linked.file), digest: linked.digest };
      this.#holders.set(`${fingerprint}${path}`, { ...holder, role: "base" });
    }
  }
}
