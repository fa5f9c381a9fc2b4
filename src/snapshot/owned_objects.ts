import type { TypedArray } from "../arrays.ts";

/** A piece of memory that a state holds, and the path that messages name it by. */
interface Extent {
  readonly start: number;
  readonly end: number;
  readonly path: string;
}

/**
 * The objects and the memory that one state holds, to notice those that stand in two places: a restore has to
 * make one object of them again, or a change of one would no longer be seen in the other.
 */
export class OwnedObjects {
  readonly #keys = new Map<object, string>();
  readonly #extents = new Map<ArrayBufferLike, Extent[]>();

  /** Notes that `value` is under `key`; returns the key under which it was met before, or null. */
  addObject(value: object, key: string): string | null {
    const earlier = this.#keys.get(value);
    if (earlier === undefined) this.#keys.set(value, key);
    return earlier ?? null;
  }

  /** Notes the memory of an array at `path`; returns the path of one that shares some of it, or null. */
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
