/** The size in bytes of the smallest buffer in the pool. */
const SMALLEST = 256;

/** Idle memory is kept up to this many times the largest set of buffers returned at once. */
const KEPT_SETS = 4;

/**
 * Reuses ArrayBuffers for snapshots. A fresh 64 MB buffer costs 10 to 50 times as much as copying
 * into one already in use, so the buffers of a released snapshot serve the next capture.
 *
 * There are four size classes to each doubling. An array whose length changes a little from step to
 * step therefore still finds a buffer, and no more than a quarter of a buffer is unused.
 */
export class BufferPool {
  readonly #idle = new Map<number, ArrayBuffer[]>();
  #idleBytes = 0;
  #largestSet = 0;

  /** The number of idle bytes available to the next capture. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** Returns a buffer of at least `bytes` bytes; its contents are left over from earlier use. */
  take(bytes: number): ArrayBuffer {
    const size = sizeClass(bytes);
    const buffer = this.#idle.get(size)?.pop();
    if (buffer === undefined) return new ArrayBuffer(size);
    this.#idleBytes -= size;
    return buffer;
  }

  /** Takes back buffers from {@link BufferPool.take} that are no longer in use. */
  give(buffers: readonly ArrayBuffer[]): void {
    let bytes = 0;
    for (const buffer of buffers) bytes += buffer.byteLength;
    this.#largestSet = Math.max(this.#largestSet, bytes);
    const limit = KEPT_SETS * this.#largestSet;
    for (const buffer of buffers) {
      if (this.#idleBytes + buffer.byteLength > limit) this.#evict(limit - buffer.byteLength);
      this.#keep(buffer);
    }
  }

  #keep(buffer: ArrayBuffer): void {
    const size = buffer.byteLength;
    const shelf = this.#idle.get(size);
    if (shelf) shelf.push(buffer);
    else this.#idle.set(size, [buffer]);
    this.#idleBytes += size;
  }

  /** Drops idle buffers until `limit` holds, starting with the class unchanged for longest. */
  #evict(limit: number): void {
    for (const [size, shelf] of this.#idle) {
      while (shelf.length > 0 && this.#idleBytes > limit) {
        shelf.pop();
        this.#idleBytes -= size;
      }
      if (shelf.length === 0) this.#idle.delete(size);
      if (this.#idleBytes <= limit) return;
    }
  }
}

/** The smallest size class that holds `bytes`: 2^k times 1, 1.25, 1.5 or 1.75. */
function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST;
  const power = 2 ** Math.floor(Math.log2(bytes));
  const quarter = power / 4;
  return power + Math.ceil((bytes - power) / quarter) * quarter;
}
