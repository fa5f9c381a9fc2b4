import { isTypedArray } from "../arrays.ts";
import { describe } from "../options.ts";

/** Which particles to remove: one entry each, or a function of the index. */
export type ParticleMask =
  | Uint8Array
  | readonly (boolean | number)[]
  | ((index: number) => boolean);

/**
 * Indices of the particles that stay, ascending.
 *
 * @throws {TypeError} when `mask` is neither an array nor a function.
 * @throws {RangeError} when its length is not `count`.
 */
export function survivors(mask: ParticleMask, count: number): Int32Array {
  const kept = new Int32Array(count);
  let n = 0;
  if (typeof mask === "function") {
    for (let i = 0; i < count; i++) if (!mask(i)) kept[n++] = i;
  } else if (Array.isArray(mask) || isTypedArray(mask)) {
    if (mask.length !== count) {
      throw new RangeError(
        `removeParticles: the swarm has ${count} particles, the mask ${mask.length} entries; give one for each`,
      );
    }
    for (let i = 0; i < count; i++) if (!mask[i]) kept[n++] = i;
  } else {
    throw new TypeError(
      `removeParticles takes a Uint8Array, an array of booleans or a function of the index, got ${
        describe(mask)
      }`,
    );
  }
  return kept.subarray(0, n);
}
