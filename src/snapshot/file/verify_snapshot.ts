/**
 * What of a snapshot is sound: every checksum of every file, without stopping at the first.
 *
 * @module
 */
import { SnapshotCorruptError, SnapshotFormatError } from "../../errors.ts";
import { bytesOf } from "../../arrays.ts";
import { explained } from "./file_errors.ts";
import { hashBytes, hashRange, hexOf } from "./digest.ts";
import { denoLayer, type FileLayer } from "./file_layer.ts";
import { type Hdf5Library, loadLibrary } from "./hdf5_library.ts";
import { hdf5PathOf, pathOf, resolvePath } from "./paths.ts";
import type { ReadOptions } from "./read_entries.ts";
import { SnapshotFile } from "./snapshot_file.ts";
import { openForReading, readTail, type Tail } from "./tail_reader.ts";

/** The outcome of {@link verifySnapshot}. */
export interface VerifyReport {
  /** The file that was asked for. */
  readonly path: string;
  /** True where every checksum matches, in this file and in every file it links to. */
  readonly ok: boolean;
  /** Datasets whose numbers are damaged, as HDF5 paths; empty where that cannot be told. */
  readonly damaged: readonly string[];
  /** What is wrong, one sentence each. */
  readonly problems: readonly string[];
  /** The files looked at: this one, sidecars, bases. */
  readonly files: readonly string[];
  /** Bytes compared with their checksums. */
  readonly bytes: number;
}

/** What is collected on the way. */
interface Findings {
  readonly library: Hdf5Library;
  readonly layer: FileLayer;
  readonly files: string[];
  readonly problems: string[];
  readonly damaged: Set<string>;
  bytes: number;
}

/**
 * Compares all of a snapshot with its checksums and reports what is damaged.
 *
 * @returns a report; `ok` is false where anything is damaged or missing, and `damaged` names datasets.
 * @throws {SnapshotFormatError} when the file is no snapshot, empty, a folder, or of a newer version.
 * @throws {Deno.errors.NotFound} when there is no such file; other system errors likewise.
 */
export async function verifySnapshot(
  path: string | URL,
  options: Pick<ReadOptions, "layer"> = {},
): Promise<VerifyReport> {
  const name = pathOf(path);
  const { layer = denoLayer } = options;
  const library = await loadLibrary();
  const found: Findings = {
    library,
    layer,
    files: [],
    problems: [],
    damaged: new Set(),
    bytes: 0,
  };
  try {
    verifyFile(found, name, null);
  } catch (error) {
    throw explained(error, name, "load");
  }
  const { problems, files, bytes } = found;
  const damaged = [...found.damaged];
  return { path: name, ok: problems.length === 0, damaged, problems, files, bytes };
}

/** Checks one file and those it links to; `digest` is what another file expects of it. */
function verifyFile(found: Findings, path: string, digest: string | null): void {
  if (found.files.includes(path)) return;
  found.files.push(path);
  const file = openForReading(found.layer, path);
  let tail: Tail;
  try {
    tail = readTail(found.library.hashes, path, file);
    if (digest !== null && tail.trailer.digest !== digest) {
      found.problems.push(`"${path}" is not the file that links expect: it was saved again`);
    }
    let structure = 0;
    for (const { offset, length, xxh64, dataset } of tail.manifest.segments) {
      found.bytes += length;
      const hash = hashRange(found.library.hashes, file, offset, length);
      if (hash !== null && hexOf(hash) === xxh64) continue;
      if (dataset === undefined) structure++;
      else report(found, path, dataset);
    }
    if (structure > 0) nameDamaged(found, path);
  } catch (error) {
    if (!(error instanceof SnapshotCorruptError)) throw error;
    found.problems.push(error.message);
    nameDamaged(found, path);
    return;
  } finally {
    file.close();
  }
  for (const linked of tail.manifest.files) {
    const other = resolvePath(path, linked.file);
    if (found.layer.stat(other) === null) {
      found.problems.push(`"${path}" needs "${other}", which is missing`);
    } else verifyLinked(found, other, linked.digest);
  }
}

/** A linked file that is no snapshot is a problem of the one that links to it. */
function verifyLinked(found: Findings, path: string, digest: string): void {
  try {
    verifyFile(found, path, digest);
  } catch (error) {
    if (!(error instanceof SnapshotFormatError)) throw error;
    found.problems.push(error.message);
  }
}

function report(found: Findings, path: string, dataset: string): void {
  found.damaged.add(dataset);
  found.problems.push(`"${path}": ${dataset} does not match its checksum`);
}

/**
 * The structure is damaged, or small datasets that lie in it: tries each dataset against the checksum
 * it carries, as far as HDF5 can still read the file.
 */
function nameDamaged(found: Findings, path: string): void {
  const { library, layer } = found;
  const before = found.damaged.size;
  let read = false;
  try {
    const file = SnapshotFile.open({ library, layer, verify: false, files: new Map() }, path);
    try {
      read = file.keys().every((key) => tryDataset(found, file, hdf5PathOf(key)));
    } finally {
      file.closeAll();
    }
  } catch {
    // Beyond reading: the sentence below says so.
  }
  if (found.damaged.size === before || !read) {
    found.problems.push(`"${path}": the structure of the file is damaged`);
  }
}

/** False where the dataset could not even be looked at. */
function tryDataset(found: Findings, file: SnapshotFile, path: string): boolean {
  try {
    const { holder, path: inside } = file.locate(path);
    if (holder !== file) return true;
    const data = holder.numbersAt(inside);
    if (data === null) return true;
    const hash = hexOf(hashBytes(found.library.hashes, bytesOf(data)));
    if (hash !== holder.checksumAt(inside) && !found.damaged.has(path)) {
      report(found, file.path, path);
    }
    return true;
  } catch {
    return false;
  }
}
