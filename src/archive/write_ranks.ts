/**
 * Writes one snapshot from several ranks. Each rank writes its own file into the bulk folder, then
 * the first rank writes the wrapper that links to them. The rename of the wrapper is the only
 * commit, and it happens after every rank has flushed.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import {
  allOrNone,
  requireSame,
  type Settled,
  settled,
  valueOf,
} from "../comm/collective_errors.ts";
import { SnapshotSerializationError } from "../errors.ts";
import { isPartitionPath, meshSection } from "../mesh/stored.ts";
import { type EntrySource, memberPlaceOf, type SnapshotAttributes } from "../snapshot/contract.ts";
import { removeSidecarsOf } from "../snapshot/file/deletion.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import { denoLayer, type FileLayer } from "../snapshot/file/file_layer.ts";
import { loadLibrary } from "../snapshot/file/hdf5_library.ts";
import { removeStaleInTurn } from "../snapshot/file/stale_search.ts";
import { absolutePath, bulkDirectoryOf, directoryOf, pathOf } from "../snapshot/file/paths.ts";
import { PendingFile } from "../snapshot/file/pending_file.ts";
import { stateSection } from "../snapshot/subject.ts";
import { swarmSection } from "../swarm/stored.ts";
import { checkFileOptions, viewDetailOf, type WriteOptions } from "./file_options.ts";
import { keyOfRank, writePart } from "./rank_part.ts";
import { commitWrapper, type PartReport, reportOf, writeWrapper } from "./rank_wrapper.ts";
import { checkLinkFiles, writeLinkFiles } from "./view/link_files.ts";
import { planPiece } from "./view/plan.ts";
import type { View } from "./view/view.ts";
import { refuseTarget } from "./write_entries.ts";

/** Refuses options that several ranks, which write one file each, cannot honour. */
function requireFitForRanks({ layout }: WriteOptions): void {
  if (layout !== "single") return;
  throw new RangeError(
    'several ranks write a file each, so that { layout: "single" } cannot be; leave it out, or load the ' +
      "snapshot on one rank and save it there",
  );
}

/**
 * Checks that meshes, swarms, their variables and bearers are the same on all ranks; otherwise no
 * other script could load the file. The tracker may differ between ranks. Collective.
 */
function requireSameMembers(comm: Comm, keys: readonly string[]): void {
  const own = keys.filter((key) => {
    const place = memberPlaceOf(key);
    if (place === null) return key === meshSection || key === swarmSection;
    if (place.section === stateSection) return place.path === "";
    if (place.section === meshSection) return !isPartitionPath(place.path);
    return place.section === swarmSection;
  });
  const all = comm.allgather(own).map((other) => new Set(other));
  for (const key of new Set(all.flatMap((other) => [...other]))) {
    const without = all.findIndex((other) => !other.has(key));
    if (without < 0) continue;
    throw new SnapshotSerializationError(
      key,
      `rank ${without} has none, and other ranks do; all ranks make the same meshes, swarms, variables and bearers`,
    );
  }
}

/** A save of several ranks that has begun. */
export interface BegunSave {
  /** Where the wrapper will be. */
  readonly path: string;
  /** The id of the save. */
  readonly id: string;
  /** The wrapper, on the first rank. */
  readonly pending: PendingFile | null;
  /** This rank's piece of the view. */
  readonly view: View;
  /** The keys of this rank in the wrapper. */
  readonly keys: readonly string[];
  readonly layer: FileLayer;
}

/**
 * Checks everything that can be checked before something is written, and reserves the name. Collective.
 *
 * @param possible Throws where this kind of save is not possible.
 * @throws {Error} as `writeEntries`, on every rank.
 */
export function beginRanks(
  path: string | URL,
  source: EntrySource,
  comm: Comm,
  options: WriteOptions,
  possible: () => void = () => {},
): BegunSave {
  const target = allOrNone(comm, () => {
    checkFileOptions(options);
    requireFitForRanks(options);
    possible();
    return absolutePath(path);
  });
  const { layer: _, ...asked } = options;
  requireSame(comm, "saveState", `${pathOf(path)} ${JSON.stringify(asked)}`);
  const own = [...source.keys()];
  requireSameMembers(comm, own);
  const shown = options.view === false
    ? new Map()
    : new Map(own.map((key) => [key, source.get(key)!]));
  const view = planPiece(comm, shown, viewDetailOf(options));
  const layer = options.layer ?? denoLayer;
  const pending = allOrNone(
    comm,
    () => comm.rank === 0 ? reserve(layer, target, options, view) : null,
  );
  try {
    const id = comm.bcast(pending?.id ?? "");
    const keys = own.map((key) => keyOfRank(comm.rank, key));
    return { path: target, id, pending, view, keys, layer };
  } catch (error) {
    pending?.discard();
    throw error;
  }
}

/** Creates the wrapper under its temporary name. */
function reserve(
  layer: FileLayer,
  target: string,
  options: WriteOptions,
  view: View,
): PendingFile {
  try {
    // Creating the bulk folder would also create all of its parent folders.
    if (layer.stat(directoryOf(target)) === null) {
      throw new Deno.errors.NotFound(`there is no folder "${directoryOf(target)}"`);
    }
    refuseTarget(layer, target, { ...options, base: options.base && absolutePath(options.base) });
    if (options.view === "beside") checkLinkFiles(layer, target, view.grids);
    removeStaleInTurn(layer, directoryOf(target));
    return PendingFile.create(layer, target);
  } catch (error) {
    throw explained(error, target, "save");
  }
}

/** Deletes what this rank has written of a save that is given up. */
export function discardSave({ pending, layer, path, id }: BegunSave): void {
  pending?.discard();
  try {
    removeSidecarsOf(layer, bulkDirectoryOf(path), id);
  } catch {
    // The error that led here is the one to report; the next save deletes what is left.
  }
}

/**
 * Writes the entries of all ranks; every rank passes the same path, metadata and options.
 * Collective: either all ranks return, or all throw and the previous file is untouched.
 *
 * @returns the path.
 * @throws {Error} as `writeEntries`, on every rank.
 */
export async function writeRanks(
  path: string | URL,
  source: EntrySource,
  metadata: SnapshotAttributes,
  comm: Comm,
  options: WriteOptions = {},
): Promise<string> {
  const entries = Array.from(source.keys(), (key) => [key, source.get(key)!] as const);
  const save = beginRanks(path, source, comm, options);
  const { pending, layer, view, keys } = save;
  const { path: target, id } = save, { rank } = comm, gzip = options.compression === "gzip";
  const base = options.base && absolutePath(options.base);
  let committed = false;
  try {
    const loading = await settled(loadLibrary);
    const library = allOrNone(comm, () => valueOf(loading));
    const part = { path: target, id, rank, metadata, base, gzip };
    const attempt = await settled(() => writePart(library, layer, part, entries, view.own));
    const report = reportOf(agreed(comm, attempt, target), keys, view);
    const plan = { path: target, metadata, gzip, reports: gatherReports(comm, report) };
    const wrapper = await settled(async () => {
      if (pending === null) return;
      await writeWrapper(library, layer, pending.file, plan);
      commitWrapper(layer, pending, plan);
    });
    // A wrapper that has its name refers to all files, even if the folder could not be flushed.
    committed = comm.allreduce(pending?.committed ? 1 : 0, "max") > 0;
    agreed(comm, wrapper, target);
  } finally {
    if (!committed) discardSave(save);
  }
  const after = await settled(async () => {
    if (rank === 0 && options.view === "beside") await writeLinkFiles(target, view.grids, layer);
  });
  agreed(comm, after, target);
  return pathOf(path);
}

/** The reports of all ranks, by rank. Collective. */
export function gatherReports(comm: Comm, own: PartReport): PartReport[] {
  return comm.allgather(JSON.stringify(own)).map((text) => JSON.parse(text));
}

/**
 * Returns the value if all ranks succeeded. Collective.
 *
 * @throws {Error} why it failed here, or on the first rank on which it did.
 */
export function agreed<R>(comm: Comm, attempt: Settled<R>, path: string): R {
  return allOrNone(comm, () => {
    if ("error" in attempt) throw explained(attempt.error, path, "save");
    return attempt.value;
  });
}
