/**
 * A file that replaces another in one step. It is written under a temporary name in the same
 * folder, flushed, and renamed: readers see either the complete old file or the complete new one,
 * even after a power failure.
 *
 * @module
 */
import { explained } from "./file_errors.ts";
import type { FileLayer, LayerFile } from "./file_layer.ts";
import { removeStale } from "./deletion.ts";
import { baseOf, directoryOf } from "./paths.ts";
import { shortName, temporaryPath } from "./temporary_names.ts";

/** A new file that does not have its name yet. */
export class PendingFile {
  readonly file: LayerFile;
  /** The id of the save, which is part of the temporary name. */
  readonly id: string;
  /** Its path until it has its name. */
  readonly temporary: string;
  readonly #layer: FileLayer;
  readonly #path: string;
  #open = true;
  #committed = false;

  private constructor(layer: FileLayer, path: string, id: string, file: LayerFile) {
    this.id = id;
    this.#layer = layer;
    this.#path = path;
    this.temporary = temporaryPath(path, id);
    this.file = file;
  }

  /**
   * Creates a file with a temporary name beside `path`, locked as long as the writing process is
   * alive.
   *
   * @throws {Error} any error from the layer.
   */
  static create(layer: FileLayer, path: string): PendingFile {
    // Before it is locked, another save may delete it as a dead writer's file; then try again.
    for (;;) {
      const id = crypto.randomUUID();
      const temporary = temporaryPath(path, id);
      const file = layer.open(temporary, "createNew");
      if (file.tryLock() && layer.stat(temporary) !== null) {
        return new PendingFile(layer, path, id, file);
      }
      file.close();
    }
  }

  /** Whether the file has its final name, after which it cannot be discarded. */
  get committed(): boolean {
    return this.#committed;
  }

  /**
   * Flushes everything to the disk, gives the file its name, and flushes the name.
   *
   * @throws {Error} any error from the layer; errors such as a full disk occur before the renaming.
   */
  commit(): void {
    this.file.flush();
    // Windows cannot rename an open file; elsewhere the lock is kept until the file has its name.
    if (Deno.build.os === "windows") this.#close();
    this.#layer.rename(this.temporary, this.#path);
    this.#committed = true;
    this.#close();
    try {
      this.#layer.syncDirectory(directoryOf(this.#path));
    } catch (error) {
      throw explained(error, this.#path, "settle");
    }
  }

  /** Deletes what was written; after a commit it has no effect. */
  discard(): void {
    if (this.#committed) return;
    this.#close();
    try {
      this.#layer.remove(this.temporary);
    } catch {
      // The error that led here is the one to report; the next save deletes what is left.
    }
  }

  #close(): void {
    if (this.#open) this.file.close();
    this.#open = false;
  }
}

/**
 * Replaces the file at `path` in one step.
 *
 * @param write Writes the whole content.
 * @throws {Error} any error from `write` or the layer; the old file is untouched.
 */
export function replaceFile(
  layer: FileLayer,
  path: string,
  write: (file: LayerFile) => void,
): void {
  removeStale(layer, directoryOf(path), (target) => target === shortName(baseOf(path)));
  const pending = PendingFile.create(layer, path);
  try {
    write(pending.file);
    pending.commit();
  } catch (error) {
    pending.discard();
    throw error;
  }
}
