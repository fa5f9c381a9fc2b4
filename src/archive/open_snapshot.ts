/**
 * Keeps a snapshot file open while some work is done, even if another process replaces the file.
 *
 * @module
 */
import { SnapshotCorruptError } from "../errors.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import { denoLayer, type FileLayer } from "../snapshot/file/file_layer.ts";
import { loadLibrary } from "../snapshot/file/hdf5_library.ts";
import { absolutePath } from "../snapshot/file/paths.ts";
import { SnapshotFile } from "../snapshot/file/snapshot_file.ts";
import { readTailOf } from "../snapshot/file/tail_reader.ts";
import type { ReadOptions } from "./file_options.ts";

/** The number of attempts to read a file that is replaced again and again while it is read. */
const MOST_ATTEMPTS = 10;

/**
 * Opens a snapshot for `work`, which is synchronous, and closes all its files afterwards.
 *
 * @throws {SnapshotFormatError} when the file is not a snapshot, empty, a folder, or from a newer
 *   version.
 * @throws {SnapshotCorruptError} when a checksum differs, or a file that it links to is missing.
 * @throws {Deno.errors.NotFound} when the file does not exist; other system errors are passed on.
 * @throws {Error} what `work` throws.
 */
export async function withSnapshot<R>(
  path: string | URL,
  options: ReadOptions,
  work: (file: SnapshotFile) => R,
): Promise<R> {
  const name = absolutePath(path);
  const { layer = denoLayer, verify = true, take } = options;
  const library = await loadLibrary();
  for (let attempt = 1;; attempt++) {
    let digest: string | undefined;
    try {
      const file = SnapshotFile.open({ library, layer, verify, take, files: new Map() }, name);
      digest = file.tail?.trailer.digest;
      try {
        return work(file);
      } finally {
        file.closeAll();
      }
    } catch (error) {
      // Another process may have saved between our look at the wrapper and at its sidecars.
      const replaced = error instanceof SnapshotCorruptError && digest !== undefined &&
        attempt < MOST_ATTEMPTS && digestNow(layer, name) !== digest;
      if (!replaced) throw explained(error, name, "load");
    }
  }
}

function digestNow(layer: FileLayer, path: string): string | undefined {
  try {
    return readTailOf(layer, path).trailer.digest;
  } catch {
    // The file cannot be read now because it is being replaced; this counts as a different digest.
    return undefined;
  }
}
