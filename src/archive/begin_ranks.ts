/**
 * How several ranks begin a snapshot, and how they give it up. Saves in the background begin here too, inside of a
 * call that cannot wait for a module, so that nothing here may need the writers.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { allOrNone, requireSame } from "../comm/collective_errors.ts";
import { SnapshotSerializationError } from "../errors.ts";
import { isPartitionPath, meshSection } from "../mesh/stored.ts";
import { type EntrySource, memberPlaceOf } from "../snapshot/contract.ts";
import { removeSidecarsOf, removeStaleInTurn } from "../snapshot/file/deletion.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import { denoLayer, type FileLayer } from "../snapshot/file/file_layer.ts";
import { absolutePath, bulkDirectoryOf, directoryOf, pathOf } from "../snapshot/file/paths.ts";
import { PendingFile } from "../snapshot/file/pending_file.ts";
import { stateSection } from "../snapshot/subject.ts";
import { swarmSection } from "../swarm/stored.ts";
import { checkFileOptions, refuseTarget, type WriteOptions } from "./file_options.ts";

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
  readonly layer: FileLayer;
}

/**
 * Checks everything that can be checked before the view is planned, and reserves the name. Collective.
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
  const { layer = denoLayer, ...asked } = options;
  requireSame(comm, "saveState", `${pathOf(path)} ${JSON.stringify(asked)}`);
  requireSameMembers(comm, [...source.keys()]);
  const pending = allOrNone(
    comm,
    () => comm.rank === 0 ? reserve(layer, target, options) : null,
  );
  try {
    return { path: target, id: comm.bcast(pending?.id ?? ""), pending, layer };
  } catch (error) {
    pending?.discard();
    throw error;
  }
}

/** Creates the wrapper under its temporary name. */
function reserve(layer: FileLayer, target: string, options: WriteOptions): PendingFile {
  try {
    // Creating the bulk folder would also create all of its parent folders.
    if (layer.stat(directoryOf(target)) === null) {
      throw new Deno.errors.NotFound(`there is no folder "${directoryOf(target)}"`);
    }
    refuseTarget(layer, target, { ...options, base: options.base && absolutePath(options.base) });
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
