/**
 * The file system operations that snapshots need, as an interface. The disk is one implementation;
 * tests substitute one that fails.
 *
 * @module
 */

/** An open file with absolute positions. */
export interface LayerFile {
  /** Reads up to `target.length` bytes from `position`; returns 0 at the end of the file. */
  read(target: Uint8Array, position: number): number;
  /** Writes some of `source` at `position` and returns the number of bytes written. */
  write(source: Uint8Array, position: number): number;
  /** Truncates or extends the file. */
  truncate(size: number): void;
  /** The current size of the file in bytes. */
  size(): number;
  /** Returns once everything written is on the disk. */
  flush(): void;
  /** Starts flushing what has been written so far, on layers that can flush in the background. */
  beginFlush?(): Promise<void>;
  /** Takes the exclusive lock, which the system frees when its holder dies; false if it is held. */
  tryLock(): boolean;
  /** Waits for the exclusive lock. */
  lock(): void;
  /** Waits for a lock that can be shared, but not with an exclusive lock. */
  lockShared(): void;
  close(): void;
}

/** The properties of the object at a path. */
export interface LayerStat {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly size: number;
  /** When the contents last changed, if the system says so. */
  readonly mtime?: Date | null;
  /** When the file itself last changed, if the system says so. */
  readonly ctime?: Date | null;
  /** The number of the file in its file system, if it has one. */
  readonly ino?: number | null;
}

/** The properties of a name itself, which may be a link. */
export interface LayerEntry extends LayerStat {
  readonly isSymlink: boolean;
}

/** How a file is opened: for reading, for both, or created and opened for both. */
export type OpenMode = "read" | "update" | "create" | "createNew";

/** The file system as snapshots see it. All calls are synchronous and throw system errors. */
export interface FileLayer {
  open(path: string, mode: OpenMode): LayerFile;
  /** Renames `from` to `to` in one step, replacing any existing file. */
  rename(from: string, to: string): void;
  /** Removes a file, a link or an empty folder. */
  remove(path: string): void;
  makeDirectory(path: string): void;
  /** Returns once the names in the folder are on the disk. */
  syncDirectory(path: string): void;
  /** The object at `path`, following links, or null if there is nothing. */
  stat(path: string): LayerStat | null;
  /** The name itself, without following a link, or null if there is nothing. */
  lstat(path: string): LayerEntry | null;
  /** The path of the object at `path` without links, `.` and `..`, or null if there is nothing. */
  realPath(path: string): string | null;
  /** The names in a folder; empty if the folder does not exist. */
  list(path: string): string[];
}

/** The file system of Deno. */
export const denoLayer: FileLayer = {
  open(path, mode) {
    const options = {
      read: true,
      write: mode !== "read",
      create: mode === "create",
      createNew: mode === "createNew",
    };
    return new DenoLayerFile(path, Deno.openSync(path, options));
  },
  rename: (from, to) => Deno.renameSync(from, to),
  remove: (path) => Deno.removeSync(path),
  makeDirectory: (path) => Deno.mkdirSync(path, { recursive: true }),
  syncDirectory(path) {
    // Windows cannot open a folder as a file; its renames are journalled by the file system.
    if (Deno.build.os === "windows") return;
    using directory = Deno.openSync(path);
    directory.syncSync();
  },
  stat: (path) => unlessMissing(() => Deno.statSync(path)),
  lstat: (path) => unlessMissing(() => Deno.lstatSync(path)),
  realPath: (path) => unlessMissing(() => Deno.realPathSync(path)),
  list(path) {
    try {
      return Array.from(Deno.readDirSync(path), (entry) => entry.name).sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  },
};

/** Returns the result of `look`, or null if there is nothing at the path. */
function unlessMissing<R>(look: () => R): R | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || cannotBeThere(error)) return null;
    throw error;
  }
}

/** True if the path runs through a file, or is longer than the system allows, so that nothing can be there. */
function cannotBeThere(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === "ENOTDIR" || code === "ENAMETOOLONG";
}

/** Remembers the position of the handle, so that sequential access does not need a seek. */
class DenoLayerFile implements LayerFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #position = 0;

  constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  read(target: Uint8Array, position: number): number {
    this.#seek(position);
    const count = this.#file.readSync(target) ?? 0;
    this.#position = position + count;
    return count;
  }

  write(source: Uint8Array, position: number): number {
    this.#seek(position);
    const count = this.#file.writeSync(source);
    this.#position = position + count;
    return count;
  }

  truncate(size: number): void {
    this.#file.truncateSync(size);
  }

  size(): number {
    return this.#file.statSync().size;
  }

  flush(): void {
    this.#file.syncSync();
  }

  async beginFlush(): Promise<void> {
    // This uses a separate handle, because one handle can run only one operation at a time.
    using file = Deno.openSync(this.#path, { read: true, write: true });
    await file.syncData();
  }

  tryLock(): boolean {
    return this.#file.tryLockSync(true);
  }

  lock(): void {
    this.#file.lockSync(true);
  }

  lockShared(): void {
    this.#file.lockSync(false);
  }

  close(): void {
    this.#file.close();
  }

  #seek(position: number): void {
    if (position === this.#position) return;
    this.#position = -1;
    this.#file.seekSync(position, Deno.SeekMode.Start);
    this.#position = position;
  }
}

/** Reads all of `target` from `position`; returns fewer bytes only at the end of the file. */
export function readFully(file: LayerFile, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const count = file.read(target.subarray(done), position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/**
 * Writes all of `source` at `position`, in as many steps as needed.
 *
 * @throws {Error} when the system writes zero bytes, which would otherwise cause an infinite loop.
 */
export function writeFully(file: LayerFile, source: Uint8Array, position: number): void {
  let done = 0;
  while (done < source.length) {
    const count = file.write(source.subarray(done), position + done);
    if (count <= 0) throw new Error(`the system took ${count} of ${source.length - done} bytes`);
    done += count;
  }
}
