/**
 * The memory of a swarm: a structure of arrays with room to grow. Rows move as bytes, so that every
 * value keeps its bits.
 *
 * @module
 */
import { allocate, type ArrayKind, type ArrayOf, bytesOf, bytesPerElement } from "../arrays.ts";
import { type NdArray, ndarray } from "../deps/ndarray.ts";
import type { Rearrangement } from "./rearrangement.ts";

/** Rows that the first allocation has room for. */
const firstCapacity = 64;

/** One number array of the swarm, `[capacity x width]`, of which the first `count` rows are in use. */
export class Column<K extends ArrayKind = ArrayKind> {
  readonly kind: K;
  readonly width: number;
  /** What new rows are filled with, byte by byte: 0 for zeros, 255 for -1 in whole numbers. */
  readonly blank: 0 | 255;
  #memory: ArrayOf<K>;
  #data: ArrayOf<K>;
  #array: NdArray | null = null;

  constructor(kind: K, width: number, blank: 0 | 255, capacity: number, count: number) {
    this.kind = kind;
    this.width = width;
    this.blank = blank;
    this.#memory = this.sized(capacity);
    this.#data = this.#memory;
    this.show(count);
    if (blank) bytesOf(this.#data).fill(blank);
  }

  /** The rows in use, `[count x width]`: a view, the same object until the population changes. */
  get data(): ArrayOf<K> {
    return this.#data;
  }

  /** {@link Column.data} as `[count, width]`. */
  get array(): NdArray {
    return this.#array ??= ndarray(this.#data as Float64Array, [
      this.#data.length / this.width,
      this.width,
    ]) as NdArray;
  }

  /** Memory for `capacity` rows, not yet this column's own. */
  sized(capacity: number): ArrayOf<K> {
    return allocate(this.kind, capacity * this.width);
  }

  /** Takes over memory that `sized` gave. */
  adopt(memory: ArrayOf<K>): void {
    this.#memory = memory;
  }

  /** Takes up again, after a time on its own: with as many rows as the others. */
  fit(capacity: number, count: number): void {
    if (this.#memory.length !== capacity * this.width) {
      const rows = bytesOf(this.#data), memory = this.sized(capacity), all = bytesOf(memory);
      all.fill(this.blank);
      all.set(rows.subarray(0, Math.min(rows.length, all.length)));
      this.#memory = memory;
    }
    this.show(count);
  }

  /** Makes `count` rows visible. */
  show(count: number): void {
    const length = count * this.width;
    if (this.#data.length === length && this.#data.buffer === this.#memory.buffer) return;
    this.#data = this.#memory.subarray(0, length) as ArrayOf<K>;
    this.#array = null;
  }

  /** Fills rows with what new ones hold. */
  clear(from: number, to: number): void {
    const row = this.width * bytesPerElement(this.kind);
    bytesOf(this.#memory).fill(this.blank, from * row, to * row);
  }

  /** Bytes per row. */
  get rowBytes(): number {
    return this.width * bytesPerElement(this.kind);
  }

  /** Copies rows to `out`, from byte `at` on. */
  pack(rows: ArrayLike<number>, out: Uint8Array, at: number): void {
    const bytes = bytesOf(this.#memory), row = this.rowBytes;
    const start = out.byteOffset + at, length = rows.length * row;
    if ((row | start) % 4 === 0) {
      const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
      pickRows(words, rows, row / 4, new Int32Array(out.buffer, start, length / 4));
    } else pickRows(bytes, rows, row, out.subarray(at, at + length));
  }

  /** Fills rows from `first` on with bytes that `pack` made. */
  unpack(bytes: Uint8Array, first: number): void {
    bytesOf(this.#memory).set(bytes, first * this.rowBytes);
  }

  /** Rows go and come; see the store. */
  rearrange(rows: Rearrangement): void {
    const row = this.rowBytes, { buffer } = this.#memory;
    if (row % 4 === 0) rows.apply(new Int32Array(buffer), row / 4);
    else rows.apply(new Uint8Array(buffer), row);
  }

  /** Row i becomes what row `kept[i]` was; `kept` ascends. */
  gather(kept: Int32Array): void {
    const row = this.width * bytesPerElement(this.kind);
    const { buffer } = this.#memory;
    if (row % 4 === 0) moveRows(new Int32Array(buffer), kept, row / 4);
    else moveRows(new Uint8Array(buffer), kept, row);
  }
}

/** `out[i] = words[rows[i]]`, `width` words at a time. */
function pickRows(
  words: Int32Array | Uint8Array,
  rows: ArrayLike<number>,
  width: number,
  out: Int32Array | Uint8Array,
): void {
  let at = 0;
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i] * width;
    for (let k = 0; k < width; k++) out[at++] = words[from + k];
  }
}

/** Ascending rows move down, in runs. */
function moveRows(words: Int32Array | Uint8Array, kept: Int32Array, width: number): void {
  let i = 0;
  while (i < kept.length && kept[i] === i) i++;
  while (i < kept.length) {
    const from = kept[i], to = i;
    for (i++; i < kept.length && kept[i] === from + i - to;) i++;
    words.copyWithin(to * width, from * width, (from + i - to) * width);
  }
}

/** Memory of all columns. */
interface Memory {
  readonly capacity: number;
  readonly of: ReadonlyMap<Column, ArrayOf<ArrayKind>>;
}

/** All columns of a swarm, of one length. */
export class ParticleStore {
  readonly #columns = new Set<Column>();
  #count = 0;
  #capacity = 0;

  /** Rows in use. */
  get count(): number {
    return this.#count;
  }

  /** Adds a column of `count` blank rows. */
  add<K extends ArrayKind>(kind: K, width: number, blank: 0 | 255 = 0): Column<K> {
    const column = new Column(kind, width, blank, this.#capacity, this.#count);
    this.#columns.add(column as unknown as Column);
    return column;
  }

  /** Forgets a column; its data stays with the variable that holds it. */
  remove(column: Column): void {
    this.#columns.delete(column);
  }

  /** The columns now; the result makes it these again, of the count and capacity of then. */
  mark(): () => void {
    const columns = [...this.#columns];
    return () => {
      this.#columns.clear();
      for (const column of columns) {
        column.fit(this.#capacity, this.#count);
        this.#columns.add(column);
      }
    };
  }

  /** Adds blank rows behind the others; returns the index of the first. Room grows by half. */
  append(rows: number): number {
    const first = this.#count, count = first + rows;
    if (count > this.#capacity) {
      const half = Math.ceil(this.#capacity * 1.5);
      this.#swap(this.#memoryFor(Math.max(count, half, firstCapacity)), true);
    }
    for (const column of this.#columns) column.clear(first, count);
    this.#show(count);
    return first;
  }

  /** Keeps the rows of ascending indices `kept`, in their order. */
  keep(kept: Int32Array): void {
    if (kept.length === this.#count) return;
    for (const column of this.#columns) column.gather(kept);
    this.#show(kept.length);
  }

  /** Bytes of rows, column by column, as they travel to another rank. */
  pack(rows: ArrayLike<number>): Uint8Array {
    const out = new Uint8Array(rows.length * this.#rowBytes);
    let at = 0;
    for (const column of this.#columns) {
      column.pack(rows, out, at);
      at += rows.length * column.rowBytes;
    }
    return out;
  }

  /** Adds rows that `pack` made on a rank with the same columns. */
  unpack(bytes: Uint8Array): void {
    const rows = bytes.length / this.#rowBytes;
    if (rows === 0) return;
    const first = this.append(rows);
    let at = 0;
    for (const column of this.#columns) {
      column.unpack(bytes.subarray(at, at += rows * column.rowBytes), first);
    }
  }

  /** Rows go, and those that were added last come among the others. */
  rearrange(rows: Rearrangement): void {
    for (const column of this.#columns) column.rearrange(rows);
    this.#show(rows.count);
  }

  get #rowBytes(): number {
    let bytes = 0;
    for (const column of this.#columns) bytes += column.rowBytes;
    return bytes;
  }

  /**
   * Finds memory for `count` rows; returns what makes it so, which cannot fail. Old rows keep their values
   * only where the memory at hand is enough: the caller writes all of them.
   */
  prepare(count: number): () => void {
    const memory = count > this.#capacity ? this.#memoryFor(count) : null;
    return () => {
      const before = this.#count;
      if (memory !== null && count > this.#capacity) this.#swap(memory, false);
      const kept = memory === null ? Math.min(before, count) : 0;
      for (const column of this.#columns) if (column.blank) column.clear(kept, count);
      this.#show(count);
    };
  }

  /** Memory of every column, all of it before any is taken over: running out leaves all as it was. */
  #memoryFor(capacity: number): Memory {
    const of = new Map<Column, ArrayOf<ArrayKind>>();
    for (const column of this.#columns) of.set(column, column.sized(capacity));
    return { capacity, of };
  }

  #swap({ capacity, of }: Memory, copy: boolean): void {
    for (const [column, memory] of of) {
      if (copy) bytesOf(memory).set(bytesOf(column.data));
      column.adopt(memory);
    }
    this.#capacity = capacity;
  }

  #show(count: number): void {
    this.#count = count;
    for (const column of this.#columns) column.show(count);
  }
}
