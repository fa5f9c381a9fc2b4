/**
 * Writes entries into an HDF5 file.
 *
 * @module
 */
import { type ArrayKind, bytesOf, bytesPerElement, kindOf, type TypedArray } from "../../arrays.ts";
import { namesOf, type SnapshotAttributes, type SnapshotEntry } from "../contract.ts";
import {
  type ArrayNumbers,
  type BlockEntry,
  isInBlocks,
  kindIn,
  numbersAt,
} from "../numbers_in_blocks.ts";
import {
  CHECKSUM,
  encodeAttributes,
  type EncodedAttributes,
  type EntryMark,
  MARK,
  type StoredScalar,
  textOf,
} from "./attribute_codec.ts";
import { hashBytes, hexOf, newXxh64, updateWith } from "../../xxh64.ts";
import { FORMAT, SCHEMA_VERSION } from "./format.ts";
import type { Hdf5Output } from "./hdf5_output.ts";
import { elementsOf, needsKindMark, storedKind } from "./hdf5_types.ts";
import { hdf5PathOf, safeName } from "./paths.ts";
import { rowsFit } from "./slabs.ts";

/** HDF5 allows 32 dimensions; arrays with more, or with rows too large to transfer, become 1D. */
const MOST_DIMENSIONS = 32;

/** Marks the root with the format of the file and the keys of its entries in order. */
export function writeRoot(output: Hdf5Output, keys: readonly string[]): void {
  output.text("/", "format", FORMAT);
  output.number("/", "schema_version", Int32Array.of(SCHEMA_VERSION));
  output.text("/", "keys_json", JSON.stringify(keys));
}

/** Writes the attributes of `/metadata`; those named in `integers` are stored as integers. */
export function writeMetadata(
  output: Hdf5Output,
  metadata: SnapshotAttributes,
  integers: ReadonlySet<string>,
): void {
  output.group("/metadata");
  const { stored, marks } = encodeAttributes(metadata, integers);
  for (const [name, value] of stored) writeScalar(output, "/metadata", name, value);
  output.text("/metadata", MARK, JSON.stringify({ attributes: marks }));
}

/** One entry, ready to be written; hashes are computed on first use. */
export class PreparedEntry {
  readonly key: string;
  readonly path: string;
  readonly entry: SnapshotEntry;
  /** Its numbers; null for a group. */
  readonly numbers: ArrayNumbers | null;
  readonly shape: readonly number[];
  readonly encoded: EncodedAttributes;
  /** The value of the attribute `timestash`. */
  readonly mark: string;
  /** True if only the numbers are written, for arrays that snapshot readers do not use. */
  readonly bare: boolean;
  /** True if it is compressed whatever the rest of the file is. */
  readonly packed: boolean;
  #xxh64: string | null = null;

  /**
   * @param path The path of bare numbers; defaults to the path for the entry's key.
   * @throws {RangeError} when the extents do not match the numbers.
   */
  constructor(key: string, entry: SnapshotEntry | BlockEntry, path?: string, packed = false) {
    this.key = key;
    this.packed = packed;
    this.entry = entry;
    this.numbers = numbersAt(entry);
    this.path = path ?? hdf5PathOf(key);
    this.bare = path !== undefined;
    this.encoded = encodeAttributes(entry.attributes);
    this.shape = storedShape(entry, this.numbers);
    this.mark = JSON.stringify(markOf(entry, this.kind, this.shape, this.encoded));
  }

  /** The type of the numbers; null for a group. */
  get kind(): ArrayKind | null {
    return this.numbers === null ? null : kindIn(this.numbers);
  }

  /** How many bytes the numbers take. */
  get byteLength(): number {
    return this.kind === null ? 0 : elementsOf(this.shape) * bytesPerElement(this.kind);
  }

  /** The XXH64 of the numbers as hex; empty for a group. Numbers in blocks have it once they are written. */
  get xxh64(): string {
    const { numbers } = this;
    if (numbers !== null && isInBlocks(numbers)) return this.#xxh64!;
    return this.#xxh64 ??= numbers === null ? "" : hexOf(hashBytes(bytesOf(numbers)));
  }

  /** The numbers of some rows as they are stored, of numbers in blocks; each row once and in order. */
  *blocks(ranges: Iterable<readonly [first: number, last: number]>): Generator<TypedArray> {
    const { numbers } = this, hash = newXxh64();
    if (numbers === null || !isInBlocks(numbers)) return;
    for (const [first, last] of ranges) {
      const block = numbers.rows(first, last);
      updateWith(hash, bytesOf(block));
      yield asStored(block);
    }
    this.#xxh64 = hexOf(hash.digest());
  }

  /** The hash of everything that a reader gets from the dataset; empty for a group. */
  get fingerprint(): string {
    const { kind } = this;
    if (kind === null) return "";
    const { stored, marks } = this.encoded;
    const values = marks.map(([, code], i) => textOf(code, stored[i][1]));
    const whole = JSON.stringify([this.xxh64, kind, this.shape, this.mark, values]);
    return hexOf(hashBytes(new TextEncoder().encode(whole)));
  }
}

/** Writes the first half of an entry: numbers as a dataset, everything else as a group. */
export function writeNumbers(output: Hdf5Output, prepared: PreparedEntry, gzip: boolean): void {
  const { path, numbers, shape } = prepared, compressed = gzip || prepared.packed;
  if (numbers === null) output.group(path);
  else if (!isInBlocks(numbers)) output.dataset(path, asStored(numbers), shape, compressed);
  else {
    const kind = storedKind(numbers.kind);
    output.datasetInBlocks(path, kind, shape, compressed, (ranges) => prepared.blocks(ranges));
  }
}

/** Writes the second half of an entry: the attributes, with the checksum of the numbers. */
export function writeAttributes(output: Hdf5Output, prepared: PreparedEntry): void {
  const { path, key, kind, encoded, xxh64 } = prepared;
  if (prepared.bare) return;
  if (kind !== null) {
    output.text(path, CHECKSUM, `xxh64:${xxh64}`);
    if (needsKindMark(kind)) output.text(path, "element_type", kind);
  }
  writeRealName(output, path, key);
  for (const [name, value] of encoded.stored) writeScalar(output, path, name, value);
  output.text(path, MARK, prepared.mark);
}

function markOf(
  entry: SnapshotEntry,
  kind: ArrayKind | null,
  shape: readonly number[],
  encoded: EncodedAttributes,
): EntryMark {
  const { marks, more } = encoded;
  const sameShape = kind === null || sameExtents(entry.shape, shape);
  return {
    kind: entry.kind,
    ...(marks.length > 0 && { attributes: marks }),
    ...(more.length > 0 && { more }),
    ...(entry.keys && { keys: entry.keys }),
    ...(entry.className !== undefined && { className: entry.className }),
    ...(!sameShape && { shape: entry.shape }),
    ...(kind !== null && needsKindMark(kind) && { elementType: kind }),
  };
}

function sameExtents(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/** The extents in the file; one-component fields are `[n]`, as viewers expect. */
function storedShape(
  { kind, shape }: SnapshotEntry,
  numbers: ArrayNumbers | null,
): readonly number[] {
  if (numbers === null) return [];
  const elements = elementsOf(shape), bytes = elements * bytesPerElement(kindIn(numbers));
  if (!isInBlocks(numbers) && elements !== numbers.length) {
    throw new RangeError(`an array of ${numbers.length} numbers cannot have the shape [${shape}]`);
  }
  if (kind === "array" && shape.length === 2 && shape[1] === 1) return [shape[0]];
  const scalar = shape.length === 0;
  const fits = shape.length <= MOST_DIMENSIONS && rowsFit(shape, bytes);
  return scalar || fits ? shape : [elements];
}

/** The same bytes as a kind that HDF5 supports. */
function asStored(data: TypedArray): TypedArray {
  const { buffer, byteOffset, length } = data;
  switch (storedKind(kindOf(data))) {
    case kindOf(data):
      return data;
    case "uint16":
      return new Uint16Array(buffer, byteOffset, length) as TypedArray;
    default:
      return new Uint8Array(buffer, byteOffset, length) as TypedArray;
  }
}

function writeScalar(output: Hdf5Output, path: string, name: string, value: StoredScalar): void {
  if (typeof value === "string") output.text(path, name, value);
  else output.number(path, name, value);
}

/** Writes the real name for readers, if the name in the file differs. */
function writeRealName(output: Hdf5Output, path: string, key: string): void {
  const name = namesOf(key).at(-1)!;
  if (key === "" || safeName(name) === name) return;
  const plain = !name.includes("\0") && name.isWellFormed();
  output.text(path, "real_name", plain ? name : JSON.stringify(name));
}
