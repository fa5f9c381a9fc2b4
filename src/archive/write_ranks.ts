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
import {
  type EntrySource,
  memberPlaceOf,
  type SnapshotAttributes,
  type SnapshotEntry,
} from "../snapshot/contract.ts";
import { BaseIndex } from "../snapshot/file/base_index.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import { denoLayer, type FileLayer } from "../snapshot/file/file_layer.ts";
import { type Hdf5Library, loadLibrary } from "../snapshot/file/hdf5_library.ts";
import { PreparedEntry } from "../snapshot/file/hdf5_writer.ts";
import { commitSnapshot } from "../snapshot/file/commit.ts";
import { listedSidecars } from "../snapshot/file/deletion.ts";
import { removeStaleInTurn } from "../snapshot/file/stale_search.ts";
import { absolutePath, directoryOf, pathOf } from "../snapshot/file/paths.ts";
import { PendingFile } from "../snapshot/file/pending_file.ts";
import { linksFrom } from "../snapshot/file/places.ts";
import { rankRoot, ranksKey } from "../snapshot/file/rank_keys.ts";
import { Sidecars } from "../snapshot/file/sidecars.ts";
import { stateSection } from "../snapshot/subject.ts";
import { swarmSection } from "../swarm/stored.ts";
import { integerMetadata } from "./metadata.ts";
import { viewAdditions, viewEntries } from "./view/contents.ts";
import { checkLinkFiles, writeLinkFiles } from "./view/link_files.ts";
import { planPiece } from "./view/plan.ts";
import { viewOfPieces, type WrittenPiece, writtenPiece } from "./view/ranks.ts";
import type { View } from "./view/view.ts";
import { checkFileOptions, viewDetailOf, type WriteOptions } from "./file_options.ts";
import { refuseTarget } from "./write_entries.ts";
import { type FileLink, writeContents } from "../snapshot/file/write_contents.ts";

/** The data that all steps of one save share. */
interface Save {
  readonly library: Hdf5Library;
  readonly layer: FileLayer;
  readonly path: string;
  readonly comm: Comm;
  readonly metadata: SnapshotAttributes;
  readonly options: WriteOptions & { readonly base?: string | undefined };
  /** This rank's piece of the view. */
  readonly view: View;
}

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
  const target = allOrNone(comm, () => {
    checkFileOptions(options);
    requireFitForRanks(options);
    return absolutePath(path);
  });
  const { layer: _, ...asked } = options;
  requireSame(comm, "saveState", `${pathOf(path)} ${JSON.stringify(asked)}`);
  requireSameMembers(comm, entries.map(([key]) => key));
  const shown = options.view === false ? new Map() : new Map(entries);
  const view = planPiece(comm, shown, viewDetailOf(options));
  const loading = await settled(loadLibrary);
  const library = allOrNone(comm, () => valueOf(loading));
  const layer = options.layer ?? denoLayer;
  const absolute = { ...options, base: options.base && absolutePath(options.base) };
  const save: Save = { library, layer, path: target, comm, metadata, options: absolute, view };
  const pending = allOrNone(comm, () => {
    if (comm.rank !== 0) return null;
    try {
      // Creating the bulk folder would also create all of its parent folders.
      if (layer.stat(directoryOf(target)) === null) {
        throw new Deno.errors.NotFound(`there is no folder "${directoryOf(target)}"`);
      }
      refuseTarget(layer, target, absolute);
      if (options.view === "beside") checkLinkFiles(layer, target, view.grids);
      removeStaleInTurn(layer, directoryOf(target));
      return PendingFile.create(layer, target);
    } catch (error) {
      throw explained(error, target, "save");
    }
  });
  let committed = false, own: Sidecars | null = null;
  try {
    own = new Sidecars(library, layer, target, comm.bcast(pending?.id ?? ""));
    const links = await writeOwn(save, own, entries);
    const wrapper = await settled(() => writeWrapper(save, links, pending));
    // A wrapper that has its name refers to all files, even if the folder could not be flushed.
    committed = comm.allreduce(pending?.committed ? 1 : 0, "max") > 0;
    agreed(comm, wrapper, target);
  } finally {
    if (!committed) {
      pending?.discard();
      own?.discard();
    }
  }
  const after = await settled(async () => {
    if (comm.rank !== 0) return;
    if (options.view === "beside") await writeLinkFiles(target, view.grids, layer);
  });
  agreed(comm, after, target);
  return pathOf(path);
}

/** The locations of the ranks' files for the wrapper, and the files that these need. */
interface Links {
  readonly links: FileLink[];
  readonly needs: Omit<FileLink, "path">[];
  readonly keys: string[];
  readonly pieces: WrittenPiece[];
}

/** Writes this rank's file to the disk; returns the links of all ranks. */
async function writeOwn(
  { layer, path, comm, metadata, options, view }: Save,
  own: Sidecars,
  entries: readonly (readonly [string, SnapshotEntry])[],
): Promise<Links> {
  const root = rankRoot(comm.rank);
  const attempt = await settled(async () => {
    const base = options.base === undefined ? null : new BaseIndex(layer, options.base);
    const prepared = entries.map(([key, entry]) => new PreparedEntry(`${root}/${key}`, entry));
    const keys = prepared.map(({ key }) => key);
    prepared.push(...viewEntries(view));
    const links = prepared.flatMap((entry) => base?.find(entry) ?? []);
    const gzip = options.compression === "gzip";
    const integers = integerMetadata;
    const contents = {
      metadata,
      integers,
      keys,
      entries: prepared,
      links,
      needs: [],
      gzip,
      additions: [],
    };
    const link = await own.write(`/${root}`, `rank_${comm.rank}`, contents);
    own.flush();
    const needs = links.map(({ file, digest, role }) => ({ file, digest, role }));
    return { link, needs, keys, piece: writtenPiece(view, link.file, links) };
  });
  const all = comm.allgather(JSON.stringify(agreed(comm, attempt, path)))
    .map((text) => JSON.parse(text));
  return {
    links: all.map((rank) => rank.link),
    needs: all.flatMap((rank) => rank.needs),
    keys: all.flatMap((rank) => rank.keys),
    pieces: all.map((rank) => rank.piece),
  };
}

/** Writes the wrapper, on the first rank. */
async function writeWrapper(
  { library, layer, path, metadata, options }: Save,
  { links, needs, keys, pieces }: Links,
  pending: PendingFile | null,
): Promise<void> {
  if (pending === null) return;
  const linkTo = linksFrom(layer, path);
  const names = links.map((_, rank) => String(rank));
  const group = { kind: "group", data: null, shape: [], attributes: {}, keys: names } as const;
  const { view, fileOf } = viewOfPieces(linkTo, pieces);
  const own = new PreparedEntry(ranksKey, group);
  const entries = [own, ...viewEntries(view)];
  const additions = viewAdditions(view, fileOf);
  const gzip = options.compression === "gzip", all = [ranksKey, ...keys];
  const replaced = listedSidecars(layer, path)
    .map(({ file, digest }) => ({ file, digest }));
  const shared = { linkTo, metadata, integers: integerMetadata, links, needs, replaced, gzip };
  await writeContents(library, pending.file, { ...shared, keys: all, entries, additions });
  commitSnapshot(layer, pending, path, [...links, ...needs]);
}

/** Returns the value if all ranks succeeded. */
function agreed<R>(comm: Comm, attempt: Settled<R>, path: string): R {
  return allOrNone(comm, () => {
    if ("error" in attempt) throw explained(attempt.error, path, "save");
    return attempt.value;
  });
}
