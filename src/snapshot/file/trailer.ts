/**
 * The data after the HDF5 data: the manifest (JSON: ranges of the file with their hashes, and the
 * other files that it links to), followed by 64 bytes that are checked before anything else.
 *
 * ```text
 *  0  8 bytes  magic 89 74 73 74 61 73 68 0A
 *  8  uint32   trailer version, 1
 * 12  uint32   0
 * 16  uint64   length of the HDF5 data
 * 24  uint64   length of the manifest
 * 32  uint64   length of the whole file
 * 40  uint64   XXH64 of the manifest
 * 48  uint64   0
 * 56  uint64   XXH64 of the 56 bytes before
 * ```
 *
 * All numbers are little-endian. The manifest holds the hash of every range of the HDF5 data, so
 * its own hash is a digest of everything before the trailer, and a damaged range can be identified.
 *
 * @module
 */
import { hashBytes, hexOf } from "../../xxh64.ts";

/** The size of the trailer in bytes. */
export const TRAILER_LENGTH = 64;

const VERSION = 1;
const magic = Uint8Array.of(0x89, 0x74, 0x73, 0x74, 0x61, 0x73, 0x68, 0x0a);

/**
 * A range of the HDF5 data: the numbers of a dataset, a compressed part of them, or the structure
 * in between.
 */
export interface Segment {
  readonly offset: number;
  readonly length: number;
  readonly xxh64: string;
  readonly dataset?: string;
  readonly part?: true;
}

/** Another file, identified as it was at the time of writing. */
export interface ListedFile {
  /** The path relative to this file's folder, as in the external links. */
  readonly file: string;
  /** The XXH64 of that file's manifest. */
  readonly digest: string;
}

/** Another file that this one links to. */
export interface LinkedFile extends ListedFile {
  /** The role: `sidecar` belongs to this snapshot, `base` holds unchanged data. */
  readonly role: "sidecar" | "base";
}

/** What the manifest records about one dataset; later saves use it to detect changes. */
export interface DatasetRecord {
  readonly path: string;
  /** The hash of everything that a reader gets from it: numbers, extents, attributes. */
  readonly fingerprint: string;
  /** The index in `files` of the file that holds the numbers; absent for this file. */
  readonly file?: number;
}

/** The manifest: segments that cover the HDF5 data without gaps, datasets, linked files. */
export interface Manifest {
  readonly schemaVersion: number;
  readonly datasets: readonly DatasetRecord[];
  readonly segments: readonly Segment[];
  readonly files: readonly LinkedFile[];
  /** Sidecars of the snapshot that this one replaced, listed until they are deleted. */
  readonly replaced?: readonly ListedFile[];
}

/** The contents of a valid trailer. */
export interface Trailer {
  readonly hdf5Length: number;
  readonly manifestLength: number;
  readonly fileLength: number;
  /** The XXH64 of the manifest, as hex. */
  readonly digest: string;
}

/** Makes the bytes to append to HDF5 data, and the digest that identifies the file. */
export function encodeTail(
  hdf5Length: number,
  manifest: Manifest,
): { bytes: Uint8Array<ArrayBuffer>; digest: string } {
  const text = new TextEncoder().encode(JSON.stringify(manifest));
  const bytes = new Uint8Array(text.length + TRAILER_LENGTH);
  bytes.set(text);
  const trailer = bytes.subarray(text.length);
  trailer.set(magic);
  const view = new DataView(trailer.buffer, trailer.byteOffset);
  const digest = hashBytes(text);
  view.setUint32(8, VERSION, true);
  view.setBigUint64(16, BigInt(hdf5Length), true);
  view.setBigUint64(24, BigInt(text.length), true);
  view.setBigUint64(32, BigInt(hdf5Length + bytes.length), true);
  view.setBigUint64(40, digest, true);
  view.setBigUint64(56, hashBytes(trailer.subarray(0, 56)), true);
  return { bytes, digest: hexOf(digest) };
}

/** What the last 64 bytes of a file are: a trailer, a newer or damaged one, or something else. */
export type TrailerFinding =
  | { readonly found: "trailer"; readonly trailer: Trailer }
  | { readonly found: "none" }
  | { readonly found: "newer"; readonly version: number }
  | { readonly found: "damaged"; readonly problem: string };

/** Decodes the last 64 bytes of a file of `fileLength` bytes. */
export function decodeTrailer(bytes: Uint8Array, fileLength: number): TrailerFinding {
  if (!magic.every((byte, i) => bytes[i] === byte)) return { found: "none" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, TRAILER_LENGTH);
  if (hashBytes(bytes.subarray(0, 56)) !== view.getBigUint64(56, true)) {
    return { found: "damaged", problem: "the trailer does not match its own checksum" };
  }
  const version = view.getUint32(8, true);
  if (version > VERSION) return { found: "newer", version };
  const trailer = {
    hdf5Length: Number(view.getBigUint64(16, true)),
    manifestLength: Number(view.getBigUint64(24, true)),
    fileLength: Number(view.getBigUint64(32, true)),
    digest: hexOf(view.getBigUint64(40, true)),
  };
  const sum = trailer.hdf5Length + trailer.manifestLength + TRAILER_LENGTH;
  if (trailer.fileLength !== fileLength || sum !== fileLength) {
    const problem = `the file has ${fileLength} bytes, its trailer says ${trailer.fileLength}`;
    return { found: "damaged", problem };
  }
  return { found: "trailer", trailer };
}

/** The manifest in `bytes`, or null if they do not match the digest. */
export function decodeManifest(bytes: Uint8Array, digest: string): Manifest | null {
  if (hexOf(hashBytes(bytes)) !== digest) return null;
  return JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
}
