/**
 * XXH64 of arrays and of stretches of files.
 *
 * @module
 */
import type { XxHash } from "../../deps/xxhash.ts";
import { type LayerFile, readFully } from "./file_layer.ts";

/** Bytes hashed at once: small enough to stay in the processor's cache while they are copied. */
const PIECE = 1 << 16;

/** The hash of `bytes`. */
export function hashBytes(hashes: XxHash, bytes: Uint8Array): bigint {
  const hash = hashes.create64();
  for (let at = 0; at < bytes.length; at += PIECE) hash.update(bytes.subarray(at, at + PIECE));
  return hash.digest();
}

/** The hash of a stretch of a file, or null where the file ends too early. */
export function hashRange(
  hashes: XxHash,
  file: LayerFile,
  position: number,
  length: number,
): bigint | null {
  const hash = hashes.create64();
  const slab = new Uint8Array(Math.min(length, 16 * PIECE));
  for (let at = 0; at < length; at += slab.length) {
    const part = slab.subarray(0, Math.min(slab.length, length - at));
    if (readFully(file, part, position + at) < part.length) return null;
    for (let i = 0; i < part.length; i += PIECE) hash.update(part.subarray(i, i + PIECE));
  }
  return hash.digest();
}

/** A hash as 16 hex digits. */
export function hexOf(hash: bigint): string {
  return hash.toString(16).padStart(16, "0");
}
