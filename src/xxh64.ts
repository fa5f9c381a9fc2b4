/**
 * XXH64, the one hash of the toolkit: of files, of what ranks compare, of what identifies a run.
 *
 * @module
 */
import { newXxh64 } from "./deps/xxhash.ts";

export { newXxh64 };

/** Bytes hashed at once: small enough to stay in the processor's cache while they are copied. */
const PIECE = 1 << 16;

/** Feeds bytes of any length to a hash. */
export function updateWith(hash: ReturnType<typeof newXxh64>, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += PIECE) hash.update(bytes.subarray(at, at + PIECE));
}

/** The hash of `bytes`. */
export function hashBytes(bytes: Uint8Array): bigint {
  const hash = newXxh64();
  updateWith(hash, bytes);
  return hash.digest();
}

/** A hash as 16 hex digits. */
export function hexOf(hash: bigint): string {
  return hash.toString(16).padStart(16, "0");
}

/** The hash of a text, of its bytes in UTF-8, as it stands in records: `xxh64:0123456789abcdef`. */
export function checksumOf(text: string): string {
  return `xxh64:${hexOf(hashBytes(new TextEncoder().encode(text)))}`;
}
