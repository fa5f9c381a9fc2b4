import { firstFrom } from "./ascending.ts";
import type { Comm } from "../comm/comm.ts";

/**
 * For every one of some things of this rank the sum of numbers over all things with lower ids, whoever has them.
 * Collective.
 *
 * @param ids Global ids, ascending; each is on one rank, and those that are on none have 0.
 * @param globalCount Ids are below it.
 * @param numbers `[ids.length]`.
 */
export function sumsBefore(
  ids: Int32Array,
  globalCount: number,
  numbers: Int32Array,
  comm: Comm,
): { before: Int32Array; total: number } {
  // Rank r keeps the books for the ids from r * share on.
  const share = Math.max(1, Math.ceil(globalCount / comm.size));
  const ends = Array.from({ length: comm.size + 1 }, (_, r) => firstFrom(ids, r * share));
  const partsOf = (list: Int32Array) => ends.slice(1).map((end, r) => list.slice(ends[r], end));
  const asked = comm.alltoallv(partsOf(ids));
  const given = comm.alltoallv(partsOf(numbers));
  const first = comm.rank * share, book = new Int32Array(share);
  asked.forEach((list, r) => list.forEach((id, i) => book[id - first] = given[r][i]));
  let sum = 0;
  for (let i = 0; i < share; i++) {
    const own = book[i];
    book[i] = sum;
    sum += own;
  }
  const offset = comm.exscan(sum);
  const answers = comm.alltoallv(asked.map((list) => list.map((id) => book[id - first] + offset)));
  const before = new Int32Array(ids.length);
  answers.forEach((answer, r) => before.set(answer, ends[r]));
  return { before, total: comm.allreduce(sum) };
}
