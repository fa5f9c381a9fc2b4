/**
 * The sidecars of a snapshot: one file for each large part, in a folder beside it. Every save gives
 * them new names, so an earlier wrapper keeps its own until the new one has taken its place.
 *
 * @module
 */
import { SnapshotFormatError } from "../../errors.ts";
import { removeSidecarsOf } from "./deletion.ts";
import type { FileLayer } from "./file_layer.ts";
import type { Hdf5Library } from "./hdf5_library.ts";
import { bulkDirectoryOf, directoryOf, joinPath } from "./paths.ts";
import { linksFrom } from "./places.ts";
import { sidecarEnding } from "./temporary_names.ts";
import { type FileContents, type FileLink, writeContents } from "./write_contents.ts";

/** The sidecars of one save. */
export class Sidecars {
  readonly #library: Hdf5Library;
  readonly #layer: FileLayer;
  readonly #id: string;
  readonly #wrapper: string;
  readonly #directory: string;
  #written = false;

  /** @param id The id of the save, from its pending wrapper, whose lock protects the sidecars. */
  constructor(library: Hdf5Library, layer: FileLayer, path: string, id: string) {
    this.#library = library;
    this.#layer = layer;
    this.#id = id;
    this.#wrapper = path;
    this.#directory = bulkDirectoryOf(path);
  }

  /**
   * Writes and flushes one sidecar.
   *
   * @param root The path of the group that it contains, e.g. `/ranks/0`.
   * @param label The beginning of its name.
   * @returns the link from the wrapper to the sidecar.
   * @throws {SnapshotFormatError} when a file or a link already has the name of the folder.
   */
  async write(
    root: string,
    label: string,
    contents: Omit<FileContents, "linkTo">,
  ): Promise<FileLink> {
    const name = label.replaceAll(" ", "_") + sidecarEnding(this.#id);
    const path = joinPath(this.#directory, name);
    this.#makeDirectory();
    this.#written = true;
    const file = this.#layer.open(path, "createNew");
    try {
      const linkTo = linksFrom(this.#layer, path);
      const digest = await writeContents(this.#library, file, { ...contents, linkTo });
      file.flush();
      return { path: root, file: path, digest, role: "sidecar" };
    } finally {
      file.close();
    }
  }

  /** Flushes the names of all sidecars. */
  flush(): void {
    if (!this.#written) return;
    this.#layer.syncDirectory(this.#directory);
    this.#layer.syncDirectory(directoryOf(this.#directory));
  }

  /** Deletes everything written. */
  discard(): void {
    if (!this.#written) return;
    try {
      removeSidecarsOf(this.#layer, this.#directory, this.#id);
    } catch {
      // The error that led here is the one to report; the next save deletes what is left.
    }
  }

  #makeDirectory(): void {
    const entry = this.#layer.lstat(this.#directory);
    if (entry !== null && !entry.isDirectory) {
      const what = entry.isSymlink ? "a link" : "not a folder";
      throw new SnapshotFormatError(
        this.#wrapper,
        `"${this.#directory}" is ${what}, but the snapshot "${this.#wrapper}" needs a folder of that ` +
          "name for its sidecars; remove it, or save under another name",
      );
    }
    this.#layer.makeDirectory(this.#directory);
  }
}
