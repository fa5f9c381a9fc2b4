/**
 * Typed arrays by element type: the only table of the supported types, and the comparison of bytes.
 *
 * @module
 */

const constructors = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Float16Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  uint8clamped: Uint8ClampedArray,
} as const satisfies Record<ArrayKind, unknown>;

/** The name of an element type, as numpy spells it (`uint8clamped` is JavaScript's own). */
export type ArrayKind =
  | "float64"
  | "float32"
  | "float16"
  | "int64"
  | "uint64"
  | "int32"
  | "uint32"
  | "int16"
  | "uint16"
  | "int8"
  | "uint8"
  | "uint8clamped";

/** Any typed array over ordinary or shared memory. */
export type TypedArray =
  | Float64Array
  | Float32Array
  | Float16Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** The typed array class of one element type, `[n]`. */
export type ArrayOf<K extends ArrayKind> = {
  float64: Float64Array<ArrayBuffer>;
  float32: Float32Array<ArrayBuffer>;
  float16: Float16Array<ArrayBuffer>;
  int64: BigInt64Array<ArrayBuffer>;
  uint64: BigUint64Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  uint32: Uint32Array<ArrayBuffer>;
  int16: Int16Array<ArrayBuffer>;
  uint16: Uint16Array<ArrayBuffer>;
  int8: Int8Array<ArrayBuffer>;
  uint8: Uint8Array<ArrayBuffer>;
  uint8clamped: Uint8ClampedArray<ArrayBuffer>;
}[K];

const kinds = new Map<unknown, ArrayKind>(
  (Object.keys(constructors) as ArrayKind[]).map((kind) => [constructors[kind], kind]),
);

/** All element types, in one fixed order. */
export const arrayKinds: readonly ArrayKind[] = Object.keys(constructors) as ArrayKind[];

/** Whether a value is a typed array; a `DataView` is not. */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** The element type of a typed array. */
export function kindOf(array: TypedArray): ArrayKind {
  return kinds.get(array.constructor) ?? kindByTag(array);
}

/** A subclass, such as node's Buffer, keeps the tag of the class that it extends. */
function kindByTag(array: TypedArray): ArrayKind {
  const tag = array[Symbol.toStringTag] as string;
  for (const kind of arrayKinds) if (constructors[kind].name === tag) return kind;
  throw new TypeError(`${tag} is not a typed array that this version knows`);
}

/** Bytes per element. */
export function bytesPerElement(kind: ArrayKind): number {
  return constructors[kind].BYTES_PER_ELEMENT;
}

/** A zeroed array of `length` elements. */
export function allocate<K extends ArrayKind>(kind: K, length: number): ArrayOf<K> {
  return new constructors[kind](length) as ArrayOf<K>;
}

/** A view of `length` elements at the start of `buffer`. */
export function viewOf<K extends ArrayKind>(
  kind: K,
  buffer: ArrayBufferLike,
  length: number,
  byteOffset = 0,
): ArrayOf<K> {
  return new constructors[kind](buffer as ArrayBuffer, byteOffset, length) as ArrayOf<K>;
}

/** Copies `source` into `target`, which must have the same type and length; NaN payloads are preserved. */
export function copyInto(target: TypedArray, source: TypedArray): void {
  (target as Float64Array).set(source as Float64Array);
}

/** The bytes behind an array, as a view. */
export function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Smaller memory is left to garbage collection. */
const WORTH_FREEING = 4096;

/**
 * Frees the memory of arrays that are not needed any more, which garbage collection would do much later. Every array over
 * the same memory is empty afterwards.
 */
export function freeMemory(arrays: Iterable<TypedArray>): void {
  for (const { buffer } of arrays) {
    if (buffer instanceof ArrayBuffer && buffer.byteLength >= WORTH_FREEING) buffer.transfer(0);
  }
}

/** The memory as unsigned integers, since a float that passes through a number may lose its NaN payload. */
export function wordsOf(array: TypedArray): Uint32Array | Uint16Array | Uint8Array {
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: width } = array;
  if (width >= 4) return new Uint32Array(buffer, byteOffset, byteLength / 4);
  if (width === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A table of real numbers, `[rows x width]`. */
type RealTable = Float64Array | Float32Array;

/**
 * `out[first + i] = table[rows[i]]`, row by row and bit by bit: a float that passes through a number may lose
 * its NaN payload, depending on whether the loop is compiled.
 *
 * @param width Elements per row.
 * @param first The row of `out` to begin with.
 */
export function takeRows<T extends RealTable>(
  table: T,
  rows: Int32Array,
  width: number,
  out: T,
  first = 0,
): void {
  if (width === 1 && table.BYTES_PER_ELEMENT === 8) {
    takeEach(longsOf(table), rows, longsOf(out), first);
    return;
  }
  const from = wordsOf(table), to = wordsOf(out);
  const size = width * table.BYTES_PER_ELEMENT / 4;
  for (let i = 0, at = first * size; i < rows.length; i++) {
    const start = rows[i] * size;
    for (let k = start; k < start + size; k++) to[at++] = from[k];
  }
}

/** One float64 per row, as most tables have, goes several times as fast without an inner loop over words. */
function takeEach(from: BigInt64Array, rows: Int32Array, to: BigInt64Array, first: number): void {
  for (let i = 0; i < rows.length; i++) to[first + i] = from[rows[i]];
}

function putEach(from: BigInt64Array, rows: Int32Array, to: BigInt64Array, first: number): void {
  for (let i = 0; i < rows.length; i++) to[rows[i]] = from[first + i];
}

function longsOf({ buffer, byteOffset, byteLength }: RealTable): BigInt64Array {
  return new BigInt64Array(buffer, byteOffset, byteLength / 8);
}

/**
 * `out[rows[i]] = table[first + i]`, the opposite of {@link takeRows}.
 *
 * @param width Elements per row.
 * @param first The row of `table` to begin with.
 */
export function putRows<T extends RealTable>(
  table: T,
  rows: Int32Array,
  width: number,
  out: T,
  first = 0,
): void {
  if (width === 1 && table.BYTES_PER_ELEMENT === 8) {
    putEach(longsOf(table), rows, longsOf(out), first);
    return;
  }
  const from = wordsOf(table), to = wordsOf(out);
  const size = width * table.BYTES_PER_ELEMENT / 4;
  for (let i = 0, at = first * size; i < rows.length; i++) {
    const start = rows[i] * size;
    for (let k = start; k < start + size; k++) to[k] = from[at++];
  }
}

/** Whether both arrays have the same element type and the same bytes. */
export function sameBytes(a: TypedArray, b: TypedArray): boolean {
  if (a === b) return true;
  if (a.byteLength !== b.byteLength || kindOf(a) !== kindOf(b)) return false;
  const words = a.byteLength >>> 2;
  const aligned = ((a.byteOffset | b.byteOffset) & 3) === 0;
  let done = 0;
  if (aligned) {
    const u = new Uint32Array(a.buffer, a.byteOffset, words);
    const v = new Uint32Array(b.buffer, b.byteOffset, words);
    for (let i = 0; i < words; i++) if (u[i] !== v[i]) return false;
    done = words * 4;
  }
  const p = bytesOf(a), q = bytesOf(b);
  for (let i = done; i < p.length; i++) if (p[i] !== q[i]) return false;
  return true;
}

/** Whole numbers from 0 to 2^53 by index, without a `bigint` for each. */
export function numbersOf(values: BigInt64Array): (index: number) => number {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  return (index) => words[2 * index + 1] * 4294967296 + words[2 * index];
}
