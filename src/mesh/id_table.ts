/** How many ids a page has, as a power of two. */
const pageBits = 5;
const pageSize = 1 << pageBits;

/**
 * Numbers ids in the order in which they come, each once. Ids near each other, as those of a cell's nodes are, share a
 * page; pages are in an open hash table.
 */
export class IdTable {
  /** The page in each slot, or -1; where its numbers begin. */
  #keys = new Int32Array(64).fill(-1);
  #starts = new Int32Array(64);
  #pages = 0;
  /** Numbers by page, -1 for ids that did not come. */
  #numbers: Int32Array;
  #ids: Int32Array;
  #count = 0;

  /** @param expected about how many ids there will be; the table grows where there are more. */
  constructor(expected: number) {
    this.#numbers = new Int32Array(Math.ceil(1.25 * expected) + pageSize);
    this.#ids = new Int32Array(Math.ceil(expected) + pageSize);
  }

  /** The ids by number, `[count]`; a copy. */
  get ids(): Int32Array {
    return this.#ids.slice(0, this.#count);
  }

  /** How many ids there are. */
  get count(): number {
    return this.#count;
  }

  /** Replaces ids by their numbers, which are new ones for ids that were not there before. */
  addAll(ids: Int32Array): void {
    // The pages that were met last, by their lowest bits.
    const recent = new Int32Array(16).fill(-1), starts = new Int32Array(16);
    let numbers = this.#numbers;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i], page = id >>> pageBits, at = page & 15;
      if (recent[at] !== page) {
        recent[at] = page;
        starts[at] = this.#startOf(page);
        numbers = this.#numbers;
      }
      const place = starts[at] + (id & (pageSize - 1));
      if (numbers[place] < 0) numbers[place] = this.#take(id);
      ids[i] = numbers[place];
    }
  }

  #take(id: number): number {
    if (this.#count === this.#ids.length) this.#ids = longer(this.#ids);
    this.#ids[this.#count] = id;
    return this.#count++;
  }

  /** Where the numbers of a page begin; a new one is empty. */
  #startOf(page: number): number {
    if (2 * this.#pages >= this.#keys.length) this.#rehash();
    const keys = this.#keys, slot = slotOf(keys, page);
    if (keys[slot] === page) return this.#starts[slot];
    const start = this.#pages++ * pageSize;
    while (start + pageSize > this.#numbers.length) this.#numbers = longer(this.#numbers);
    this.#numbers.fill(-1, start, start + pageSize);
    keys[slot] = page;
    return this.#starts[slot] = start;
  }

  #rehash(): void {
    const keys = new Int32Array(2 * this.#keys.length).fill(-1),
      starts = new Int32Array(keys.length);
    for (let k = 0; k < this.#keys.length; k++) {
      if (this.#keys[k] < 0) continue;
      const slot = slotOf(keys, this.#keys[k]);
      keys[slot] = this.#keys[k];
      starts[slot] = this.#starts[k];
    }
    this.#keys = keys;
    this.#starts = starts;
  }
}

/** The slot of a page, or the one where it goes. */
function slotOf(keys: Int32Array, page: number): number {
  const mask = keys.length - 1, h = Math.imul(page, 0x9e3779b1);
  let slot = (h ^ (h >>> 15)) & mask;
  while (keys[slot] >= 0 && keys[slot] !== page) slot = (slot + 1) & mask;
  return slot;
}

function longer(list: Int32Array): Int32Array {
  const out = new Int32Array(Math.ceil(1.5 * list.length));
  out.set(list);
  return out;
}
