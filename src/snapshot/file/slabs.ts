/**
 * Splits large arrays into pieces of whole rows.
 *
 * @module
 */
import { bytesOf, type TypedArray } from "../../arrays.ts";
import { LARGEST_TRANSFER } from "./deno_fs.ts";
import { elementsOf } from "./hdf5_types.ts";

/**
 * Splits a row-major array into as few slabs of about `wanted` bytes as possible. Slabs hold whole
 * rows and have nearly equal sizes, because a small last slab would go through the library's
 * buffer, which cannot be transferred from. In all slabs but the last, the row count is a multiple
 * of `multiple`.
 */
export function* slabsOf(
  bytes: Uint8Array,
  shape: readonly number[],
  wanted: number,
  multiple = 1,
): Generator<Slab> {
  const [all] = shape, rowBytes = bytes.length / all;
  for (const [first, last] of rangesOf(all, bytes.length, wanted, multiple)) {
    yield slabOf(shape, first, last, bytes.subarray(first * rowBytes, last * rowBytes));
  }
}

/** Whole rows of an array, in the form that the library takes. */
export interface Slab {
  readonly count: bigint[];
  readonly offset: bigint[];
  readonly piece: Uint8Array;
}

/** The slabs of an array that comes in blocks, one for each range of rows. */
export function* slabsIn(
  shape: readonly number[],
  ranges: readonly (readonly [first: number, last: number])[],
  blocks: Iterable<TypedArray>,
): Generator<Slab> {
  let next = 0;
  for (const block of blocks) yield slabOf(shape, ...ranges[next++], bytesOf(block));
}

function slabOf(
  [, ...rest]: readonly number[],
  first: number,
  last: number,
  piece: Uint8Array,
): Slab {
  return {
    count: [last - first, ...rest].map(BigInt),
    offset: [first, ...rest.map(() => 0)].map(BigInt),
    piece,
  };
}

/** Bytes in one chunk of a compressed dataset. */
const CHUNK = 1 << 20;

/** Rows in one chunk of a compressed dataset. */
export function chunkRows(rows: number, rowBytes: number): number {
  return Math.max(1, Math.min(rows, Math.floor(CHUNK / rowBytes)));
}

/** The rows of these slabs. */
export function* rangesOf(
  rows: number,
  byteLength: number,
  wanted: number,
  multiple = 1,
): Generator<readonly [first: number, last: number]> {
  const step = Math.ceil(rows / Math.ceil(byteLength / wanted) / multiple) * multiple;
  for (let row = 0; row < rows; row += step) yield [row, Math.min(row + step, rows)];
}

/** True if every row of the shape fits in one transfer. */
export function rowsFit(shape: readonly number[], byteLength: number): boolean {
  return shape.length > 0 && (elementsOf(shape) === 0 || byteLength / shape[0] <= LARGEST_TRANSFER);
}
