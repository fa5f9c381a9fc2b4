/**
 * The middles of edges that were halved: the one place where the kernels ask whether an edge has one.
 *
 * @module
 */

/**
 * Nodes in the middle of edges, found by the ends of the edge. Middles stand in a list at the higher end,
 * which is the newer one: such lists are short.
 */
export class Middles {
  /** The edges with a middle, in the order in which they came. */
  #count = 0;
  /** `[count x 2]`, the lower end first. */
  #ends: Int32Array;
  #nodes: Int32Array;
  #chain: Int32Array;
  #head: Int32Array;

  /**
   * @param nodeCount how many nodes there are at first.
   * @param room about how many middles will come.
   */
  constructor(nodeCount: number, room: number) {
    const size = Math.max(16, Math.ceil(room));
    this.#ends = new Int32Array(2 * size);
    this.#nodes = new Int32Array(size);
    this.#chain = new Int32Array(size);
    this.#head = new Int32Array(nodeCount + size).fill(-1);
  }

  /** How many edges have a middle. */
  get count(): number {
    return this.#count;
  }

  /** The ends of the edges with a middle, `[count x 2]`, in the order in which middles came; new memory. */
  ends(): Int32Array {
    return this.#ends.slice(0, 2 * this.#count);
  }

  /** An end of edge number i: the lower one, then the higher one. */
  end(i: number, side: 0 | 1): number {
    return this.#ends[2 * i + side];
  }

  /** The node in the middle of an edge; -1 where there is none. */
  find(a: number, b: number): number {
    const low = a < b ? a : b, high = a < b ? b : a;
    const ends = this.#ends;
    let i = this.#head[high];
    while (i >= 0 && ends[2 * i] !== low) i = this.#chain[i];
    return i < 0 ? -1 : this.#nodes[i];
  }

  /** Says that `node` is in the middle of an edge that has none yet. */
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

/** The same numbers with more room behind them. */
export function grown<T extends Int32Array | Uint8Array>(array: T, length: number): T {
  const out = new (array.constructor as new (length: number) => T)(length);
  out.set(array);
  return out;
}
