/**
 * Merges rows with ids, captured by several ranks, into one order.
 *
 * @module
 */
import { freeMemory, numbersOf } from "../arrays.ts";

/** Rows of several ranks; row i is row `rows[i]` of rank `ranks[i]`. */
export interface Rows {
  readonly ranks: Int32Array;
  readonly rows: Int32Array;
}

/**
 * Sorts all rows by ascending id. This is a merge if each rank's rows already ascend, as is usual.
 *
 * @param ids The ids of each rank's rows; they must not be negative.
 * @param twice Makes the error for a duplicate id.
 * @throws {Error} the error that `twice` makes.
 */
export function rowsById(ids: readonly BigInt64Array[], twice: (id: bigint) => Error): Rows {
  const total = ids.reduce((sum, own) => sum + own.length, 0);
  const ranks = new Int32Array(total), rows = new Int32Array(total);
  const lists = ids.map(ascending), next = lists.map(() => 0);
  const keys = lists.map(({ keys }) => keys[0] ?? Infinity);
  let last = -1;
  for (let i = 0; i < total; i++) {
    let rank = 0;
    for (let r = 1; r < keys.length; r++) if (keys[r] < keys[rank]) rank = r;
    const { keys: own, order } = lists[rank], at = next[rank]++;
    ranks[i] = rank;
    rows[i] = order === null ? at : order[at];
    if (own[at] === last) throw twice(ids[rank][rows[i]]);
    last = own[at];
    keys[rank] = at + 1 < own.length ? own[at + 1] : Infinity;
  }
  for (const { keys, order } of lists) freeMemory(order === null ? [keys] : [keys, order]);
  return { ranks, rows };
}

/** The ids as ascending numbers, and the row of each; `order` is null if they were ascending. */
export function ascending(ids: BigInt64Array): { keys: Float64Array; order: Int32Array | null } {
  const idOf = numbersOf(ids), keys = new Float64Array(ids.length);
  let rises = true;
  for (let i = 0; i < keys.length; i++) {
    keys[i] = idOf(i);
    if (i > 0 && keys[i] < keys[i - 1]) rises = false;
  }
  if (rises) return { keys, order: null };
  const order = new Int32Array(ids.length).map((_, i) => i).sort((a, b) => keys[a] - keys[b]);
  return { keys: keys.slice().sort(), order };
}
