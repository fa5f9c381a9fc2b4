/** The part of `@std/fs` that tests, tools and examples use, over Deno's own calls. @module */
import { basename, join, normalize } from "node:path";

/** True when something is at `path`. */
export async function exists(path: string | URL): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** True when something is at `path`. */
export function existsSync(path: string | URL): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Makes a folder and its parents where they are missing. */
export async function ensureDir(path: string | URL): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
}

/** Makes a folder and its parents where they are missing. */
export function ensureDirSync(path: string | URL): void {
  Deno.mkdirSync(path, { recursive: true });
}

/** One thing found by {@link walkSync}. */
export interface WalkEntry extends Deno.DirEntry {
  /** The path, starting with the folder that was asked for. */
  path: string;
}

/** What {@link walkSync} gives back. */
export interface WalkOptions {
  /** Folders too; the default. */
  includeDirs?: boolean;
  /** Only paths that end with one of these (a leading dot may be left out). */
  exts?: string[];
  /** Leaves out paths, and everything below folders, that match one of these. */
  skip?: RegExp[];
}

/** A folder and everything below it, in the order of the file system. */
export function* walkSync(root: string, options: WalkOptions = {}): IterableIterator<WalkEntry> {
  const path = normalize(root);
  const { isFile, isDirectory, isSymlink } = Deno.statSync(path);
  yield* below({ path, name: basename(path), isFile, isDirectory, isSymlink }, options);
}

function* below(entry: WalkEntry, options: WalkOptions): IterableIterator<WalkEntry> {
  const { includeDirs = true, exts, skip = [] } = options;
  if (skip.some((pattern) => pattern.test(entry.path))) return;
  const asked = !exts || exts.some((ext) => entry.path.endsWith(ext.replace(/^\.?/, ".")));
  if (asked && (includeDirs || !entry.isDirectory)) yield entry;
  if (!entry.isDirectory) return;
  for (const child of Deno.readDirSync(entry.path)) {
    yield* below({ ...child, path: join(entry.path, child.name) }, options);
  }
}
