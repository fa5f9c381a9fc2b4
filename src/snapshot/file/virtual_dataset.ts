/**
 * Virtual datasets: a second shape for numbers that are already stored, here or in a linked file.
 * HDF5 supports them from 1.10 on, and every program that reads through the library can use them.
 * h5wasm can read them but not create them. We therefore create a dataset without storage. After
 * the library has closed the file, its layout message is replaced by one of type `virtual`: 14
 * bytes that refer to a table of sources. The tables are stored as the numbers of one additional
 * dataset.
 *
 * HDF5 File Format Specification 3.0: III.E global heap, IV.A.2.i layout message version 4, and
 * VIII "Global Heap Block for Virtual Datasets" with its dataspace selections.
 *
 * @module
 */
import type { VirtualFile } from "./deno_fs.ts";

/** The first and last index along each axis. */
export interface Box {
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/** The source of a part of a virtual dataset. Both boxes have the same number of elements. */
export interface VirtualSource {
  /** The file, relative to the one being written; `.` for that file itself. */
  readonly file: string;
  /** The dataset in that file. */
  readonly path: string;
  readonly from: Box;
  readonly to: Box;
}

/** The box that covers a whole array. */
export function wholeBox(shape: readonly number[]): Box {
  return { first: shape.map(() => 0), last: shape.map((extent) => extent - 1) };
}

/** Bytes of the layout message that is replaced, and the smallest size of a heap collection. */
const CONTIGUOUS = 18, SMALLEST_HEAP = 4096;

/** The layout message (version 3, contiguous) of a dataset of `bytes` bytes without storage. */
function unwrittenLayout(bytes: number): Uint8Array {
  const message = new Uint8Array(CONTIGUOUS).fill(255);
  message[0] = 3;
  message[1] = 1;
  new DataView(message.buffer).setBigUint64(10, BigInt(bytes), true);
  return message;
}

/** The replacement layout message (version 4, virtual): heap address and table number. */
function virtualLayout(heap: number, index: number): Uint8Array {
  const message = new Uint8Array(CONTIGUOUS);
  message[0] = 4;
  message[1] = 3;
  const view = new DataView(message.buffer);
  view.setBigUint64(2, BigInt(heap), true);
  view.setUint32(10, index, true);
  return message;
}

/** More bytes than the header of a dataset without attributes takes. */
const HEADER = 1024;

/**
 * Makes a dataset of `bytes` bytes without storage virtual, in a file that the library has closed.
 *
 * @param header Where the header of the dataset begins.
 * @param heap Where the tables of sources begin.
 * @param index The number of its table, from 1.
 * @returns false where its layout was not found.
 */
export function makeVirtual(
  file: Pick<VirtualFile, "read" | "write">,
  header: number,
  bytes: number,
  heap: number,
  index: number,
): boolean {
  const head = new Uint8Array(HEADER), count = Math.max(0, file.read(head, header));
  const at = indexOfBytes(head.subarray(0, count), unwrittenLayout(bytes));
  if (at >= 0) file.write(virtualLayout(heap, index), header + at);
  return at >= 0;
}

/** The position of `wanted` in `bytes`, or -1. */
export function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = 0; at + wanted.length <= bytes.length; at++) {
    let same = 0;
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++;
    if (same === wanted.length) return at;
  }
  return -1;
}

/** A global heap collection with one table for each list of sources, numbered from 1. */
export function heapOf(lists: readonly (readonly VirtualSource[])[]): Uint8Array<ArrayBuffer> {
  const tables = lists.map(tableOf);
  const used = tables.reduce((sum, { length }) => sum + 16 + padded(length), 16);
  const size = Math.max(SMALLEST_HEAP, padded(used + 16));
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("GCOL"));
  bytes[4] = 1;
  view.setBigUint64(8, BigInt(size), true);
  let at = 16;
  tables.forEach((table, i) => {
    view.setUint16(at, i + 1, true);
    view.setUint16(at + 2, 1, true);
    view.setBigUint64(at + 8, BigInt(table.length), true);
    bytes.set(table, at + 16);
    at += 16 + padded(table.length);
  });
  // Object 0 is the remaining space, with its own header.
  view.setBigUint64(at + 8, BigInt(size - at), true);
  return bytes;
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** The sources of one dataset, with their checksum. */
function tableOf(sources: readonly VirtualSource[]): Uint8Array {
  const text = new TextEncoder();
  const parts: Uint8Array[] = [new Uint8Array(1), words64(sources.length)];
  for (const { file, path, from, to } of sources) {
    parts.push(text.encode(`${file}\0${path}\0`), selectionOf(from), selectionOf(to));
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const table = new Uint8Array(length + 4);
  let at = 0;
  for (const part of parts) {
    table.set(part, at);
    at += part.length;
  }
  new DataView(table.buffer).setUint32(at, lookup3(table.subarray(0, length)), true);
  return table;
}

function words64(value: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
}

/** A single block as a hyperslab selection, version 1. */
function selectionOf({ first, last }: Box): Uint8Array {
  const rank = first.length;
  const words = Uint32Array.of(2, 1, 0, 8 + 8 * rank, rank, 1, ...first, ...last);
  return new Uint8Array(words.buffer);
}

/**
 * The checksum of HDF5's metadata: `hashlittle` of R. Jenkins, lookup3.c (2006), with the initial
 * value 0.
 */
export function lookup3(bytes: Uint8Array): number {
  let a = 0xdeadbeef + bytes.length | 0, b = a, c = a;
  const word = (at: number) => {
    let value = 0;
    for (let k = 3; k >= 0; k--) value = value << 8 | (bytes[at + k] ?? 0);
    return value;
  };
  const turn = (value: number, bits: number) => value << bits | value >>> (32 - bits);
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    a = a + word(at) | 0;
    b = b + word(at + 4) | 0;
    c = c + word(at + 8) | 0;
    a = (a - c | 0) ^ turn(c, 4), c = c + b | 0;
    b = (b - a | 0) ^ turn(a, 6), a = a + c | 0;
    c = (c - b | 0) ^ turn(b, 8), b = b + a | 0;
    a = (a - c | 0) ^ turn(c, 16), c = c + b | 0;
    b = (b - a | 0) ^ turn(a, 19), a = a + c | 0;
    c = (c - b | 0) ^ turn(b, 4), b = b + a | 0;
  }
  if (bytes.length === at) return c >>> 0;
  a = a + word(at) | 0;
  b = b + word(at + 4) | 0;
  c = c + word(at + 8) | 0;
  c = (c ^ b) - turn(b, 14) | 0;
  a = (a ^ c) - turn(c, 11) | 0;
  b = (b ^ a) - turn(a, 25) | 0;
  c = (c ^ b) - turn(b, 16) | 0;
  a = (a ^ c) - turn(c, 4) | 0;
  b = (b ^ a) - turn(a, 14) | 0;
  c = (c ^ b) - turn(b, 24) | 0;
  return c >>> 0;
}
