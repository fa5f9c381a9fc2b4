/**
 * What one number of ranks captured, as another number of ranks reads it.
 *
 * @module
 */
import type { ArrayKind, TypedArray } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import type { SnapshotEntry } from "./contract.ts";

/** An entry without its numbers: `data` is null, and `shape` is what it would be with them. */
export interface EntryHead extends SnapshotEntry {
  /** The type of its numbers; null if it has none. */
  readonly elements: ArrayKind | null;
}

/** Read access to the entries of one rank, without their numbers. */
export interface RankHeads {
  /** The entry under `key`, without its numbers. */
  get(key: string): EntryHead | undefined;
}

/** Consecutive rows of what one rank captured. */
export interface RowSpan {
  /** The rank that captured them. */
  readonly part: number;
  /** The first of them. */
  readonly first: number;
  /** The first after them. */
  readonly last: number;
}

/**
 * The captures of one number of ranks, read by another. Everybody knows all heads; of every array each rank reads
 * some rows, and all ranks together read each row once.
 */
export interface CapturedParts {
  /** The ranks that read. */
  readonly comm: Comm;
  /** The heads of the ranks that captured. */
  readonly heads: readonly RankHeads[];
  /** The rows that this rank reads of arrays of which part p has `rowsOf(p)` rows. */
  spans(rowsOf: (part: number) => number): readonly RowSpan[];
  /**
   * Reads the numbers of these rows, one span behind the other; zeros for a part that has none. Collective.
   *
   * @param rowsOf Part p counts up to this row; it may have more.
   * @returns memory that the next call uses again.
   * @throws {SnapshotInvalidatedError} when the parts differ in type or in the shape of a row, or have fewer rows.
   * @throws {SnapshotCorruptError} when numbers do not match their checksum, on every rank.
   */
  rows(key: string, rowsOf: (part: number) => number): TypedArray;
}

/** The numbers of the rows of some spans; those of part p are counted from `starts[p]`. */
export function numbersIn(
  spans: readonly RowSpan[],
  starts: readonly number[] = [],
): Int32Array<ArrayBuffer> {
  const out = new Int32Array(spans.reduce((sum, { first, last }) => sum + last - first, 0));
  let at = 0;
  for (const { part, first, last } of spans) {
    const start = starts[part] ?? 0;
    for (let row = first; row < last; row++) out[at++] = start + row;
  }
  return out;
}
