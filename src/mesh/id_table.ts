/** Numbers ids in the order in which they come, each once: an open hash table. */
export class IdTable {
  #keys: Int32Array;
  #numbers: Int32Array;
  #ids: Int32Array;
  #count = 0;

  /** @param expected about how many ids there will be; the table grows where there are more. */
  constructor(expected: number) {
    let size = 64;
    while (size < 2 * expected) size *= 2;
    this.#keys = new Int32Array(size).fill(-1);
    this.#numbers = new Int32Array(size);
    this.#ids = new Int32Array(size / 2);
  }

  /** The ids by number, `[count]`; a copy. */
  get ids(): Int32Array {
    return this.#ids.slice(0, this.#count);
  }

  /** How many ids there are. */
  get count(): number {
    return this.#count;
  }

  /** Replaces ids by their numbers. */
  addAll(ids: Int32Array): void {
    let keys = this.#keys, numbers = this.#numbers;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i], mask = keys.length - 1;
      let slot = placeOf(id) & mask;
      while (keys[slot] >= 0 && keys[slot] !== id) slot = (slot + 1) & mask;
      if (keys[slot] === id) ids[i] = numbers[slot];
      else {
        ids[i] = this.add(id);
        keys = this.#keys;
        numbers = this.#numbers;
      }
    }
  }

  /** The number of an id, which is a new one where it was not there before. */
  add(id: number): number {
    const keys = this.#keys, mask = keys.length - 1;
    let slot = placeOf(id) & mask;
    while (keys[slot] >= 0 && keys[slot] !== id) slot = (slot + 1) & mask;
    if (keys[slot] === id) return this.#numbers[slot];
    if (this.#count === this.#ids.length) {
      this.#grow();
      return this.add(id);
    }
    keys[slot] = id;
    this.#ids[this.#count] = id;
    return this.#numbers[slot] = this.#count++;
  }

  #grow(): void {
    const ids = this.#ids, bigger = new IdTable(ids.length * 2);
    for (let i = 0; i < this.#count; i++) bigger.add(ids[i]);
    this.#keys = bigger.#keys;
    this.#numbers = bigger.#numbers;
    this.#ids = bigger.#ids;
  }
}

/** Neighbouring ids stay together, which caches like; blocks of them are spread. */
function placeOf(id: number): number {
  const h = Math.imul(id >>> 4, 0x9e3779b1);
  return ((h ^ (h >>> 15)) << 4) | (id & 15);
}
