import { firstFrom } from "./ascending.ts";
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";

/**
 * For every one of some things of this rank the sum of numbers over all things with lower ids, whichever rank has them.
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

/**
 * For every pair of this rank the sum of numbers over all pairs before it: those with a lower first number, or with
 * the same and a lower second one. Collective.
 *
 * @param firsts the first numbers, in any order; each pair is on one rank.
 */
export function sumsBeforePairs(
  firsts: Int32Array,
  seconds: Int32Array,
  numbers: Int32Array,
  comm: Comm,
): { before: Int32Array; total: number } {
  let low = Infinity, high = -Infinity;
  for (const first of firsts) {
    low = Math.min(low, first);
    high = Math.max(high, first);
  }
  low = comm.allreduce(low, "min");
  high = comm.allreduce(high, "max");
  // Each rank keeps the books for a block of first numbers.
  const share = Math.max(1, Math.ceil((high - low + 1) / comm.size));
  const keeper = (i: number) => Math.floor((firsts[i] - low) / share);
  const lists = listsByRank(firsts.length, comm.size, keeper);
  const books = comm.alltoallv(lists.map((list) => {
    const out = new Int32Array(3 * list.length);
    list.forEach((i, k) => out.set([firsts[i], seconds[i], numbers[i]], 3 * k));
    return out;
  }));
  const pairs = books.flatMap((book, rank) =>
    Array.from({ length: book.length / 3 }, (_, k) => ({ book, rank, at: 3 * k }))
  );
  pairs.sort((a, b) => a.book[a.at] - b.book[b.at] || a.book[a.at + 1] - b.book[b.at + 1]);
  const sum = pairs.reduce((all, { book, at }) => all + book[at + 2], 0);
  const answers = books.map((book) => new Int32Array(book.length / 3));
  let before = comm.exscan(sum);
  for (const { book, rank, at } of pairs) {
    answers[rank][at / 3] = before;
    before += book[at + 2];
  }
  const out = new Int32Array(firsts.length);
  comm.alltoallv(answers).forEach((answer, rank) =>
    lists[rank].forEach((i, k) => out[i] = answer[k])
  );
  return { before: out, total: comm.allreduce(sum) };
}
