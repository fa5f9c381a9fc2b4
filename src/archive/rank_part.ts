/**
 * The file of one rank in a snapshot of several. Writing it takes no communication, so that a thread can do it.
 *
 * @module
 */
import type { SnapshotAttributes, SnapshotEntry } from "../snapshot/contract.ts";
import { BaseIndex } from "../snapshot/file/base_index.ts";
import type { FileLayer } from "../snapshot/file/file_layer.ts";
import type { Hdf5Library } from "../snapshot/file/hdf5_library.ts";
import { PreparedEntry } from "../snapshot/file/hdf5_writer.ts";
import { rankRoot } from "../snapshot/file/rank_keys.ts";
import { Sidecars } from "../snapshot/file/sidecars.ts";
import type { FileLink } from "../snapshot/file/write_contents.ts";
import { integerMetadata } from "./metadata.ts";
import { viewEntries } from "./view/contents.ts";
import type { ViewArray } from "./view/view.ts";

/** Which file it is. */
export interface RankPart {
  /** The path of the wrapper. */
  readonly path: string;
  /** The id of the save, from the pending wrapper. */
  readonly id: string;
  readonly rank: number;
  readonly metadata: SnapshotAttributes;
  /** The snapshot from which this one is a difference. */
  readonly base: string | undefined;
  readonly gzip: boolean;
}

/** Where the file is, and what of it is in a base instead. */
export interface WrittenPart {
  readonly link: FileLink;
  readonly links: readonly FileLink[];
}

/** The key in the wrapper of an entry of one rank. */
export function keyOfRank(rank: number, key: string): string {
  return `${rankRoot(rank)}/${key}`;
}

/**
 * Writes one rank's file to the disk.
 *
 * @param shown The arrays that only the view has.
 * @throws {Error} any error from the layer; what was written is there until it is discarded.
 */
export async function writePart(
  library: Hdf5Library,
  layer: FileLayer,
  { path, id, rank, metadata, base: from, gzip }: RankPart,
  entries: Iterable<readonly [key: string, entry: SnapshotEntry]>,
  shown: readonly ViewArray[],
): Promise<WrittenPart> {
  const base = from === undefined ? null : new BaseIndex(layer, from);
  const prepared = Array.from(
    entries,
    ([key, entry]) => new PreparedEntry(keyOfRank(rank, key), entry),
  );
  const keys = prepared.map(({ key }) => key);
  prepared.push(...viewEntries(shown));
  const links = prepared.flatMap((entry) => base?.find(entry) ?? []);
  const sidecars = new Sidecars(library, layer, path, id);
  const link = await sidecars.write(`/${rankRoot(rank)}`, `rank_${rank}`, {
    metadata,
    integers: integerMetadata,
    keys,
    entries: prepared,
    links,
    needs: [],
    gzip,
    additions: [],
  });
  sidecars.flush();
  return { link, links };
}
