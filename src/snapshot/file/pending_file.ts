/**
 * A file that replaces another in one step. It is written under a temporary name in the same folder,
 * flushed, and renamed: readers see either the complete old file or the complete new one, even after a
 * power failure.
 *
 * @module
 */
import { explained } from "./file_errors.ts";
import type { FileLayer, LayerFile } from "./file_layer.ts";
import { baseOf, directoryOf, joinPath } from "./paths.ts";

const ENDING = ".tmp";

/** A new file on its way to a name. */
export class PendingFile {
  readonly file: LayerFile;
  readonly #layer: FileLayer;
  readonly #temporary: string;
  readonly #path: string;
  #open = true;
  #committed = false;

  private constructor(layer: FileLayer, path: string, temporary: string, file: LayerFile) {
    this.#layer = layer;
    this.#path = path;
    this.#temporary = temporary;
    this.file = file;
  }

  /**
   * A new file with a temporary name of its own beside `path`, locked for as long as its writer lives.
   *
   * @throws {Error} whatever the layer throws.
   */
  static create(layer: FileLayer, path: string): PendingFile {
    // Between creation and lock another save may take it for a dead writer's; then it is tried again.
    for (;;) {
      const temporary = joinPath(
        directoryOf(path),
        `.${baseOf(path)}.${crypto.randomUUID()}${ENDING}`,
      );
      const file = layer.open(temporary, "createNew");
      if (file.tryLock() && layer.stat(temporary) !== null) {
        return new PendingFile(layer, path, temporary, file);
      }
      file.close();
    }
  }

  /** True once the file has its name: there is no way back. */
  get committed(): boolean {
    return this.#committed;
  }

  /**
   * Brings everything to the disk, gives the file its name, and makes the name last.
   *
   * @throws {Error} whatever the layer throws: a full disk shows before the file has its name.
   */
  commit(): void {
    this.file.flush();
    // Windows renames no open file; elsewhere the lock stays until the name is there.
    if (Deno.build.os === "windows") this.#close();
    this.#layer.rename(this.#temporary, this.#path);
    this.#committed = true;
    this.#close();
    try {
      this.#layer.syncDirectory(directoryOf(this.#path));
    } catch (error) {
      throw explained(error, this.#path, "settle");
    }
  }

  /** Removes what was written; after a commit, does nothing. */
  abandon(): void {
    if (this.#committed) return;
    this.#close();
    try {
      this.#layer.remove(this.#temporary);
    } catch {
      // The error that led here is the one to report; the next save removes what is left.
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
 * @throws {Error} what `write` or the layer throws; the old file is untouched.
 */
export function replaceFile(
  layer: FileLayer,
  path: string,
  write: (file: LayerFile) => void,
): void {
  removeStale(layer, path);
  const pending = PendingFile.create(layer, path);
  try {
    write(pending.file);
    pending.commit();
  } catch (error) {
    pending.abandon();
    throw error;
  }
}

/** Removes temporary files of `path` whose writers are dead. */
export function removeStale(layer: FileLayer, path: string): void {
  const directory = directoryOf(path);
  const start = `.${baseOf(path)}.`;
  for (const name of layer.list(directory)) {
    if (!name.startsWith(start) || !name.endsWith(ENDING)) continue;
    removeUnlocked(layer, joinPath(directory, name));
  }
}

/**
 * Removes a file unless a living writer holds its lock; `allowed` is asked once the lock is ours. True
 * when it is gone.
 */
export function removeUnlocked(
  layer: FileLayer,
  path: string,
  allowed: () => boolean = () => true,
): boolean {
  try {
    const file = layer.open(path, "update");
    try {
      if (!file.tryLock() || !allowed()) return false;
      layer.remove(path);
      return true;
    } finally {
      file.close();
    }
  } catch {
    // Gone already, or not ours to remove: either way no reason for the save to fail.
    return false;
  }
}
