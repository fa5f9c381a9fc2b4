/**
 * Keeps a snapshot file open while some work is done, even if another process replaces the file.
 *
 * @module
 */
import { allOrNone, settled, valueOf } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
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
  for (let attempt = 1;; attempt++) {
    const opened = await openSnapshot(path, options);
    try {
      return work(opened.file);
    } catch (error) {
      if (attempt >= MOST_ATTEMPTS || !opened.isReplaced(error)) throw opened.explained(error);
    } finally {
      opened.file.closeAll();
    }
  }
}

/**
 * Opens a snapshot on all ranks for `work`, which may communicate but fails on all of them or on none. Collective.
 *
 * @throws {Error} as {@link withSnapshot}, on every rank.
 */
export async function withSnapshotOnRanks<R>(
  comm: Comm,
  path: string | URL,
  options: ReadOptions,
  work: (file: SnapshotFile) => R,
): Promise<R> {
  for (let attempt = 1;; attempt++) {
    const keptBytes = comm.size > 1 ? KEPT_ON_RANKS : undefined;
    const opening = await settled(() => openSnapshot(path, options, keptBytes));
    const opened = "value" in opening ? opening.value : null;
    try {
      return work(allOrNone(comm, () => valueOf(opening)).file);
    } catch (error) {
      const replaced = opened?.isReplaced(error) === true;
      // Those who have not seen it try again with the others.
      const again = comm.allreduce(replaced ? 1 : 0, "max") > 0;
      if (attempt >= MOST_ATTEMPTS || !again) throw opened?.explained(error) ?? error;
    } finally {
      opened?.file.closeAll();
    }
  }
}

/** An open file, to be closed with `file.closeAll()`, and what errors in work on it mean. */
interface Opened {
  readonly file: SnapshotFile;
  /** Whether another process may have saved between our look at the wrapper and at its sidecars. */
  isReplaced(error: unknown): boolean;
  explained(error: unknown): unknown;
}

/** Ranks read shares of compressed arrays, and do not keep the others' in memory. */
const KEPT_ON_RANKS = 1 << 20;

async function openSnapshot(
  path: string | URL,
  options: ReadOptions,
  keptBytes?: number,
): Promise<Opened> {
  const name = absolutePath(path);
  const { layer = denoLayer, verify = true, take } = options;
  const library = await loadLibrary();
  const made = (error: unknown) => explained(error, name, "load");
  try {
    const file = SnapshotFile.open(
      { library, layer, verify, take, keptBytes, files: new Map() },
      name,
    );
    const digest = file.tail?.trailer.digest;
    const isReplaced = (error: unknown) =>
      error instanceof SnapshotCorruptError && digest !== undefined &&
      digestNow(layer, name) !== digest;
    return { file, isReplaced, explained: made };
  } catch (error) {
    throw made(error);
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
