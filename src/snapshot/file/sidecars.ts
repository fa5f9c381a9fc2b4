/**
 * The sidecars of a snapshot: one file for each large part, in a folder beside it. Every save gives
 * them new names, so an earlier wrapper keeps its own until the new one has taken its place.
 *
 * @module
 */
import type { FileLayer, LayerFile } from "./file_layer.ts";
import type { Hdf5Library } from "./hdf5_library.ts";
import { bulkDirectoryOf, directoryOf, joinPath, resolvePath, samePath } from "./paths.ts";
import { removeUnlocked } from "./pending_file.ts";
import { readTailOf } from "./tail_reader.ts";
import { type FileContents, type FileLink, writeContents } from "./write_contents.ts";

/** Sidecars being written; their locks are held until the wrapper stands. */
export class Sidecars {
  readonly #library: Hdf5Library;
  readonly #layer: FileLayer;
  readonly #directory: string;
  readonly #open: { path: string; file: LayerFile }[] = [];

  constructor(library: Hdf5Library, layer: FileLayer, wrapper: string) {
    this.#library = library;
    this.#layer = layer;
    this.#directory = bulkDirectoryOf(wrapper);
  }

  /**
   * Writes one sidecar.
   *
   * @param root The path of the group that it holds, e.g. `/ranks/0`.
   * @param label What its name begins with.
   * @returns the link by which the wrapper finds it.
   */
  async write(
    root: string,
    label: string,
    contents: Omit<FileContents, "file">,
  ): Promise<FileLink> {
    const unique = crypto.randomUUID().slice(0, 13);
    const path = joinPath(this.#directory, `${label.replaceAll(" ", "_")}.${unique}.h5`);
    this.#layer.makeDirectory(this.#directory);
    const file = this.#layer.open(path, "createNew");
    this.#open.push({ path, file });
    file.lock();
    const digest = await writeContents(this.#library, file, { ...contents, file: path });
    file.flush();
    return { path: root, file: path, digest, role: "sidecar" };
  }

  /** Makes the names of all sidecars last. */
  flush(): void {
    if (this.#open.length === 0) return;
    this.#layer.syncDirectory(this.#directory);
    this.#layer.syncDirectory(directoryOf(this.#directory));
  }

  /** The wrapper refers to the sidecars now. */
  release(): void {
    for (const { file } of this.#open.splice(0)) file.close();
  }

  /** Removes everything written. */
  abandon(): void {
    for (const { path, file } of this.#open.splice(0)) {
      file.close();
      quietly(() => this.#layer.remove(path));
    }
    removeIfEmpty(this.#layer, this.#directory);
  }
}

/**
 * Removes sidecars that the wrapper at `path` does not refer to and that no living save holds. The
 * wrapper is read after a sidecar's lock is taken: a save that has let go of it has committed by then.
 */
export function removeUnreferenced(layer: FileLayer, path: string): void {
  const directory = bulkDirectoryOf(path);
  if (layer.stat(directory) === null) return;
  for (const name of layer.list(directory)) {
    const file = joinPath(directory, name);
    removeUnlocked(layer, file, () => !isReferenced(layer, path, file));
  }
  removeIfEmpty(layer, directory);
}

function isReferenced(
  layer: FileLayer,
  wrapper: string,
  file: string,
): boolean {
  try {
    const { manifest } = readTailOf(layer, wrapper);
    return manifest.files.some((linked) => samePath(resolvePath(wrapper, linked.file), file));
  } catch {
    // A wrapper that cannot be read may refer to anything.
    return true;
  }
}

function removeIfEmpty(layer: FileLayer, directory: string): void {
  quietly(() => {
    if (layer.stat(directory) !== null && layer.list(directory).length === 0) {
      layer.remove(directory);
    }
  });
}

/** Cleaning up must not hide the outcome of the save itself. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // What is left is removed by the next save.
  }
}
