import { bytesOf, type TypedArray } from "../arrays.ts";
import { hexOf, newXxh64, updateWith } from "../xxh64.ts";

/**
 * A hash of 16 hex digits that covers the lengths and bytes of arrays, so that ranks can check that they have
 * the same ones without sending them. Two different inputs agree with probability 2^-64.
 */
export function fingerprintOf(arrays: Iterable<TypedArray>): string {
  const hash = newXxh64();
  for (const array of arrays) {
    const bytes = bytesOf(array);
    hash.update(bytesOf(Float64Array.of(bytes.length)));
    updateWith(hash, bytes);
  }
  return hexOf(hash.digest());
}
