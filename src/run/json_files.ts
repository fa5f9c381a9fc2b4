/**
 * Small JSON files that are replaced in one step, like snapshots, and lock files.
 *
 * @module
 */
import { CheckpointError } from "../errors.ts";
import {
  type FileLayer,
  type LayerFile,
  readFully,
  writeFully,
} from "../snapshot/file/file_layer.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import { directoryOf } from "../snapshot/file/paths.ts";
import { PendingFile } from "../snapshot/file/pending_file.ts";

/**
 * Writes a value to a file; readers see either the complete old value or the complete new one.
 *
 * @throws {Error} the system's error, with the path and a remedy.
 */
export function writeJson(layer: FileLayer, path: string, value: unknown): void {
  const bytes = new TextEncoder().encode(JSON.stringify(value, null, 2) + "\n");
  // What a writer that died has left is removed when its run is resumed, and not at every save.
  let pending: PendingFile | null = null;
  try {
    pending = PendingFile.create(layer, path);
    writeFully(pending.file, bytes, 0);
    pending.commit();
  } catch (error) {
    pending?.discard();
    throw explained(error, path, "write");
  }
}

/** The value in a file; undefined if the file does not exist, or is not JSON. */
export function readJson(layer: FileLayer, path: string): unknown {
  if (!layer.stat(path)?.isFile) return undefined;
  const file = layer.open(path, "read");
  try {
    const bytes = new Uint8Array(file.size());
    const count = readFully(file, bytes, 0);
    return JSON.parse(new TextDecoder().decode(bytes.subarray(0, count)));
  } catch (error) {
    // A damaged file counts as missing; a file that cannot be read at all is an error.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    file.close();
  }
}

/** Whether the system or Deno refused to write, or to read. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.PermissionDenied ||
    (error as { code?: unknown } | null)?.code === "EROFS";
}

/**
 * Opens a lock file, and creates it if it does not exist.
 *
 * @throws {CheckpointError} when its name is a link, which would create a file somewhere else.
 */
export function openLock(layer: FileLayer, path: string): LayerFile {
  if (!layer.lstat(path)?.isSymlink) return layer.open(path, "create");
  throw new CheckpointError(
    directoryOf(path),
    1,
    `"${path}" is a link, but it has to be a lock file of this folder; remove the link`,
  );
}
