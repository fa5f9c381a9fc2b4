/**
 * Searches in ascending lists.
 *
 * @module
 */

/** The first place between `begin` and `end` whose value is not below `value`; `end` where there is none. */
export function firstFrom(
  list: Int32Array,
  value: number,
  begin = 0,
  end: number = list.length,
): number {
  let low = begin, high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a value stands between `begin` and `end`, in values that differ; -1 where it does not. */
export function placeOf(
  list: Int32Array,
  value: number,
  begin = 0,
  end: number = list.length,
): number {
  const place = firstFrom(list, value, begin, end);
  return place < end && list[place] === value ? place : -1;
}
