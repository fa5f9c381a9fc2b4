import { denoLayer } from "../snapshot/file/file_layer.ts";
import { baseOf, directoryOf, folderPathOf, joinPath } from "../snapshot/file/paths.ts";
import type { CheckpointStore, StoredFile } from "./checkpoint_store.ts";
import { isStoredName } from "./file_names.ts";

/** The bytes that are read at once. */
const PIECE = 1 << 22;

/**
 * A folder as the second tier of checkpoints, e.g. on a network disk. It looks like any folder of checkpoints, so
 * that the command line, h5py and ParaView work on it. A file is written under a temporary name, flushed, and
 * gets its name in one step; reading and writing leave the program free to go on.
 *
 * @example
 * ```ts
 * import { Checkpoints, FolderStore, Model } from "@timestash/timestash";
 *
 * const fast = Deno.makeTempDirSync(), slow = Deno.makeTempDirSync();
 * const model = new Model({ name: "heat" });
 * const archive = new FolderStore(slow); // the path alone means the same
 * const checkpoints = new Checkpoints(model, fast, { archive, keep: { last: 1 } });
 * for (; model.tracker.step < 3; model.tracker.step++) await checkpoints.save();
 * await checkpoints.complete();
 * console.log((await checkpoints.list()).map(({ step, place }) => `${step}: ${place}`));
 * // [ "0: archive", "1: archive", "2: both" ]
 * for (const folder of [fast, slow]) Deno.removeSync(folder, { recursive: true });
 * ```
 */
export class FolderStore implements CheckpointStore {
  /** The absolute path of the folder. */
  readonly location: string;

  /**
   * Reads nothing yet.
   *
   * @param directory the folder, which is created when something is written.
   * @throws {TypeError} when it is neither a path nor a file URL.
   */
  constructor(directory: string | URL) {
    this.location = folderPathOf(directory);
  }

  /** The files of the folder and of the folders of sidecars in it, without hidden ones. */
  async list(): Promise<StoredFile[]> {
    const files: StoredFile[] = [];
    for (const { name, isDirectory } of await namesIn(this.location)) {
      if (!isDirectory) files.push({ name, version: await this.#versionOf(name) });
      else if (name.endsWith(".snap.bulk")) {
        const own = await namesIn(joinPath(this.location, name));
        files.push(...own.map((file) => ({ name: `${name}/${file.name}` })));
      }
    }
    return files;
  }

  /**
   * The contents of a file.
   *
   * @throws {TypeError} when the name leads out of the folder.
   */
  async *read(name: string): AsyncGenerator<Uint8Array> {
    using file = await Deno.open(this.#pathOf(name));
    for (;;) {
      const piece = new Uint8Array(PIECE);
      const count = await file.read(piece);
      if (count === null) return;
      yield piece.subarray(0, count);
    }
  }

  /**
   * Writes a file, flushes it and gives it its name.
   *
   * @throws {TypeError} when the name leads out of the folder.
   * @throws {RangeError} when there are more or fewer bytes than `size`.
   */
  async write(name: string, bytes: AsyncIterable<Uint8Array>, size: number): Promise<void> {
    const path = this.#pathOf(name), directory = directoryOf(path);
    const { explained, PendingFile, removeStale, shortName } = await import("./whole_files.ts");
    await Deno.mkdir(directory, { recursive: true });
    // What a process that died while it wrote this file has left.
    removeStale(denoLayer, directory, (target) => target === shortName(baseOf(path)));
    const pending = PendingFile.create(denoLayer, path);
    try {
      let written = 0;
      {
        using file = await Deno.open(pending.temporary, { write: true });
        for await (const piece of bytes) {
          for (let at = 0; at < piece.length;) at += await file.write(piece.subarray(at));
          written += piece.length;
        }
        await file.sync();
      }
      if (written !== size) {
        throw new RangeError(
          `"${path}": ${written} bytes were given, where ${size} were announced`,
        );
      }
      pending.commit();
    } catch (error) {
      pending.discard();
      throw explained(error, path, "write");
    }
  }

  /**
   * Removes a file, and a folder of sidecars with its last file.
   *
   * @throws {TypeError} when the name leads out of the folder.
   */
  async remove(name: string): Promise<void> {
    await unlessMissing(() => Deno.remove(this.#pathOf(name)), undefined);
    const folder = directoryOf(this.#pathOf(name));
    if (!name.includes("/") || (await namesIn(folder)).length > 0) return;
    await unlessMissing(() => Deno.remove(folder), undefined);
  }

  async #versionOf(name: string): Promise<string | undefined> {
    const stat = await unlessMissing(() => Deno.stat(this.#pathOf(name)), null);
    return stat === null ? undefined : `${stat.size}:${stat.mtime?.getTime()}:${stat.ino}`;
  }

  #pathOf(name: string): string {
    if (isStoredName(name)) return joinPath(this.location, name);
    throw new TypeError(`"${name}" is not the name of a file in "${this.location}"`);
  }
}

/** The names in a folder that are not hidden, sorted; none if the folder does not exist. */
async function namesIn(folder: string): Promise<Deno.DirEntry[]> {
  const names = await unlessMissing(() => Array.fromAsync(Deno.readDir(folder)), []);
  return names.filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

async function unlessMissing<R>(work: () => Promise<R>, otherwise: R): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return otherwise;
    throw error;
  }
}
