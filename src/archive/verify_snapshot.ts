/**
 * Verifies every checksum of every file of a snapshot, without stopping at the first mismatch.
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

/** The report of `verifySnapshot`. */
export interface VerifyReport {
  /** The file that was verified. */
  readonly path: string;
  /** True if every checksum matches, in this file and in every file it links to. */
  readonly ok: boolean;
  /** Datasets whose numbers are damaged, as HDF5 paths. */
  readonly damaged: readonly string[];
  /** A sentence for each problem. */
  readonly problems: readonly string[];
  /** The files that were verified: this one, sidecars, bases. */
  readonly files: readonly string[];
  /** The number of bytes compared with their checksums. */
  readonly bytes: number;
}

/** The findings collected so far. */
interface Findings {
  readonly layer: FileLayer;
  readonly files: string[];
  readonly problems: string[];
  readonly damaged: Set<string>;
  bytes: number;
}

/**
 * Compares all of a snapshot with its checksums and reports any damage.
 *
 * @returns a report; `ok` is false if anything is damaged or missing, and `damaged` names datasets.
 * @throws {SnapshotFormatError} when the file is not a snapshot, empty, a folder, or from a newer
 *   version.
 * @throws {Deno.errors.NotFound} when the file does not exist; other system errors are passed on.
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

/** Verifies one file and those it links to; `digest` is the one that the linking file expects. */
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

/**
 * Verifies a linked file; if it is not a snapshot, this is reported as a problem of the linking
 * file.
 */
function verifyLinked(found: Findings, path: string, digest: string): void {
  try {
    verifyFile(found, path, digest);
  } catch (error) {
    if (!(error instanceof SnapshotFormatError)) throw error;
    found.problems.push(error.message);
  }
}

/** Reports a damaged segment by its dataset, or by its position in the file. */
function report(found: Findings, path: string, { dataset, offset, length }: Segment): void {
  if (dataset === undefined) {
    const range = `bytes ${offset} to ${offset + length}`;
    found.problems.push(`"${path}": the structure (${range}) does not match its checksum`);
  } else if (!found.damaged.has(dataset)) {
    found.damaged.add(dataset);
    found.problems.push(`"${path}": ${dataset} does not match its checksum`);
  }
}
