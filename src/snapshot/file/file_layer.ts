/**
 * The few operations of the file system that snapshots need, as an interface: the disk is one
 * implementation, and tests put one that fails in its place.
 *
 * @module
 */

/** An open file with absolute positions. */
export interface LayerFile {
  /** Reads up to `target.length` bytes from `position`; 0 at the end of the file. */
  read(target: Uint8Array, position: number): number;
  /** Writes some of `source` at `position` and returns how many bytes. */
  write(source: Uint8Array, position: number): number;
  /** Cuts or extends the file. */
  truncate(size: number): void;
  /** Bytes in the file now. */
  size(): number;
  /** Returns when everything written is on the disk. */
  flush(): void;
  /** Starts bringing what was written so far to the disk; for layers that can do so meanwhile. */
  beginFlush?(): Promise<void>;
  /** Takes the exclusive lock that the system frees when its holder dies; false when it is taken. */
  tryLock(): boolean;
  /** Waits for the exclusive lock. */
  lock(): void;
  /** Waits for a lock that others may share, but no exclusive one. */
  lockShared(): void;
  close(): void;
}

/** What is at a path. */
export interface LayerStat {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly size: number;
}

/** What a name itself is, which may be a link. */
export interface LayerEntry extends LayerStat {
  readonly isSymlink: boolean;
}

/** How a file is opened: for reading, for both, or new and for both. */
export type OpenMode = "read" | "update" | "create" | "createNew";

/** The file system as snapshots see it. All calls are synchronous and throw the system's own errors. */
export interface FileLayer {
  open(path: string, mode: OpenMode): LayerFile;
  /** Gives `from` the name `to`, replacing what has it now, in one step. */
  rename(from: string, to: string): void;
  /** Removes a file, a link or an empty folder. */
  remove(path: string): void;
  makeDirectory(path: string): void;
  /** Returns when the names in the folder are on the disk. */
  syncDirectory(path: string): void;
  /** What is at `path`, following links, or null where there is nothing. */
  stat(path: string): LayerStat | null;
  /** What the name itself is, without following a link, or null where there is nothing. */
  lstat(path: string): LayerEntry | null;
  /** The path of what is at `path` without links, `.` and `..`, or null where there is nothing. */
  realPath(path: string): string | null;
  /** The names in a folder; none where there is no folder. */
  list(path: string): string[];
}

/** Deno's file system. */
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

/** The result of a look at a path; null where there is nothing. */
function unlessMissing<R>(look: () => R): R | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || isNotADirectory(error)) return null;
    throw error;
  }
}

/** A path that runs through a file: nothing can be there. */
function isNotADirectory(error: unknown): boolean {
  return (error as { code?: string }).code === "ENOTDIR";
}

/** Keeps the position of the handle, so that reading and writing in order needs no seek. */
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
    // A handle of its own: one handle does one thing at a time.
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

/** Reads all of `target` from `position`; the number of bytes is less only at the end of the file. */
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
 * Writes all of `source` at `position`, in as many steps as the system takes.
 *
 * @throws {Error} when the system takes nothing, which would otherwise go on for ever.
 */
export function writeFully(file: LayerFile, source: Uint8Array, position: number): void {
  let done = 0;
  while (done < source.length) {
    const count = file.write(source.subarray(done), position + done);
    if (count <= 0) throw new Error(`the system took ${count} of ${source.length - done} bytes`);
    done += count;
  }
}
