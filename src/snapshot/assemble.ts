/**
 * Assembles rows that several ranks captured. Rows are copied as words or bytes, so every value
 * keeps its exact bits.
 *
 * @module
 */
import { allocate, kindOf, type TypedArray, wordsOf } from "../arrays.ts";
import type { RankEntries, SnapshotAttributes, SnapshotEntry } from "./contract.ts";
import type { Rows } from "./rows_by_id.ts";

/** The number of owned rows of an entry, which come first; undefined if it is not recorded. */
export function ownedRows(entry: SnapshotEntry | undefined): number | undefined {
  const { owned } = entry?.attributes ?? {};
  return owned === undefined ? undefined : Number(owned);
}

/** The attributes of an entry without the number of owned rows. */
export function withoutOwned({ owned: _, ...attributes }: SnapshotAttributes): SnapshotAttributes {
  return attributes;
}

/** The attribute that records how many rows a rank owns. */
export function ownedAttribute(owned: number): SnapshotAttributes {
  return { owned };
}

/**
 * Collects the owned rows of all ranks by global id, `[count x width]`.
 *
 * Returns null unless every global id occurs exactly once.
 *
 * @param entries The entry of each rank. The attribute `owned` of the entry, or of the ids, is the
 *   number of rows that count.
 * @param data The rows of each rank, owned ones first; null for a rank whose rows are all zero.
 * @param idsPath The path of the global ids. A rank without ids has all rows in order.
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
      // The rows of a rank whose variable was not set are zero.
      if (from === null) continue;
      if (from.length < owned * row) return null;
      for (let k = 0; k < row; k++) to[id * row + k] = from[i * row + k];
    }
  }
  return rows === count ? out : null;
}

/** The number of `wordsOf` words in a row of `width` numbers. */
export function wordsPerRow(array: TypedArray, width: number): number {
  return width * array.BYTES_PER_ELEMENT / wordsOf(array).BYTES_PER_ELEMENT;
}

/** Picks rows from all ranks in the order given by `rows`; each row has the shape `extents`. */
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

/** The rows at some places of an array, `[places x width]`, in new memory. */
export function pickedRows(data: TypedArray, places: Int32Array, width: number): TypedArray {
  const kind = kindOf(data), from = wordsOf(data), row = wordsPerRow(data, width);
  const out = allocate(kind, places.length * width), to = wordsOf(out);
  for (let i = 0, at = 0; i < places.length; i++) {
    for (let k = places[i] * row; k < (places[i] + 1) * row; k++) to[at++] = from[k];
  }
  return out;
}
