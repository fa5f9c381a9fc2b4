/**
 * Gives equal numbers to equal tuples of node ids, in the order in which they first appear: how the
 * facets and edges that cells share are found, in linear time.
 *
 * @module
 */

/** The result of {@link numberTuples}. */
export interface TupleNumbers {
  /** How many different tuples there are. */
  readonly count: number;
  /** The number of every tuple, in [0, count). */
  readonly ids: Int32Array;
  /** The first tuple with each number. */
  readonly first: Int32Array;
}

/**
 * Numbers tuples of `width` node ids, each sorted ascending.
 *
 * @param tuples `[n x width]`, row-major.
 */
export function numberTuples(tuples: Int32Array, width: number): TupleNumbers {
  const n = tuples.length / width;
  const ids = new Int32Array(n);
  const first = new Int32Array(n);
  const table = new Int32Array(tableSize(n)).fill(-1);
  const mask = table.length - 1;
  let count = 0;
  for (let i = 0; i < n; i++) {
    let slot = hash(tuples, i * width, width) & mask;
    let id = table[slot];
    while (id >= 0 && !equal(tuples, first[id] * width, i * width, width)) {
      slot = (slot + 1) & mask;
      id = table[slot];
    }
    if (id < 0) {
      id = count++;
      first[id] = i;
      table[slot] = id;
    }
    ids[i] = id;
  }
  return { count, ids, first: first.slice(0, count) };
}

/** Sorts every tuple of 2 or 3 ids in place. */
export function sortTuples(tuples: Int32Array, width: number): Int32Array {
  for (let i = 0; i < tuples.length; i += width) {
    if (width === 3) {
      order(tuples, i, i + 1);
      order(tuples, i + 1, i + 2);
    }
    order(tuples, i, i + 1);
  }
  return tuples;
}

function order(a: Int32Array, i: number, j: number): void {
  if (a[i] > a[j]) {
    const t = a[i];
    a[i] = a[j];
    a[j] = t;
  }
}

/** A power of two with at least half of the places free. */
function tableSize(n: number): number {
  let size = 16;
  while (size < 2 * n) size *= 2;
  return size;
}

function hash(a: Int32Array, offset: number, width: number): number {
  let h = 0;
  for (let k = 0; k < width; k++) {
    h = Math.imul(h ^ a[offset + k], 0x9e3779b1);
    h ^= h >>> 15;
  }
  return h;
}

function equal(a: Int32Array, i: number, j: number, width: number): boolean {
  for (let k = 0; k < width; k++) if (a[i + k] !== a[j + k]) return false;
  return true;
}
