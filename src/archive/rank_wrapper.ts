/**
 * The file that links to those of all ranks, and whose name makes the snapshot.
 *
 * @module
 */
import type { SnapshotAttributes } from "../snapshot/contract.ts";
import { listedSidecars } from "../snapshot/file/deletion.ts";
import type { FileLayer, LayerFile } from "../snapshot/file/file_layer.ts";
import type { Hdf5Library } from "../snapshot/file/hdf5_library.ts";
import { PreparedEntry } from "../snapshot/file/hdf5_writer.ts";
import { linksFrom } from "../snapshot/file/places.ts";
import { ranksKey } from "../snapshot/file/rank_keys.ts";
import { type FileLink, writeContents } from "../snapshot/file/write_contents.ts";
import { integerMetadata } from "./metadata.ts";
import type { WrittenPart } from "./rank_part.ts";
import { viewAdditions, viewEntries } from "./view/contents.ts";
import { viewOfPieces, type WrittenPiece, writtenPiece } from "./view/ranks.ts";
import type { View } from "./view/view.ts";

/** What the wrapper has to know of the file of one rank; it consists of plain values. */
export interface PartReport {
  readonly link: FileLink;
  readonly needs: readonly Omit<FileLink, "path">[];
  readonly keys: readonly string[];
  readonly piece: WrittenPiece;
}

/** The report of a file that is on the disk. */
export function reportOf(
  { link, links }: WrittenPart,
  keys: readonly string[],
  view: View,
): PartReport {
  const needs = links.map(({ file, digest, role }) => ({ file, digest, role }));
  return { link, needs, keys, piece: writtenPiece(view, link.file, links) };
}

/** What a wrapper is written from; it consists of plain values. */
export interface WrapperPlan {
  readonly path: string;
  readonly metadata: SnapshotAttributes;
  readonly gzip: boolean;
  /** By rank. */
  readonly reports: readonly PartReport[];
}

/** Writes the wrapper into its pending file. */
export async function writeWrapper(
  library: Hdf5Library,
  layer: FileLayer,
  file: LayerFile,
  { path, metadata, gzip, reports }: WrapperPlan,
): Promise<void> {
  const linkTo = linksFrom(layer, path);
  const names = reports.map((_, rank) => String(rank));
  const group = { kind: "group", data: null, shape: [], attributes: {}, keys: names } as const;
  const { view, fileOf } = viewOfPieces(linkTo, reports.map(({ piece }) => piece));
  const replaced = listedSidecars(layer, path)
    .map(({ file, digest }) => ({ file, digest }));
  await writeContents(library, file, {
    linkTo,
    metadata,
    integers: integerMetadata,
    links: reports.map(({ link }) => link),
    needs: reports.flatMap(({ needs }) => needs),
    replaced,
    gzip,
    keys: [ranksKey, ...reports.flatMap(({ keys }) => keys)],
    entries: [new PreparedEntry(ranksKey, group), ...viewEntries(view.own)],
    additions: viewAdditions(view, fileOf),
  });
}
