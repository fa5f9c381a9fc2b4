import type { TypedArray } from "../arrays.ts";

/** A range of memory that a state contains, and its path for error messages. */
interface Extent {
  readonly start: number;
  readonly end: number;
  readonly path: string;
}

/**
 * Tracks the objects and memory in one state to detect those that occur in two places. Restore must
 * make them one object again, or a change in one place would no longer show in the other.
 */
export class OwnedObjects {
  readonly #keys = new Map<object, string>();
  readonly #extents = new Map<ArrayBufferLike, Extent[]>();

  /** Records that `value` is at `key`; returns the key where it was found earlier, or null. */
  addObject(value: object, key: string): string | null {
    const earlier = this.#keys.get(value);
    if (earlier === undefined) this.#keys.set(value, key);
    return earlier ?? null;
  }

  /** Records the memory of an array at `path`; returns the path of an overlapping one, or null. */
  addArray({ buffer, byteOffset, byteLength }: TypedArray, path: string): string | null {
    if (byteLength === 0) return null;
    const start = byteOffset, end = byteOffset + byteLength;
    const extents = this.#extents.get(buffer);
    if (extents === undefined) this.#extents.set(buffer, [{ start, end, path }]);
    else {
      const other = extents.find((extent) => extent.start < end && start < extent.end);
      if (other !== undefined) return other.path;
      extents.push({ start, end, path });
    }
    return null;
  }
}
