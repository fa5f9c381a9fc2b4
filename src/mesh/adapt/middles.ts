/**
 * The midpoints of edges that were halved; the kernels look up midpoints only here.
 *
 * @module
 */

/**
 * Nodes at the midpoints of edges, found by the ends of the edge. Midpoints are listed at the
 * higher-numbered end, which is the newer one, so that the lists are short.
 */
export class Middles {
  /**
   * The number of edges with a midpoint; the edges are stored in the order in which they were
   * added.
   */
  #count = 0;
  /** The ends of each edge, `[count x 2]`, the lower end first. */
  #ends: Int32Array;
  #nodes: Int32Array;
  #chain: Int32Array;
  #head: Int32Array;

  /**
   * @param nodeCount the initial number of nodes.
   * @param room the approximate number of midpoints that will be added.
   */
  constructor(nodeCount: number, room: number) {
    const size = Math.max(16, Math.ceil(room));
    this.#ends = new Int32Array(2 * size);
    this.#nodes = new Int32Array(size);
    this.#chain = new Int32Array(size);
    this.#head = new Int32Array(nodeCount + size).fill(-1);
  }

  /** The number of edges with a midpoint. */
  get count(): number {
    return this.#count;
  }

  /**
   * The ends of the edges with a midpoint, `[count x 2]`, in the order in which they were added; in
   * new memory.
   */
  ends(): Int32Array {
    return this.#ends.slice(0, 2 * this.#count);
  }

  /** An end of the edge number i: side 0 is the lower end, side 1 the higher. */
  end(i: number, side: 0 | 1): number {
    return this.#ends[2 * i + side];
  }

  /** The node at the midpoint of an edge; -1 if there is none. */
  find(a: number, b: number): number {
    const low = a < b ? a : b, high = a < b ? b : a;
    const ends = this.#ends;
    let i = this.#head[high];
    while (i >= 0 && ends[2 * i] !== low) i = this.#chain[i];
    return i < 0 ? -1 : this.#nodes[i];
  }

  /** Records `node` as the midpoint of an edge that has none yet. */
  add(a: number, b: number, node: number): void {
    const i = this.#count++;
    if (i === this.#nodes.length) this.#grow();
    if (node >= this.#head.length) this.#growHead(node);
    const low = a < b ? a : b, high = a < b ? b : a;
    this.#ends[2 * i] = low;
    this.#ends[2 * i + 1] = high;
    this.#nodes[i] = node;
    this.#chain[i] = this.#head[high];
    this.#head[high] = i;
  }

  /** Forgets the midpoint that was added last. */
  removeLast(): void {
    const i = --this.#count;
    this.#head[this.#ends[2 * i + 1]] = this.#chain[i];
  }

  #grow(): void {
    const size = 2 * this.#nodes.length;
    this.#ends = grown(this.#ends, 2 * size);
    this.#nodes = grown(this.#nodes, size);
    this.#chain = grown(this.#chain, size);
  }

  #growHead(node: number): void {
    const before = this.#head.length;
    this.#head = grown(this.#head, Math.max(2 * before, node + 1)).fill(-1, before);
  }
}

/** Returns a copy of the array with more room at its end. */
export function grown<T extends Int32Array | Uint8Array>(array: T, length: number): T {
  const out = new (array.constructor as new (length: number) => T)(length);
  out.set(array);
  return out;
}
