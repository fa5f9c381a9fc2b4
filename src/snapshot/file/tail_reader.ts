/**
 * Reads the end of a snapshot file before anything else: returns a valid trailer and manifest, or
 * throws a typed error that describes what the file is instead.
 *
 * @module
 */
import { SnapshotCorruptError, SnapshotFormatError } from "../../errors.ts";
import { explained } from "./file_errors.ts";
import { type FileLayer, type LayerFile, readFully } from "./file_layer.ts";
import { FORMAT, SCHEMA_VERSION } from "./format.ts";
import { directoryOf } from "./paths.ts";
import {
  decodeManifest,
  decodeTrailer,
  type Manifest,
  type Trailer,
  TRAILER_LENGTH,
} from "./trailer.ts";

/** The contents of the file after the HDF5 data. */
export interface Tail {
  readonly trailer: Trailer;
  readonly manifest: Manifest;
}

/**
 * Opens a file for reading.
 *
 * @throws {SnapshotFormatError} when it is a folder or empty.
 * @throws {Error} the system's own error, with a remedy in its message.
 */
export function openForReading(layer: FileLayer, path: string): LayerFile {
  try {
    const stat = layer.stat(path);
    if (stat?.isDirectory) {
      throw new SnapshotFormatError(
        path,
        `"${path}" is a folder, not a snapshot: give the path of a file in it`,
      );
    }
    const file = layer.open(path, "read");
    if (file.size() > 0) return file;
    file.close();
    throw new SnapshotFormatError(
      path,
      `"${path}" is empty (0 bytes), not a snapshot: load another one`,
    );
  } catch (error) {
    throw explained(error, path, "load");
  }
}

/**
 * Reads and checks the trailer and the manifest.
 *
 * @throws {SnapshotFormatError} when the file is not a snapshot, or its version is newer.
 * @throws {SnapshotCorruptError} when it is a snapshot, but truncated or damaged.
 */
export function readTail(path: string, file: LayerFile): Tail {
  const size = file.size();
  const bytes = new Uint8Array(TRAILER_LENGTH);
  const whole = size > TRAILER_LENGTH && readFully(file, bytes, size - TRAILER_LENGTH) === 64;
  const finding = whole ? decodeTrailer(bytes, size) : { found: "none" as const };
  switch (finding.found) {
    case "none":
      throw withoutTrailer(path, file, size);
    case "newer":
      throw newerSchema(path, `trailer version ${finding.version}`);
    case "damaged":
      throw damaged(path, finding.problem);
  }
  const { trailer } = finding;
  const text = new Uint8Array(trailer.manifestLength);
  readFully(file, text, trailer.hdf5Length);
  const manifest = decodeManifest(text, trailer.digest);
  if (manifest === null) throw damaged(path, "the list of checksums does not match the trailer");
  if (manifest.schemaVersion > SCHEMA_VERSION) {
    throw newerSchema(path, `schema version ${manifest.schemaVersion}`);
  }
  return { trailer, manifest };
}

/** The tail of the file at `path`. */
export function readTailOf(layer: FileLayer, path: string): Tail {
  const file = openForReading(layer, path);
  try {
    return readTail(path, file);
  } finally {
    file.close();
  }
}

/** Whether the last bytes of a file are those of a snapshot, be it intact or not. */
export function endsLikeSnapshot(file: LayerFile): boolean {
  const size = file.size(), bytes = new Uint8Array(TRAILER_LENGTH);
  if (size <= TRAILER_LENGTH) return false;
  const read = readFully(file, bytes, size - TRAILER_LENGTH);
  return read === TRAILER_LENGTH && decodeTrailer(bytes, size).found !== "none";
}

/** The error for a damaged file. */
export function damaged(
  path: string,
  problem: string,
  datasets: readonly string[] = [],
): SnapshotCorruptError {
  return new SnapshotCorruptError(
    path,
    `the snapshot "${path}" is damaged: ${problem}. Load an earlier one; verifySnapshot says which ` +
      "datasets are sound, and { verify: false } reads a file that another program has changed",
    datasets,
  );
}

/** The error for a snapshot, a file of which is not where it should be. */
export function incomplete(
  path: string,
  missing: string,
  role: "sidecar" | "base" = "sidecar",
): SnapshotCorruptError {
  const what = role === "base"
    ? `it holds only what changed since its base, and a file of the base is missing: expected "${missing}"`
    : `a file of its folder "${directoryOf(missing)}" is missing: expected "${missing}"`;
  return new SnapshotCorruptError(
    path,
    `the snapshot "${path}" is not complete: ${what}. Put it back where it was`,
  );
}

/** The error for a file that cannot be read: the system's own, or that it is damaged. */
export function readFailure(error: unknown, path: string): unknown {
  const better = explained(error, path, "load");
  if (better !== error) return better;
  const reason = error instanceof Error ? error.message : String(error);
  return new SnapshotCorruptError(path, `"${path}" cannot be read: ${reason}`, [], {
    cause: error,
  });
}

/** The error for a file written by a later version. */
export function newerSchema(path: string, found: string): SnapshotFormatError {
  return new SnapshotFormatError(
    path,
    `"${path}" has ${found}, this version of timestash reads up to ${SCHEMA_VERSION}: ` +
      "load it with a newer timestash",
  );
}

/** The error for an HDF5 file that is not a snapshot. */
export function foreign(path: string): SnapshotFormatError {
  return new SnapshotFormatError(
    path,
    `"${path}" is an HDF5 file, but not a snapshot: its root has no attribute format = "${FORMAT}". ` +
      "Only files written by saveState can be loaded",
  );
}

/** The error for a file without a trailer, based on the beginning of the file. */
function withoutTrailer(path: string, file: LayerFile, size: number): Error {
  const head = new Uint8Array(Math.min(size, 1 << 16));
  readFully(file, head, 0);
  const text = new TextDecoder("latin1").decode(head);
  if (text.slice(1, 8) !== "HDF\r\n\x1a\n" && !text.includes(FORMAT)) {
    return new SnapshotFormatError(
      path,
      `"${path}" is not a snapshot: it is not even an HDF5 file. ` +
        "Only files written by saveState can be loaded",
    );
  }
  if (!text.includes(FORMAT)) return foreign(path);
  return damaged(
    path,
    `it has no trailer at its end (${size} bytes), so it is cut short or changed`,
  );
}
