/**
 * Operations on whole snapshots on disk.
 *
 * @module
 */
import type { SnapshotAttributes, SnapshotScalar } from "../snapshot/contract.ts";
import { deleteSnapshot } from "../snapshot/file/commit.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import { denoLayer, type FileLayer } from "../snapshot/file/file_layer.ts";
import { absolutePath, directoryOf, joinPath, pathOf, stemOf } from "../snapshot/file/paths.ts";
import type { WriteOptions } from "./file_options.ts";
import { withSnapshot } from "./open_snapshot.ts";
import { readTailOf } from "../snapshot/file/tail_reader.ts";
import { removeLinkFiles } from "./view/link_files.ts";
import { writeEntries } from "./write_entries.ts";

/** The options of a save that make sense when a snapshot is written again. */
export type RewriteOptions = Pick<WriteOptions, "layout" | "compression" | "view" | "layer">;

/**
 * Makes a snapshot self-contained: the data it links to (a base, sidecars) is written into it. The
 * snapshot is replaced in one step; the files it linked to stay, except its own sidecars.
 *
 * @throws {SnapshotFormatError} when it is not a snapshot, or other snapshots store only their
 *   changes relative to it.
 * @throws {SnapshotCorruptError} when it or a file it needs is damaged or missing.
 */
export async function consolidateFile(
  path: string | URL,
  options: RewriteOptions = {},
): Promise<string> {
  const place = absolutePath(path);
  const staged = await withSnapshot(place, options, (file) => ({
    metadata: withoutSchema(file.metadata()),
    entries: new Map(file.keys().map((key) => [key, file.entry(key)])),
    view: file.viewGrids().length > 0 && (file.hasSmallView || "full" as const),
  }));
  const { entries, metadata, view } = staged;
  const source = { keys: () => entries.keys(), get: (key: string) => entries.get(key) };
  await writeEntries(place, source, metadata, { view, ...options });
  return pathOf(path);
}

function withoutSchema(metadata: Record<string, SnapshotScalar>): SnapshotAttributes {
  const { schema_version: _, ...rest } = metadata;
  return rest;
}

/**
 * Deletes a snapshot with its sidecars and its link files, unless other snapshots need it as their
 * base: those in its folder, and those elsewhere that were saved with `base`.
 *
 * @throws {SnapshotFormatError} when it is not a snapshot, or others need it; the message lists
 *   them.
 * @throws {Deno.errors.NotFound} when the file does not exist; other system errors are passed on.
 */
export async function removeSnapshotFile(
  path: string | URL,
  options: { readonly layer?: FileLayer } = {},
): Promise<void> {
  const name = absolutePath(path);
  const { layer = denoLayer } = options;
  try {
    // This throws for a file that is not a snapshot, so that it is not deleted.
    readTailOf(layer, name);
    const grids = await gridsOf(name, layer);
    deleteSnapshot(layer, name);
    removeLinkFiles(layer, name, grids);
    layer.syncDirectory(directoryOf(name));
  } catch (error) {
    throw explained(error, name, "save");
  }
}

/** The grids of the snapshot's view; a damaged snapshot has none, and can still be deleted. */
async function gridsOf(path: string, layer: FileLayer): Promise<string[]> {
  // Usually there are no such files, so that nothing has to be opened.
  if (layer.stat(joinPath(directoryOf(path), `${stemOf(path)}.hdf`)) === null) return [];
  try {
    return await withSnapshot(path, { layer }, (file) => file.viewGrids());
  } catch {
    return [];
  }
}
