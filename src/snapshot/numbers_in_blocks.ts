/**
 * Arrays that are not in memory as a whole: their rows are made, or brought, when they are written.
 *
 * @module
 */
import { allocate, type ArrayKind, kindOf, type TypedArray } from "../arrays.ts";
import type { SnapshotEntry } from "./contract.ts";

/** The numbers of an array `[rows x ...]`, block by block. */
export interface NumbersInBlocks {
  readonly kind: ArrayKind;
  /** The numbers of the rows from `first` to before `last`. */
  rows(first: number, last: number): TypedArray;
}

/** An array, in memory or in blocks. */
export type ArrayNumbers = TypedArray | NumbersInBlocks;

/** An entry whose numbers come in blocks; its shape is that of the whole. */
export interface BlockEntry extends SnapshotEntry {
  readonly data: null;
  readonly numbers: NumbersInBlocks;
}

/** Whether an array comes in blocks. */
export function isInBlocks(numbers: ArrayNumbers): numbers is NumbersInBlocks {
  return !ArrayBuffer.isView(numbers);
}

/** The type of the numbers. */
export function kindIn(numbers: ArrayNumbers): ArrayKind {
  return isInBlocks(numbers) ? numbers.kind : kindOf(numbers);
}

/** The numbers of an entry; null if it has none. */
export function numbersAt(entry: SnapshotEntry | BlockEntry): ArrayNumbers | null {
  return "numbers" in entry ? entry.numbers : entry.data;
}

/** The first numbers of an array `[rows]`. */
export function firstNumbersOf(numbers: ArrayNumbers, count: number): TypedArray {
  return isInBlocks(numbers) ? numbers.rows(0, count) : numbers.subarray(0, count) as TypedArray;
}

/** All of an array with so many rows, in memory. */
export function inMemory(numbers: ArrayNumbers, rows: number): TypedArray {
  return isInBlocks(numbers) ? numbers.rows(0, rows) : numbers;
}

/** The same number again and again. */
export function repeated(kind: ArrayKind, value: number): NumbersInBlocks {
  const rows = (first: number, last: number) => {
    return (allocate(kind, last - first) as Uint8Array).fill(value) as TypedArray;
  };
  return { kind, rows };
}

/** The numbers 0, `step`, 2 `step`, .. */
export function steps(step: number): NumbersInBlocks {
  const rows = (first: number, last: number) => {
    return Int32Array.from({ length: last - first }, (_, i) => (first + i) * step);
  };
  return { kind: "int32", rows };
}
