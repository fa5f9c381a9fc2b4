/**
 * What users can do with snapshot files. The machinery (HDF5 in WebAssembly) is loaded when a file is first
 * touched.
 *
 * @module
 */
import { open, Snapshot } from "../snapshot/snapshot.ts";
import { decodable } from "./decodable.ts";
import type { FileOptions, LoadOptions } from "./file_options.ts";
import { metadataOf } from "./metadata.ts";
import type { VerifyReport } from "./verify_snapshot.ts";

/**
 * Writes a snapshot to a file. The new file takes its name in one step, when all of it is on the disk; until
 * then, and after any error, what was there before is untouched.
 *
 * @param path Where to; relative to the working folder, or a `file:` URL.
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
  const { writeEntries } = await import("./write_entries.ts");
  return await writeEntries(path, entries, metadata, options);
}

/**
 * Reads a whole snapshot into memory, verified. What several ranks wrote is put together by global ids.
 *
 * @returns a token as from `model.saveState()` on one rank.
 * @throws {SnapshotFormatError} when the file is not a snapshot, empty, a folder, or of a newer version.
 * @throws {SnapshotCorruptError} when a checksum differs, or a file that it links to is missing.
 * @throws {SnapshotInvalidatedError} when the parts of several ranks do not belong together.
 * @throws {Deno.errors.NotFound} when there is no such file; other errors of the system are passed on.
 */
export async function readSnapshot(
  path: string | URL,
  options: LoadOptions = {},
): Promise<Snapshot> {
  const { readWhole } = await import("./read_whole.ts");
  const { metadata, entries } = await readWhole(path, { verify: options.verify });
  const [backend] = await decodable([entries]);
  const createdAt = new Date(String(metadata.created_at));
  return new Snapshot(backend, String(metadata.run_name), createdAt);
}

/**
 * What a snapshot file says of itself, without its numbers: the attributes of `/metadata`, and for each
 * `*_json` also the decoded value under the name without the ending.
 *
 * @throws {SnapshotFormatError} when the file is not a snapshot.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when there is no such file; other errors of the system are passed on.
 */
export async function readSnapshotMetadata(
  path: string | URL,
  options: LoadOptions = {},
): Promise<Record<string, unknown>> {
  const file = await import("./read_whole.ts");
  return await file.readMetadata(path, options);
}

/**
 * A page of text on a snapshot file: what, when, how large, variables with their range, bearers.
 *
 * @throws {SnapshotFormatError} when the file is not a snapshot.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when there is no such file; other errors of the system are passed on.
 */
export async function inspectSnapshot(
  path: string | URL,
  options: LoadOptions = {},
): Promise<string> {
  const file = await import("./inspect_snapshot.ts");
  return await file.inspectionOf(path, options);
}

/**
 * Compares every checksum of a snapshot file and of the files it links to, without stopping at the first
 * that differs.
 *
 * @returns what is sound and what is not: which datasets are damaged.
 * @throws {SnapshotFormatError} when the file is not a snapshot, empty, a folder, or of a newer version.
 * @throws {Deno.errors.NotFound} when there is no such file; other errors of the system are passed on.
 */
export async function verifySnapshot(path: string | URL): Promise<VerifyReport> {
  const file = await import("./verify_snapshot.ts");
  return file.verifySnapshotSync(path);
}

/**
 * Makes a snapshot file self-contained: what it links to (a base, sidecars) is written into it.
 *
 * @returns the path.
 * @throws {SnapshotFormatError} when it is not a snapshot, or others hold only what changed since it.
 * @throws {SnapshotCorruptError} when it or a file it needs is damaged or missing.
 */
export async function consolidate(
  path: string | URL,
  options: Omit<FileOptions, "base"> = {},
): Promise<string> {
  const file = await import("./manage.ts");
  return await file.consolidateFile(path, options);
}

/**
 * Deletes a snapshot file with its sidecars, unless snapshots beside it need it as their base.
 *
 * @throws {SnapshotFormatError} when it is not a snapshot, or others need it; the message lists them.
 * @throws {Deno.errors.NotFound} when there is no such file; other errors of the system are passed on.
 */
export async function removeSnapshot(path: string | URL): Promise<void> {
  const file = await import("./manage.ts");
  await file.removeSnapshotFile(path);
}

/**
 * Writes the small files beside a snapshot through which ParaView 5.11 and newer opens it with a double
 * click: `step42.hdf` for the first mesh, `step42.Swarm_0.hdf` and so on for the rest. They hold links
 * only: nothing is stored twice, and they must stay in the folder of the snapshot.
 *
 * @returns their paths, the main one first; none where the snapshot was saved with `{ view: false }`.
 * @throws {RangeError} when the snapshot itself has the name of such a file.
 * @throws {SnapshotFormatError} when the file is not a snapshot.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when there is no such file; other errors of the system are passed on.
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
  const file = await import("./view/link_files.ts");
  return await file.writeViewFiles(path);
}
