/**
 * Snapshots as files. The machinery behind it (HDF5 in WebAssembly) is loaded when a file is first
 * touched.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { loadExpressions } from "../expression/contract.ts";
import type { Entry } from "../snapshot/contract.ts";
import type { FileLayer } from "../snapshot/file/file_layer.ts";
import type { VerifyReport } from "./verify_snapshot.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import { metadataOf } from "./metadata.ts";
import type { BufferPool } from "../snapshot/pool.ts";
import { open, Snapshot } from "../snapshot/snapshot.ts";

/** How a snapshot file is written. */
export interface FileOptions {
  /** `single` (the default): one file. `sidecars`: one more file for each mesh and swarm. */
  readonly layout?: "single" | "sidecars";
  /** `gzip` makes files smaller and slower; `none` is the default. */
  readonly compression?: "none" | "gzip";
  /** An earlier snapshot: what did not change since is linked, not written again. */
  readonly base?: string | URL;
  /**
   * What ParaView shows. True (the default): a view inside the file, mostly links to what is there anyway.
   * `beside`: also small files beside it, `step42.hdf` for a double click. False: none.
   */
  readonly view?: boolean | "beside";
}

/** How a snapshot file is read. */
export interface LoadOptions {
  /** `false` reads a file that another program has changed: its checksums are not looked at. */
  readonly verify?: boolean;
}

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
 * Writes what all ranks have captured to one snapshot: each rank a file of its own, and the first a wrapper
 * that takes its name when all of them are on the disk. Collective.
 */
export async function writeSnapshotOfRanks(
  path: string | URL,
  snapshot: Snapshot,
  comm: Comm,
  options: FileOptions,
): Promise<string> {
  const entries = open(snapshot);
  // Made by one, the same for all: clocks differ.
  const createdAt = new Date(comm.bcast(snapshot.createdAt.toISOString()));
  const metadata = metadataOf(entries, snapshot.modelName, createdAt, comm);
  const { writeRanks } = await import("./write_ranks.ts");
  return await writeRanks(path, entries, metadata, comm, options);
}

/** The entries of one rank in a file, or of all ranks where another number of them wrote it. */
export interface RankSnapshots extends Disposable {
  /** How many ranks wrote the file. */
  readonly ranks: number;
  /** Which state this is, in words: ranks must not put back different ones. */
  readonly moment: string;
  /** One part where as many wrote it as there are now; otherwise one for each that wrote. */
  readonly parts: readonly MemoryBackend[];
}

/** Reads a snapshot for this rank; collective only in that every rank does the same. */
export async function readSnapshotOfRanks(
  pool: BufferPool | null,
  path: string | URL,
  comm: Comm,
  options: LoadOptions & { readonly layer?: FileLayer },
): Promise<RankSnapshots> {
  const { readRanks } = await import("./read_ranks.ts");
  const keeper = new MemoryBackend(pool);
  try {
    const take = (bytes: number) => keeper.borrow(bytes);
    const { verify, layer } = options;
    const read = await readRanks(path, comm.rank, comm.size, { verify, layer, take });
    const parts = await staged(read.parts);
    const { created_at, step, sim_time } = read.metadata;
    const moment = `a snapshot of ${created_at}, step ${step}, time ${sim_time}`;
    return { ranks: read.ranks, moment, parts, [Symbol.dispose]: () => keeper.release() };
  } catch (error) {
    keeper.release();
    throw error;
  }
}

/**
 * Reads a whole snapshot into memory, verified. What several ranks wrote is put together by global ids.
 *
 * @returns a token as from `model.saveState()` on one rank.
 * @throws {SnapshotFormatError} when the file is no snapshot, empty, a folder, or of a newer version.
 * @throws {SnapshotCorruptError} when a checksum differs, or a file that it links to is missing.
 * @throws {SnapshotInvalidatedError} when the parts of several ranks do not belong together.
 * @throws {Deno.errors.NotFound} when there is no such file; other system errors likewise.
 */
export async function readSnapshot(
  path: string | URL,
  options: LoadOptions = {},
): Promise<Snapshot> {
  const { readEntries } = await import("./read_entries.ts");
  const { metadata, entries } = await readEntries(path, { verify: options.verify });
  const [backend] = await staged([entries]);
  const createdAt = new Date(String(metadata.created_at));
  return new Snapshot(backend, String(metadata.run_name), createdAt);
}

/** Entries from a file as backends; what they need to be decoded is loaded. */
async function staged(parts: readonly ReadonlyMap<string, Entry>[]): Promise<MemoryBackend[]> {
  let formulas = false;
  const backends = parts.map((entries) => {
    const backend = new MemoryBackend();
    for (const [key, entry] of entries) {
      backend.put(key, entry, "share");
      formulas ||= entry.kind === "expression";
    }
    return backend;
  });
  if (formulas) await loadExpressions();
  return backends;
}

/**
 * What a snapshot file says of itself, without its numbers: the attributes of `/metadata`, and for each
 * `*_json` also the decoded value under the name without the ending.
 *
 * @throws {SnapshotFormatError} when the file is no snapshot.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when there is no such file; other system errors likewise.
 */
export async function readSnapshotMetadata(
  path: string | URL,
  options: LoadOptions = {},
): Promise<Record<string, unknown>> {
  const file = await import("./read_entries.ts");
  return await file.readSnapshotMetadata(path, options);
}

/**
 * A page of text on a snapshot file: what, when, how large, variables with their range, bearers.
 *
 * @throws {SnapshotFormatError} when the file is no snapshot.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when there is no such file; other system errors likewise.
 */
export async function inspectSnapshot(
  path: string | URL,
  options: LoadOptions = {},
): Promise<string> {
  const file = await import("./inspect_snapshot.ts");
  return await file.inspectSnapshot(path, options);
}

/**
 * Compares every checksum of a snapshot file and of the files it links to, without stopping at the first
 * that differs.
 *
 * @returns what is sound and what is not: which datasets are damaged.
 * @throws {SnapshotFormatError} when the file is no snapshot, empty, a folder, or of a newer version.
 * @throws {Deno.errors.NotFound} when there is no such file; other system errors likewise.
 */
export async function verifySnapshot(path: string | URL): Promise<VerifyReport> {
  const file = await import("./verify_snapshot.ts");
  return await file.verifySnapshot(path);
}

/**
 * Makes a snapshot file self-contained: what it links to (a base, sidecars) is written into it.
 *
 * @returns the path.
 * @throws {SnapshotFormatError} when it is no snapshot, or others hold only what changed since it.
 * @throws {SnapshotCorruptError} when it or a file it needs is damaged or missing.
 */
export async function consolidate(
  path: string | URL,
  options: Omit<FileOptions, "base"> = {},
): Promise<string> {
  const file = await import("./manage.ts");
  return await file.consolidate(path, options);
}

/**
 * Deletes a snapshot file with its sidecars, unless snapshots beside it need it as their base.
 *
 * @throws {SnapshotFormatError} when it is no snapshot, or others need it; the message lists them.
 * @throws {Deno.errors.NotFound} when there is no such file; other system errors likewise.
 */
export async function removeSnapshot(path: string | URL): Promise<void> {
  const file = await import("./manage.ts");
  await file.removeSnapshot(path);
}

/**
 * Writes the small files beside a snapshot through which ParaView 5.11 and newer opens it with a double
 * click: `step42.hdf` for the first mesh, `step42.Swarm_0.hdf` and so on for the rest. They hold links
 * only: nothing is stored twice, and they must stay in the folder of the snapshot.
 *
 * @returns their paths, the main one first; none where the snapshot was saved with `{ view: false }`.
 * @throws {RangeError} when the snapshot itself has the name of such a file.
 * @throws {SnapshotFormatError} when the file is no snapshot.
 * @throws {SnapshotCorruptError} when it is damaged.
 * @throws {Deno.errors.NotFound} when there is no such file; other system errors likewise.
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
  return await file.writeView(path);
}
