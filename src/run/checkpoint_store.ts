import { describe } from "../options.ts";
import type { FileLayer } from "../snapshot/file/file_layer.ts";
import { isAbsolute } from "../snapshot/file/paths.ts";
import { FolderStore } from "./folder_store.ts";

/** A file of a {@link CheckpointStore}. */
export interface StoredFile {
  /** Its name, such as `heat-step100.snap.h5`; one slash stands before the files of a folder of sidecars. */
  readonly name: string;
  /** A text that changes when the file is replaced, e.g. an ETag. Without it, records are read at each listing. */
  readonly version?: string | undefined;
}

/**
 * The second tier of checkpoints: a place that keeps files by their names, such as a slow disk, a tape or an
 * object store. `Checkpoints` copy what they have saved into it (option `archive`) and look there for what the
 * local folder does not have any more. A {@link FolderStore} is one; others implement these five members.
 *
 * A store need not be atomic or trustworthy: each copy is read back and compared before the record that makes it
 * a checkpoint is written, and compared with its checksums when it is fetched. Errors are reported, and the copy
 * is tried again after the next save.
 */
export interface CheckpointStore {
  /** Where it is, for messages: a path or an address. */
  readonly location: string;
  /** All files; empty if there are none yet. */
  list(): Promise<readonly StoredFile[]>;
  /** The contents of a file, in pieces of any length. */
  read(name: string): AsyncIterable<Uint8Array>;
  /**
   * Writes a file, and replaces one of the same name; resolves when it is kept for good.
   *
   * @param bytes the contents, in pieces of some MiB. If they end with an error, no file of this name may appear.
   * @param size the number of bytes in all.
   */
  write(name: string, bytes: AsyncIterable<Uint8Array>, size: number): Promise<void>;
  /** Removes a file; does nothing if it is not there. */
  remove(name: string): Promise<void>;
  /** Removes several files at once, where a store can; without it they are removed one after the other. */
  removeAll?(names: readonly string[]): Promise<void>;
}

/**
 * Refuses a second tier that is the folder itself, where what is pruned would be gone from both.
 *
 * @throws {RangeError} when it is.
 */
export function requireApart(
  layer: Pick<FileLayer, "realPath">,
  directory: string,
  { location }: CheckpointStore,
): void {
  const real = isAbsolute(location) ? layer.realPath(location) : null;
  if (location !== directory && (real === null || real !== layer.realPath(directory))) return;
  throw new RangeError(
    `the archive "${location}" is the folder of the checkpoints itself; give another folder, or leave archive out`,
  );
}

/**
 * The store that an option means: a folder by its path, or an object of the user's.
 *
 * @throws {TypeError} when it is neither.
 */
export function storeOf(what: string, archive: unknown): CheckpointStore {
  if (typeof archive === "string" || archive instanceof URL) return new FolderStore(archive);
  const store = (archive ?? {}) as Partial<Record<keyof CheckpointStore, unknown>>;
  const missing = (["list", "read", "write", "remove"] as const)
    .filter((name) => typeof store[name] !== "function");
  if (typeof store.location === "string" && missing.length === 0) {
    return archive as CheckpointStore;
  }
  const lacks = typeof archive !== "object" || archive === null
    ? describe(archive)
    : `${describe(archive)} without ${
      [...(typeof store.location === "string" ? [] : ["location"]), ...missing].join(", ")
    }`;
  throw new TypeError(
    `${what} must be the path of a folder, or a CheckpointStore with location, list, read, write and ` +
      `remove, got ${lacks}`,
  );
}
