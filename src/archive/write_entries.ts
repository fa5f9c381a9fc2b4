/**
 * Writes entries to disk: one file, or a wrapper with sidecars; all data, or the changes since a
 * base.
 *
 * @module
 */
import { meshSection } from "../mesh/stored.ts";
import {
  type EntrySource,
  memberPlaceOf,
  type SnapshotAttributes,
  type SnapshotEntry,
} from "../snapshot/contract.ts";
import { BaseIndex } from "../snapshot/file/base_index.ts";
import { commitSnapshot } from "../snapshot/file/commit.ts";
import { listedSidecars, removeStaleInTurn } from "../snapshot/file/deletion.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import { denoLayer } from "../snapshot/file/file_layer.ts";
import { type Hdf5Library, loadLibrary } from "../snapshot/file/hdf5_library.ts";
import { PreparedEntry } from "../snapshot/file/hdf5_writer.ts";
import { absolutePath, directoryOf, hdf5PathOf, pathOf } from "../snapshot/file/paths.ts";
import { PendingFile } from "../snapshot/file/pending_file.ts";
import { linksFrom } from "../snapshot/file/places.ts";
import { Sidecars } from "../snapshot/file/sidecars.ts";
import { swarmSection } from "../swarm/stored.ts";
import { checkFileOptions, refuseTarget, viewDetailOf, type WriteOptions } from "./file_options.ts";
import { integerMetadata } from "./metadata.ts";
import { viewAdditions, viewEntries, type Whereabouts } from "./view/contents.ts";
import { checkLinkFiles, writeLinkFiles } from "./view/link_files.ts";
import { planView } from "./view/plan.ts";
import type { View } from "./view/view.ts";
import {
  type FileContents,
  type FileLink,
  writeContents,
} from "../snapshot/file/write_contents.ts";

/**
 * Writes entries and metadata to `path`. The new file takes its name in one step, when it is
 * completely on the disk. Until then, and after any error, the previous file is untouched.
 *
 * @param path the path to write to; relative to the working folder, or a `file:` URL.
 * @param source the entries to write; their arrays must not change before the promise is settled.
 * @param metadata the attributes of `/metadata`.
 * @param planned the view that the file shows; planned here unless given.
 * @returns the path.
 * @throws {TypeError} when an option is not one of those allowed.
 * @throws {SnapshotFormatError} when `path` is a folder, or a snapshot that others need as their
 *   base.
 * @throws {Error} the system's own error (no such folder, no permission, disk full), with a remedy.
 */
export async function writeEntries(
  path: string | URL,
  source: EntrySource,
  metadata: SnapshotAttributes,
  options: WriteOptions = {},
  planned: View | null = null,
): Promise<string> {
  checkFileOptions(options);
  // Later changes to `source` or to the working folder must not matter, so both are fixed before
  // the first await.
  const target = absolutePath(path), base = options.base && absolutePath(options.base);
  const entries = Array.from(source.keys(), (key) => [key, source.get(key)!] as const);
  const library = await loadLibrary();
  try {
    await writeWith(library, target, entries, metadata, { ...options, base }, planned);
    return pathOf(path);
  } catch (error) {
    throw explained(error, target, "save");
  }
}

/** Does everything that follows the loading of the library. */
async function writeWith(
  library: Hdf5Library,
  path: string,
  entries: readonly (readonly [key: string, entry: SnapshotEntry])[],
  metadata: SnapshotAttributes,
  options: WriteOptions & { readonly base?: string | undefined },
  planned: View | null,
): Promise<void> {
  const layer = options.layer ?? denoLayer;
  refuseTarget(layer, path, options);
  const base = options.base === undefined ? null : new BaseIndex(layer, options.base);
  const prepared = entries.map(([key, entry]) => new PreparedEntry(key, entry));
  const view = planned ?? planView(
    options.view === false ? new Map() : new Map(entries),
    viewDetailOf(options),
  );
  if (options.view === "beside") checkLinkFiles(layer, path, view.grids);
  removeStaleInTurn(layer, directoryOf(path));
  const pending = PendingFile.create(layer, path);
  const sidecars = new Sidecars(library, layer, path, pending.id);
  try {
    const linkTo = linksFrom(layer, path);
    const links: FileLink[] = [];
    const needs: Omit<FileLink, "path">[] = [];
    let rest = prepared;
    if (options.layout === "sidecars") {
      const { sidecars: groups, others } = bySidecar(prepared);
      rest = others;
      for (const { root, label, entries } of groups) {
        const own = contentsOf(entries, base, metadata, options);
        links.push(await sidecars.write(root, label, own));
        needs.push(...own.links.map(({ file, digest, role }) => ({ file, digest, role })));
      }
      sidecars.flush();
    }
    const contents = contentsOf([...rest, ...viewEntries(view.own)], base, metadata, options);
    const all = [...contents.links, ...links];
    await writeContents(library, pending.file, {
      ...contents,
      linkTo,
      keys: prepared.map(({ key }) => key),
      links: all,
      needs,
      replaced: listedSidecars(layer, path).map(({ file, digest }) => ({ file, digest })),
      additions: viewAdditions(view, whereabouts(linkTo, all)),
    });
    commitSnapshot(layer, pending, path, [...all, ...needs]);
  } catch (error) {
    pending.discard();
    if (!pending.committed) sidecars.discard();
    throw error;
  }
  if (options.view === "beside") await writeLinkFiles(path, view.grids, layer);
}

/** Finds which datasets are in other files, either themselves or through their mesh or swarm. */
function whereabouts(
  linkTo: (file: string) => string,
  links: readonly FileLink[],
): Whereabouts {
  const files = new Map(links.map(({ path, file }) => [path, file]));
  return (wanted) => {
    const file = files.get(wanted) ?? files.get(wanted.split("/").slice(0, 3).join("/"));
    return file === undefined ? null : linkTo(file);
  };
}

function contentsOf(
  entries: readonly PreparedEntry[],
  base: BaseIndex | null,
  metadata: SnapshotAttributes,
  options: WriteOptions,
): Omit<FileContents, "linkTo"> {
  const links = entries.flatMap((entry) => base?.find(entry) ?? []);
  const keys = entries.map(({ key }) => key);
  const gzip = options.compression === "gzip";
  const shared = { metadata, integers: integerMetadata, gzip };
  return { ...shared, keys, entries, links, needs: [], additions: [] };
}

/** The contents of one sidecar. */
interface SidecarGroup {
  /** The path of the mesh or swarm in the file. */
  readonly root: string;
  /** The start of its file name. */
  readonly label: string;
  readonly entries: PreparedEntry[];
}

/** The words in file names for the sections whose members get their own sidecars. */
const sidecarWords = new Map([[meshSection, "mesh"], [swarmSection, "swarm"]]);

/** Groups entries by the mesh or swarm that they belong to. */
function bySidecar(
  prepared: readonly PreparedEntry[],
): { readonly sidecars: Iterable<SidecarGroup>; readonly others: PreparedEntry[] } {
  const groups = new Map<string, SidecarGroup>(), others: PreparedEntry[] = [];
  for (const entry of prepared) {
    const place = memberPlaceOf(entry.key);
    const word = place === null ? undefined : sidecarWords.get(place.section);
    if (place === null || word === undefined) {
      others.push(entry);
      continue;
    }
    const root = hdf5PathOf(place.root), label = `${word}_${root.split("/")[2]}`;
    if (!groups.has(root)) groups.set(root, { root, label, entries: [] });
    groups.get(root)!.entries.push(entry);
  }
  return { sidecars: groups.values(), others };
}
