/**
 * Splits large arrays into pieces of whole rows.
 *
 * @module
 */
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
): Generator<{ count: bigint[]; offset: bigint[]; piece: Uint8Array }> {
  const [all, ...rest] = shape;
  const rowBytes = bytes.length / all;
  const step = Math.ceil(all / Math.ceil(bytes.length / wanted) / multiple) * multiple;
  for (let row = 0; row < all; row += step) {
    const rows = Math.min(step, all - row);
    yield {
      count: [rows, ...rest].map(BigInt),
      offset: [row, ...rest.map(() => 0)].map(BigInt),
      piece: bytes.subarray(row * rowBytes, (row + rows) * rowBytes),
    };
  }
}

/** True if every row of the shape fits in one transfer. */
export function rowsFit(shape: readonly number[], byteLength: number): boolean {
  return shape.length > 0 && (elementsOf(shape) === 0 || byteLength / shape[0] <= LARGEST_TRANSFER);
}
