/**
 * Rows that several ranks captured, put together. They move as words or bytes, so that every value keeps
 * its bits.
 *
 * @module
 */
import { allocate, kindOf, type TypedArray, wordsOf } from "../arrays.ts";
import type { RankEntries, SnapshotAttributes, SnapshotEntry } from "./contract.ts";
import type { Rows } from "./rows_by_id.ts";

/** How many rows of an entry its rank owns, the first ones; undefined where it does not say. */
export function ownedRows(entry: SnapshotEntry | undefined): number | undefined {
  const { owned } = entry?.attributes ?? {};
  return owned === undefined ? undefined : Number(owned);
}

/** The attributes of an entry without the number of rows that a rank owns. */
export function withoutOwned({ owned: _, ...attributes }: SnapshotAttributes): SnapshotAttributes {
  return attributes;
}

/** The attribute that says how many rows a rank owns. */
export function ownedAttribute(owned: number): SnapshotAttributes {
  return { owned };
}

/**
 * Rows of all owners by global id, `[count x width]`; null unless every global id comes exactly once.
 *
 * @param entries What each rank has; `owned` among its attributes, or the ids', says how many rows count.
 * @param data The rows themselves, owned ones first; null for a rank whose rows are zeros.
 * @param idsPath Where the global ids are; a rank that has none has all rows in order.
 */
export function assembled(
  captures: readonly RankEntries[],
  entries: readonly SnapshotEntry[],
  data: readonly (TypedArray | null)[],
  idsPath: string,
  count: number,
  width: number,
): TypedArray | null {
  const like = data.find((array) => array !== null);
  if (!like) return null;
  const out = allocate(kindOf(like), count * width);
  const to = wordsOf(out), row = wordsPerRow(out, width);
  const seen = new Uint8Array(count);
  let rows = 0;
  for (let rank = 0; rank < captures.length; rank++) {
    const ids = captures[rank].get(idsPath)?.data as Int32Array | undefined;
    const owned = ownedRows(entries[rank]) ?? ownedRows(captures[rank].get(idsPath)) ?? count;
    const own = data[rank], from = own === null ? null : wordsOf(own);
    for (let i = 0; i < owned; i++, rows++) {
      const id = ids ? ids[i] : i;
      if (!(id >= 0 && id < count) || seen[id]++ !== 0) return null;
      // A rank whose variable was not set has zeros.
      if (from === null) continue;
      if (from.length < owned * row) return null;
      for (let k = 0; k < row; k++) to[id * row + k] = from[i * row + k];
    }
  }
  return rows === count ? out : null;
}

/** How many words of `wordsOf` a row of `width` numbers has. */
export function wordsPerRow(array: TypedArray, width: number): number {
  return width * array.BYTES_PER_ELEMENT / wordsOf(array).BYTES_PER_ELEMENT;
}

/** Some of the rows of all ranks, in the order of `rows`; rows have the shape `extents`. */
export function picked(
  data: readonly TypedArray[],
  { ranks, rows }: Rows,
  extents: readonly number[],
): TypedArray {
  const width = extents.reduce((a, b) => a * b, 1);
  const out = allocate(kindOf(data[0]), rows.length * width);
  const to = wordsOf(out), row = wordsPerRow(out, width);
  const from = data.map((array) => wordsOf(array));
  for (let i = 0; i < rows.length; i++) {
    const words = from[ranks[i]], start = rows[i] * row;
    for (let k = 0; k < row; k++) to[i * row + k] = words[start + k];
  }
  return out;
}
