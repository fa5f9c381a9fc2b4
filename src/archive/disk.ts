/**
 * The operations on snapshot files that users can call. The HDF5 library (in WebAssembly) is loaded
 * when a file is first touched.
 *
 * @module
 */
import { explained } from "../snapshot/file/file_errors.ts";
import { open, Snapshot } from "../snapshot/snapshot.ts";
import { anchored, pathOf } from "../snapshot/file/paths.ts";
import { decodable } from "./decodable.ts";
import type { FileOptions, LoadOptions } from "./file_options.ts";
import { metadataOf } from "./metadata.ts";
import type { VerifyReport } from "./verify_snapshot.ts";

/**
 * Writes a snapshot to a file. The new file takes its name in one step, when it is completely on
 * the disk. Until then, and after any error, the previous file is untouched.
 *
 * @param path the path to write to; relative to the working folder, or a `file:` URL.
 * @returns the path.
 * @throws {SnapshotInvalidatedError} when the snapshot was released.
 * @throws {SnapshotFormatError} when `path` is a folder.
 * @throws {Error} the system's own error (no such folder, no permission, disk full), with a remedy.
 *
 * @example
 * ```ts
 * import { Model, readSnapshot, writeSnapshot } from "@timestash/timestash";
 *
 * const folder = Deno.makeTempDirSync();
 * const path = await writeSnapshot(`${folder}/start.snap.h5`, new Model().saveState());
 * console.log((await readSnapshot(path)).step); // 0
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export async function writeSnapshot(
  path: string | URL,
  snapshot: Snapshot,
  options: FileOptions = {},
): Promise<string> {
  const entries = open(snapshot);
  const metadata = metadataOf(entries, snapshot.modelName, snapshot.createdAt);
  const place = anchored(path), base = options.base && anchored(options.base);
  const { writeEntries } = await import("./write_entries.ts");
  await writeEntries(place, entries, metadata, { ...options, base });
  return pathOf(path);
}

/**
 * Reads a whole snapshot into memory and verifies it. Data written by several ranks is merged by
 * global ids.
 *
 * @returns a token as from `model.saveState()` on one rank.
 * @throws {SnapshotFormatError} when the file is not a snapshot, empty, a folder, or from a newer
 *   version.
 * @throws {SnapshotCorruptError} when a checksum differs, or a file that it links to is missing.
 * @throws {SnapshotInvalidatedError} when the parts of several ranks do not belong together.
 * @throws {Deno.errors.NotFound} when the file does not exist; other system errors are passed on.
 */
export async function readSnapshot(
  path: string | URL,
  options: LoadOptions = {},
): Promise<Snapshot> {
  const place = anchored(path);
  const { readWhole } = await import("./read_whole.ts");
  const { metadata, entries } = await readWhole(place, { verify: options.verify });
  const backend = await decodable(entries).catch((error) => {
    throw explained(error, pathOf(place), "load");
  });
  const createdAt = new Date(String(metadata["created_at"]));
  return new Snapshot(backend, String(metadata["run_name"]), createdAt);
}

/**
 * Reads the description in a snapshot file, without its numbers: the attributes of `/metadata`, and
 * for each `*_json` attribute also the decoded value under the name without that ending.
 *
 * @throws {SnapshotFormatError} when the file is not a snapshot.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when the file does not exist; other system errors are passed on.
 */
export async function readSnapshotMetadata(
  path: string | URL,
  options: LoadOptions = {},
): Promise<Record<string, unknown>> {
  const place = anchored(path), file = await import("./read_whole.ts");
  return await file.readMetadata(place, options);
}

/**
 * Summarizes a snapshot file as text: its contents, time, size, variables with their ranges, and
 * bearers.
 *
 * @throws {SnapshotFormatError} when the file is not a snapshot.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when the file does not exist; other system errors are passed on.
 */
export async function inspectSnapshot(
  path: string | URL,
  options: LoadOptions = {},
): Promise<string> {
  const place = anchored(path), file = await import("./inspect_snapshot.ts");
  return await file.inspectionOf(place, options, path);
}

/**
 * Verifies every checksum of a snapshot file and of the files it links to, without stopping at the
 * first mismatch.
 *
 * @returns a report of what is sound and which datasets are damaged.
 * @throws {SnapshotFormatError} when the file is not a snapshot, empty, a folder, or from a newer
 *   version.
 * @throws {Deno.errors.NotFound} when the file does not exist; other system errors are passed on.
 */
export async function verifySnapshot(path: string | URL): Promise<VerifyReport> {
  const place = anchored(path), file = await import("./verify_snapshot.ts");
  return file.verifySnapshotSync(place);
}

/**
 * Makes a snapshot file self-contained: the data it links to (a base, sidecars) is written into it.
 *
 * @returns the path.
 * @throws {SnapshotFormatError} when it is not a snapshot, or other snapshots store only their
 *   changes relative to it.
 * @throws {SnapshotCorruptError} when it or a file it needs is damaged or missing.
 */
export async function consolidate(
  path: string | URL,
  options: Omit<FileOptions, "base"> = {},
): Promise<string> {
  const place = anchored(path), file = await import("./manage.ts");
  await file.consolidateFile(place, options);
  return pathOf(path);
}

/**
 * Deletes a snapshot file with its sidecars, unless other snapshots in its folder need it as their
 * base.
 *
 * @throws {SnapshotFormatError} when it is not a snapshot, or others need it; the message lists
 *   them.
 * @throws {Deno.errors.NotFound} when the file does not exist; other system errors are passed on.
 */
export async function removeSnapshot(path: string | URL): Promise<void> {
  const place = anchored(path), file = await import("./manage.ts");
  await file.removeSnapshotFile(place);
}

/**
 * Writes small files beside a snapshot that let ParaView 5.11 and newer open it with a double
 * click: `step42.hdf` for the first mesh, and `step42.Swarm_0.hdf` and so on for the others. They
 * contain only links, so no data is stored twice, and they must stay in the folder of the snapshot.
 *
 * @returns their paths, the main one first; an empty list if the snapshot was saved with `{ view:
 *   false }`.
 * @throws {RangeError} when the snapshot itself has the name of such a file.
 * @throws {SnapshotFormatError} when the file is not a snapshot.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when the file does not exist; other system errors are passed on.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, writeView } from "@timestash/timestash";
 *
 * const model = new Model();
 * const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * new MeshVariable(mesh, "T").set((x, y) => x * y);
 * const folder = Deno.makeTempDirSync();
 * const path = await model.saveState({ file: `${folder}/step42.snap.h5` });
 * console.log((await writeView(path))[0].endsWith("/step42.hdf")); // true
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export async function writeView(path: string | URL): Promise<string[]> {
  const place = anchored(path), file = await import("./view/link_files.ts");
  return await file.writeViewFiles(place);
}
