/**
 * The order of numbers that ranks have, found without bringing them together.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";

/** Where numbers of this rank stand among those of all. */
export interface OrderAmong {
  /** How many numbers of all ranks stand before each, `[count]`; of equal ones, those with a lower index do. */
  readonly places: Int32Array;
  /** How many numbers all ranks have. */
  readonly total: number;
}

/**
 * Sorts the numbers of all ranks: each rank sorts those of one range, and tells where they stand. Collective.
 *
 * @param numbers Ascending, from 0 to `bound - 1`; other ranks have other ones.
 */
export function orderAmong(numbers: Int32Array, bound: number, comm: Comm): OrderAmong {
  const { size } = comm, parts: Int32Array[] = [];
  let first = 0;
  for (let rank = 0; rank < size; rank++) {
    let last = first;
    while (last < numbers.length && Math.floor(numbers[last] * size / bound) <= rank) last++;
    parts.push(numbers.slice(first, last));
    first = last;
  }
  const theirs = comm.alltoallv(parts);
  const all = new Int32Array(theirs.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of theirs) {
    all.set(list, at);
    at += list.length;
  }
  all.sort();
  const before = comm.exscan(all.length), total = comm.allreduce(all.length);
  const answers = comm.alltoallv(theirs.map((list) => placesIn(list, all, before)));
  const places = new Int32Array(numbers.length);
  at = 0;
  for (const answer of answers) {
    places.set(answer, at);
    at += answer.length;
  }
  return { places, total };
}

/** The places of the numbers of a list in a longer one; both ascend. */
function placesIn(list: Int32Array, all: Int32Array, before: number): Int32Array {
  let place = -1;
  return list.map((value, i) => {
    if (i > 0 && list[i - 1] === value) place++;
    else do place++; while (all[place] !== value);
    return before + place;
  });
}
