/**
 * Entries from disk, staged in memory and verified before anybody sees them.
 *
 * @module
 */
import type { Entry, Scalar } from "../snapshot/contract.ts";
import { SnapshotCorruptError } from "../errors.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import { denoLayer, type FileLayer } from "../snapshot/file/file_layer.ts";
import { type Hdf5Library, loadLibrary } from "../snapshot/file/hdf5_library.ts";
import { pathOf } from "../snapshot/file/paths.ts";
import { SnapshotFile } from "../snapshot/file/snapshot_file.ts";
import { readTailOf } from "../snapshot/file/tail_reader.ts";
import { partsOf, type WholeSource, wholeSourceOf } from "./whole_source.ts";

/** A file that is replaced again and again while it is read is given up after so many attempts. */
const MOST_ATTEMPTS = 10;

/** How a snapshot is read. */
export interface ReadOptions {
  /** `false` reads a file that another program has changed: its checksums are not looked at. */
  readonly verify?: boolean;
  /** Where the memory for numbers comes from: warm buffers of a pool take half the time of new ones. */
  readonly take?: (bytes: number) => ArrayBuffer;
  /** The file system; tests put another one here. */
  readonly layer?: FileLayer;
}

/** A snapshot in memory. */
export interface StagedSnapshot {
  /** The attributes of `/metadata`; for each `*_json` also its value under the plain name. */
  readonly metadata: Record<string, unknown>;
  /** Entries in the order of capture, each with arrays of its own. */
  readonly entries: Map<string, Entry>;
}

/**
 * Reads a whole snapshot, following links to sidecars and bases; what several ranks wrote is put together as
 * one would have captured it.
 *
 * @throws {SnapshotInvalidatedError} when the parts of several ranks do not belong together.
 * @throws {SnapshotFormatError} when the file is no snapshot, empty, a folder, or of a newer version.
 * @throws {SnapshotCorruptError} when a checksum differs, or a file that it links to is missing.
 * @throws {Deno.errors.NotFound} when there is no such file; other system errors likewise.
 */
export function readEntries(
  path: string | URL,
  options: ReadOptions = {},
): Promise<StagedSnapshot> {
  return withSnapshot(path, options, (file) => {
    const metadata = withDecoded(file.metadata());
    return { metadata, entries: entriesOf(wholeSourceOf(file)) };
  });
}

/**
 * Reads a whole snapshot as {@link readEntries} does, and what each rank captured where several wrote it.
 *
 * @throws {Error} as `readEntries`.
 */
export function readSides(
  path: string | URL,
): Promise<{ whole: Map<string, Entry>; parts: Map<string, Entry>[] }> {
  return withSnapshot(path, {}, (file) => {
    const parts = partsOf(file);
    return { whole: entriesOf(wholeSourceOf(file, parts)), parts: parts.map(entriesOf) };
  });
}

/** All of them, read now. */
export function entriesOf(source: WholeSource): Map<string, Entry> {
  return new Map(Array.from(source.keys(), (key) => [key, source.get(key)!] as const));
}

/**
 * Reads what a snapshot says of itself, without its numbers.
 *
 * @returns the attributes of `/metadata` (`created_at`, `toolkit_version`, `step`, `sim_time`, `dt`, …);
 * for each `*_json` also the decoded value under the name without the ending.
 * @throws {SnapshotFormatError} when the file is no snapshot, empty, a folder, or of a newer version.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when there is no such file; other system errors likewise.
 */
export function readSnapshotMetadata(
  path: string | URL,
  options: ReadOptions = {},
): Promise<Record<string, unknown>> {
  return withSnapshot(path, options, (file) => withDecoded(file.metadata()));
}

/** Opens a snapshot for `work`, which is synchronous, and closes all its files. */
export async function withSnapshot<R>(
  path: string | URL,
  options: ReadOptions,
  work: (file: SnapshotFile) => R,
): Promise<R> {
  const name = pathOf(path);
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
        attempt < MOST_ATTEMPTS && digestNow(library, layer, name) !== digest;
      if (!replaced) throw explained(error, name, "load");
    }
  }
}

function digestNow(library: Hdf5Library, layer: FileLayer, path: string): string | undefined {
  try {
    return readTailOf(library.hashes, layer, path).trailer.digest;
  } catch {
    return undefined;
  }
}

function withDecoded(metadata: Record<string, Scalar>): Record<string, unknown> {
  const all: Record<string, unknown> = { ...metadata };
  for (const [name, value] of Object.entries(metadata)) {
    if (!name.endsWith("_json") || typeof value !== "string") continue;
    try {
      all[name.slice(0, -"_json".length)] = JSON.parse(value);
    } catch {
      // Another program wrote something else there: the text itself is all there is.
    }
  }
  return all;
}
