/**
 * Writes one HDF5 file of a snapshot, from the first byte to the trailer.
 *
 * @module
 */
import type { SnapshotAttributes } from "../contract.ts";
import { type Addition, writeAddition } from "./additions.ts";
import { hexOf } from "../../xxh64.ts";
import { hashRange } from "./hash_range.ts";
import { type LayerFile, writeFully } from "./file_layer.ts";
import { SCHEMA_VERSION } from "./format.ts";
import type { Hdf5Library } from "./hdf5_library.ts";
import { Hdf5Output } from "./hdf5_output.ts";
import {
  type PreparedEntry,
  writeAttributes,
  writeMetadata,
  writeNumbers,
  writeRoot,
} from "./hdf5_writer.ts";
import type { Extent } from "./target_file.ts";
import {
  type DatasetRecord,
  encodeTail,
  type LinkedFile,
  type ListedFile,
  type Segment,
} from "./trailer.ts";

/** Ranges that are not datasets are hashed in pieces of this size, so damage can be located. */
const PIECE = 1 << 20;

/** Above this size, the disk flushes while we hash; below it, a second flush would cost more. */
const WORTH_AN_EARLY_FLUSH = 8 << 20;

/** An object in another file that is linked into this one. */
export interface FileLink {
  readonly path: string;
  /** The other file's path on disk. */
  readonly file: string;
  readonly digest: string;
  readonly role: LinkedFile["role"];
}

/** The contents of one file. */
export interface FileContents {
  /** Makes the link from this file to another file on the disk. */
  readonly linkTo: (file: string) => string;
  readonly metadata: SnapshotAttributes;
  /** The names of attributes that are whole numbers. */
  readonly integers: ReadonlySet<string>;
  /** For the wrapper, the keys of the whole snapshot; otherwise those of this file. */
  readonly keys: readonly string[];
  readonly entries: readonly PreparedEntry[];
  /** Objects stored in other files. */
  readonly links: readonly FileLink[];
  /** Other files that are needed although this file does not link to them. */
  readonly needs: readonly Omit<FileLink, "path">[];
  /** Sidecars of the snapshot that this one replaces; none for a sidecar. */
  readonly replaced?: readonly ListedFile[];
  readonly gzip: boolean;
  /** Additional contents besides the entries. */
  readonly additions: readonly Addition[];
}

/** Linked files with their index in the list. */
class Links {
  readonly files: LinkedFile[] = [];
  readonly #linkTo: (file: string) => string;
  readonly #places = new Map<string, number>();

  constructor(linkTo: (file: string) => string) {
    this.#linkTo = linkTo;
  }

  /** The index of a file in the list, and its path from here. */
  place(link: Omit<FileLink, "path">): { index: number; file: string } {
    const file = this.#linkTo(link.file);
    let index = this.#places.get(file);
    if (index === undefined) {
      index = this.files.length;
      this.#places.set(file, index);
      this.files.push({ file, digest: link.digest, role: link.role });
    }
    return { index, file };
  }
}

/**
 * Writes contents into an open, empty file. Large numbers are hashed while the system flushes them
 * to the disk.
 *
 * @returns the digest that identifies the file.
 * @throws {Error} any error from the layer.
 */
export async function writeContents(
  library: Hdf5Library,
  file: LayerFile,
  contents: FileContents,
): Promise<string> {
  const output = new Hdf5Output(library, file);
  try {
    const linked = new Map(contents.links.map((link) => [link.path, link]));
    const own = contents.entries.filter(({ path }) => !linked.has(path));
    writeRoot(output, contents.keys);
    writeMetadata(output, contents.metadata, contents.integers);
    for (const prepared of own) writeNumbers(output, prepared, contents.gzip);
    const flushing = output.bytes >= WORTH_AN_EARLY_FLUSH ? file.beginFlush?.() : undefined;
    // It is awaited below; until then, a failure must not count as an unhandled rejection.
    flushing?.catch(() => {});
    for (const prepared of own) writeAttributes(output, prepared);
    const links = new Links(contents.linkTo);
    const datasets = contents.entries.filter(({ kind }) => kind !== null)
      .map(({ path, fingerprint }): DatasetRecord => {
        const link = linked.get(path);
        return { path, fingerprint, ...(link && { file: links.place(link).index }) };
      });
    for (const link of contents.links) {
      output.externalLink(link.path, links.place(link).file, link.path);
    }
    for (const need of contents.needs) links.place(need);
    for (const addition of contents.additions) writeAddition(output, addition);
    const { length, extents } = output.close();
    const segments = segmentsOf(file, length, extents, own);
    const { replaced } = contents;
    const rest = replaced === undefined || replaced.length === 0 ? {} : { replaced };
    const files = links.files;
    const manifest = { schemaVersion: SCHEMA_VERSION, segments, datasets, files, ...rest };
    const { bytes, digest } = encodeTail(length, manifest);
    writeFully(file, bytes, length);
    await flushing;
    return digest;
  } catch (error) {
    output.abandon();
    throw error;
  }
}

/** Reads back and hashes the ranges of the datasets and the ranges between them. */
function segmentsOf(
  file: LayerFile,
  length: number,
  extents: readonly Extent[],
  entries: readonly PreparedEntry[],
): Segment[] {
  const byPath = new Map(entries.map((prepared) => [prepared.path, prepared]));
  const segments: Segment[] = [];
  let at = 0;
  const fillTo = (end: number) => {
    for (; at < end; at += Math.min(PIECE, end - at)) {
      segments.push(hashed(file, at, Math.min(PIECE, end - at)));
    }
  };
  for (const { offset, length: size, dataset, part } of extents) {
    const prepared = byPath.get(dataset);
    // Anything written besides the entries also counts as structure.
    if (prepared === undefined) continue;
    const whole = !part && prepared.byteLength === size;
    // Numbers in several ranges, or space that was used twice, also count as structure.
    if (offset < at || offset + size > length || !(whole || part)) continue;
    fillTo(offset);
    segments.push(
      whole
        ? { offset, length: size, xxh64: prepared.xxh64, dataset }
        : { ...hashed(file, offset, size), dataset, part: true },
    );
    at = offset + size;
  }
  fillTo(length);
  return segments;
}

function hashed(file: LayerFile, offset: number, length: number): Segment {
  const hash = hashRange(file, offset, length);
  if (hash === null) throw new Error("the file is shorter than what was written into it");
  return { offset, length, xxh64: hexOf(hash) };
}
