/**
 * Copies the files of one checkpoint to a store and back. What is sent is compared with its checksums on the way
 * and read back afterwards; what is fetched gets its name only when all of it matches.
 *
 * @module
 */
import { CheckpointError, SnapshotCorruptError, SnapshotFormatError } from "../errors.ts";
import { commitSnapshot } from "../snapshot/file/commit.ts";
import {
  type FileLayer,
  type LayerFile,
  readFully,
  writeFully,
} from "../snapshot/file/file_layer.ts";
import { hashSteps } from "../snapshot/file/hash_range.ts";
import { baseOf, bulkDirectoryOf, directoryOf, joinPath } from "../snapshot/file/paths.ts";
import { PendingFile } from "../snapshot/file/pending_file.ts";
import { damaged, openForReading, readTail, type Tail } from "../snapshot/file/tail_reader.ts";
import { isSidecarName } from "../snapshot/file/temporary_names.ts";
import type { LinkedFile, Segment } from "../snapshot/file/trailer.ts";
import { hexOf, newXxh64, updateWith } from "../xxh64.ts";
import type { CheckpointStore } from "./checkpoint_store.ts";

/** The bytes that are read from the local disk at once. */
const PIECE = 1 << 22;

/** The milliseconds of hashing after which others get their turn. */
const LONG = 10;

/** A file on its way: its name in the store and in the folder, and the digest that it must have. */
export interface FileOnItsWay {
  readonly name: string;
  readonly path: string;
  readonly digest: string;
}

/**
 * Copies a local file into a store, and reads the copy back.
 *
 * @throws {SnapshotCorruptError} when the local file does not match its checksums.
 * @throws {CheckpointError} when the copy is not what was sent.
 * @throws {Error} what the store throws.
 */
export async function sendFile(
  layer: FileLayer,
  store: CheckpointStore,
  { name, path, digest }: FileOnItsWay,
): Promise<void> {
  const file = openForReading(layer, path);
  let sent: bigint;
  try {
    requireDigest(path, readTail(path, file), digest);
    // Before a store is given the first byte; a page that was just written comes from memory.
    await requireSound(path, file);
    const size = file.size(), hash = newXxh64();
    await store.write(name, piecesOf(path, file, size, hash), size);
    sent = hash.digest();
  } finally {
    file.close();
  }
  const kept = newXxh64();
  for await (const piece of store.read(name)) updateWith(kept, piece);
  if (kept.digest() === sent) return;
  throw new CheckpointError(
    store.location,
    1,
    `"${name}" was copied to "${store.location}", and what was read back is something else`,
  );
}

async function* piecesOf(
  path: string,
  file: LayerFile,
  size: number,
  hash: ReturnType<typeof newXxh64>,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size;) {
    const piece = new Uint8Array(Math.min(PIECE, size - at));
    if (readFully(file, piece, at) < piece.length) {
      throw new SnapshotCorruptError(path, `"${path}" became shorter while it was copied`);
    }
    updateWith(hash, piece);
    yield piece;
    at += piece.length;
  }
}

/**
 * Copies a checkpoint from a store into a folder: its sidecars, then the snapshot itself, which gets its name last.
 * The snapshots that it needs must be there.
 *
 * @throws {SnapshotCorruptError} when a copy is cut short or does not match its checksums; nothing gets a name then.
 * @throws {Error} what the store or the layer throws.
 */
export async function fetchSnapshot(
  layer: FileLayer,
  store: CheckpointStore,
  wanted: FileOnItsWay,
): Promise<void> {
  const { path, name } = wanted;
  const pending = PendingFile.create(layer, path);
  try {
    const { manifest } = await receive(store, wanted, pending);
    const bulk = bulkDirectoryOf(path);
    for (const { file, digest, role } of manifest.files) {
      if (role === "base") continue;
      requireOwnSidecar(name, file);
      if (layer.stat(bulk) === null) layer.makeDirectory(bulk);
      await fetchFile(layer, store, {
        name: file,
        path: joinPath(directoryOf(path), file),
        digest,
      });
    }
    const links = manifest.files.map((it) => ({
      ...it,
      file: joinPath(directoryOf(path), it.file),
    }));
    commitSnapshot(layer, pending, path, links);
  } catch (error) {
    pending.discard();
    throw error;
  }
}

/** Fetches a sidecar. */
async function fetchFile(
  layer: FileLayer,
  store: CheckpointStore,
  wanted: FileOnItsWay,
): Promise<void> {
  const pending = PendingFile.create(layer, wanted.path);
  try {
    await receive(store, wanted, pending);
    pending.commit();
  } catch (error) {
    pending.discard();
    throw error;
  }
}

/** Writes what comes from the store, and compares it with its checksums. */
async function receive(
  store: CheckpointStore,
  { name, digest }: FileOnItsWay,
  { file }: PendingFile,
): Promise<Tail> {
  const what = joinPath(store.location, name);
  let at = 0;
  for await (const piece of store.read(name)) {
    writeFully(file, piece, at);
    at += piece.length;
  }
  const tail = readTail(what, file);
  requireDigest(what, tail, digest);
  await requireSound(what, file);
  return tail;
}

function requireDigest(path: string, { trailer }: Tail, digest: string): void {
  if (trailer.digest === digest) return;
  throw damaged(path, `it has the digest ${trailer.digest}, and ${digest} was expected`);
}

/** Compares all of a file with its checksums; timers and the steps of a run get their turns in between. */
async function requireSound(path: string, file: LayerFile): Promise<void> {
  const { segments } = readTail(path, file).manifest;
  const bad: Segment[] = [];
  let rested = performance.now();
  for (const segment of segments) {
    const steps = hashSteps(file, segment.offset, segment.length);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) {
      if (performance.now() - rested < LONG) continue;
      await new Promise((resolve) => setTimeout(resolve, 0));
      rested = performance.now();
    }
    if (step.value === null || hexOf(step.value) !== segment.xxh64) bad.push(segment);
  }
  if (bad.length === 0) return;
  const datasets = [...new Set(bad.flatMap(({ dataset }) => dataset ?? []))];
  throw damaged(path, `${bad.length} of its ${segments.length} parts do not match`, datasets);
}

/** The files beside a snapshot that belong to it. */
export function sidecarsOf({ manifest }: Tail, name: string): LinkedFile[] {
  const own = manifest.files.filter(({ role }) => role === "sidecar");
  own.forEach(({ file }) => requireOwnSidecar(name, file));
  return own;
}

/** A name from a file decides where something is written: only the snapshot's own folder is allowed. */
function requireOwnSidecar(name: string, file: string): void {
  if (directoryOf(file) === bulkDirectoryOf(name) && isSidecarName(baseOf(file))) return;
  throw new SnapshotFormatError(
    name,
    `"${name}" has a file elsewhere, "${file}", and cannot be copied between folder and archive as a whole`,
  );
}
