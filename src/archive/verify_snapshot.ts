/**
 * What of a snapshot is sound: every checksum of every file, without stopping at the first.
 *
 * @module
 */
import { SnapshotCorruptError, SnapshotFormatError } from "../errors.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import { hashRange } from "../snapshot/file/hash_range.ts";
import { hexOf } from "../xxh64.ts";
import { denoLayer, type FileLayer } from "../snapshot/file/file_layer.ts";
import { absolutePath } from "../snapshot/file/paths.ts";
import { linkedPath } from "../snapshot/file/places.ts";
import type { ReadOptions } from "./file_options.ts";
import { openForReading, readTail, type Tail } from "../snapshot/file/tail_reader.ts";
import type { Segment } from "../snapshot/file/trailer.ts";

/** The outcome of `verifySnapshot`. */
export interface VerifyReport {
  /** The file that was asked for. */
  readonly path: string;
  /** True where every checksum matches, in this file and in every file it links to. */
  readonly ok: boolean;
  /** Datasets whose numbers are damaged, as HDF5 paths. */
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
 * @throws {SnapshotFormatError} when the file is not a snapshot, empty, a folder, or of a newer version.
 * @throws {Deno.errors.NotFound} when there is no such file; other errors of the system are passed on.
 */
export function verifySnapshotSync(
  path: string | URL,
  options: Pick<ReadOptions, "layer"> = {},
): VerifyReport {
  const name = absolutePath(path);
  const { layer = denoLayer } = options;
  const found: Findings = {
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
    tail = readTail(path, file);
    if (digest !== null && tail.trailer.digest !== digest) {
      found.problems.push(`"${path}" is not the file that links expect: it was saved again`);
    }
    for (const segment of tail.manifest.segments) {
      const { offset, length, xxh64 } = segment;
      found.bytes += length;
      const hash = hashRange(file, offset, length);
      if (hash === null || hexOf(hash) !== xxh64) report(found, path, segment);
    }
  } catch (error) {
    if (!(error instanceof SnapshotCorruptError)) throw error;
    found.problems.push(error.message);
    return;
  } finally {
    file.close();
  }
  for (const linked of tail.manifest.files) {
    const other = linkedPath(found.layer, path, linked.file);
    if (found.layer.stat(other) === null) {
      found.problems.push(`"${path}" needs "${other}", which is missing`);
    } else verifyLinked(found, other, linked.digest);
  }
}

/** A linked file that is not a snapshot is a problem of the one that links to it. */
function verifyLinked(found: Findings, path: string, digest: string): void {
  try {
    verifyFile(found, path, digest);
  } catch (error) {
    if (!(error instanceof SnapshotFormatError)) throw error;
    found.problems.push(error.message);
  }
}

/** A damaged stretch: the dataset it belongs to, or its place. */
function report(found: Findings, path: string, { dataset, offset, length }: Segment): void {
  if (dataset === undefined) {
    const range = `bytes ${offset} to ${offset + length}`;
    found.problems.push(`"${path}": the structure (${range}) does not match its checksum`);
  } else if (!found.damaged.has(dataset)) {
    found.damaged.add(dataset);
    found.problems.push(`"${path}": ${dataset} does not match its checksum`);
  }
}
