import { newXxh64, updateWith } from "../../xxh64.ts";
import { type LayerFile, readFully } from "./file_layer.ts";

/** The number of bytes read at once. */
const SLAB = 1 << 20;

/** The hash of a range of a file, or null if the file ends too early. */
export function hashRange(file: LayerFile, position: number, length: number): bigint | null {
  const steps = hashSteps(file, position, length);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** As {@link hashRange}; after every MiB the caller may do something else. */
export function* hashSteps(
  file: LayerFile,
  position: number,
  length: number,
): Generator<void, bigint | null> {
  const hash = newXxh64();
  const slab = new Uint8Array(Math.min(length, SLAB));
  for (let at = 0; at < length; at += slab.length) {
    const piece = slab.subarray(0, Math.min(slab.length, length - at));
    if (readFully(file, piece, position + at) < piece.length) return null;
    updateWith(hash, piece);
    yield;
  }
  return hash.digest();
}
