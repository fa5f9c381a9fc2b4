/** The numbers from 0 to `count - 1` by rank, ascending; those of rank -1 are left out. */
export function listsByRank(
  count: number,
  ranks: number,
  rankOf: (i: number) => number,
): Int32Array[] {
  const ends = new Int32Array(ranks + 1);
  for (let i = 0; i < count; i++) {
    const rank = rankOf(i);
    if (rank >= 0) ends[rank + 1]++;
  }
  for (let r = 0; r < ranks; r++) ends[r + 1] += ends[r];
  const starts = ends.slice(), order = new Int32Array(ends[ranks]);
  for (let i = 0; i < count; i++) {
    const rank = rankOf(i);
    if (rank >= 0) order[starts[rank]++] = i;
  }
  return Array.from({ length: ranks }, (_, r) => order.subarray(ends[r], ends[r + 1]));
}
