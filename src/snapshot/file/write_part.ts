/**
 * One HDF5 file of a snapshot, from the first byte to the trailer.
 *
 * @module
 */
import type { Attributes } from "../contract.ts";
import { hashRange, hexOf } from "./digest.ts";
import { type LayerFile, writeFully } from "./file_layer.ts";
import type { Hdf5Library } from "./hdf5_library.ts";
import { Hdf5Output } from "./hdf5_output.ts";
import {
  type PreparedEntry,
  SCHEMA_VERSION,
  writeEntry,
  writeMetadata,
  writeRoot,
} from "./hdf5_writer.ts";
import { directoryOf, relativePath } from "./paths.ts";
import { type DatasetRecord, encodeTail, type LinkedFile, type Segment } from "./trailer.ts";

/** Stretches that are not datasets are hashed in pieces of this size, so that damage can be placed. */
const PIECE = 1 << 20;

/** An object in another file that stands in this one. */
export interface PartLink {
  readonly path: string;
  /** The other file's path on disk. */
  readonly file: string;
  readonly digest: string;
  readonly role: LinkedFile["role"];
}

/** What goes into one file. */
export interface Part {
  /** Where the file will be. */
  readonly file: string;
  readonly metadata: Attributes;
  /** Keys of the whole snapshot for the wrapper, of this part otherwise. */
  readonly keys: readonly string[];
  readonly entries: readonly PreparedEntry[];
  /** What is in other files. */
  readonly links: readonly PartLink[];
  /** Other files that are needed although this one has no link to them. */
  readonly needs: readonly Omit<PartLink, "path">[];
  readonly gzip: boolean;
  /** A last word on the HDF5 file before it is closed: the view for ParaView. */
  readonly finish?: (output: Hdf5Output) => void;
}

/** Linked files with their place in the list. */
class Links {
  readonly files: LinkedFile[] = [];
  readonly #directory: string;
  readonly #places = new Map<string, number>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The number of a file in the list, and its path from here. */
  place(link: Omit<PartLink, "path">): { index: number; file: string } {
    const file = relativePath(this.#directory, link.file);
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
 * Writes a part into an open, empty file.
 *
 * @returns the digest that identifies the file.
 * @throws {Error} whatever the layer throws.
 */
export function writePart(library: Hdf5Library, file: LayerFile, part: Part): string {
  const links = new Links(directoryOf(part.file));
  const output = new Hdf5Output(library, file);
  const datasets: DatasetRecord[] = [];
  let closed: { length: number; extents: Segment[] };
  try {
    writeRoot(output, part.keys);
    writeMetadata(output, part.metadata);
    const linked = new Map(part.links.map((link) => [link.path, link]));
    for (const prepared of part.entries) {
      const link = linked.get(prepared.path);
      if (link === undefined) writeEntry(output, prepared, part.gzip);
      const { path, fingerprint } = prepared;
      if (fingerprint === "") continue;
      datasets.push(
        link === undefined
          ? { path, fingerprint }
          : { path, fingerprint, file: links.place(link).index },
      );
    }
    for (const link of part.links) {
      output.externalLink(link.path, links.place(link).file, link.path);
    }
    for (const need of part.needs) links.place(need);
    part.finish?.(output);
    closed = output.close();
  } catch (error) {
    output.abandon();
    throw error;
  }
  const segments = segmentsOf(library, file, closed.length, closed.extents);
  const manifest = { schemaVersion: SCHEMA_VERSION, segments, datasets, files: links.files };
  const { bytes, digest } = encodeTail(library.hashes, closed.length, manifest);
  writeFully(file, bytes, closed.length);
  return digest;
}

/** The datasets' stretches, and what lies between them, read back and hashed. */
function segmentsOf(
  library: Hdf5Library,
  file: LayerFile,
  length: number,
  extents: readonly Segment[],
): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  const fillTo = (end: number) => {
    for (; at < end; at += Math.min(PIECE, end - at)) {
      segments.push(rest(at, Math.min(PIECE, end - at)));
    }
  };
  const rest = (offset: number, size: number): Segment => {
    const hash = hashRange(library.hashes, file, offset, size);
    if (hash === null) throw new Error("the file is shorter than what was written into it");
    return { offset, length: size, xxh64: hexOf(hash) };
  };
  for (const extent of extents) {
    if (extent.xxh64 === "" || extent.offset < at) continue;
    fillTo(extent.offset);
    segments.push(extent);
    at = extent.offset + extent.length;
  }
  fillTo(length);
  return segments;
}
