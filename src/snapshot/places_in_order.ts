/**
 * The order of things that have ids and are divided among ranks, without a list of all of them anywhere.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import { ascending, rowsById } from "./rows_by_id.ts";

/** How many ids, for each rank, tell where the ranges of ids are cut; more make these more equal. */
const SAMPLES = 32;

/**
 * Where each id stands among the ids of all ranks in ascending order, `[ids.length]`. Each rank gets a range of ids
 * with about equally many of them, and numbers these. Collective.
 *
 * @param ids They must not be negative.
 * @param twice Makes the error for an id that is there twice.
 * @throws {Error} the error that `twice` makes, on every rank.
 */
export function placesInOrder(
  comm: Comm,
  ids: BigInt64Array,
  twice: (id: bigint) => Error,
): Int32Array {
  const { keys, order } = ascending(ids), sorted = BigInt64Array.from(keys, BigInt);
  const cuts = cutsOf(comm, keys);
  const ends = cuts.map((cut) => firstAtLeast(keys, cut));
  const parts = Array.from({ length: comm.size }, (_, r) => {
    return sorted.subarray(r === 0 ? 0 : ends[r - 1], r < ends.length ? ends[r] : keys.length);
  });
  const arrived = comm.alltoallv(parts);
  const { ranks, rows } = allOrNone(comm, () => rowsById(arrived, twice));
  const first = comm.exscan(rows.length);
  const answers = arrived.map(({ length }) => new Int32Array(length));
  for (let i = 0; i < rows.length; i++) answers[ranks[i]][rows[i]] = first + i;
  const places = new Int32Array(ids.length);
  let at = 0;
  for (const answer of comm.alltoallv(answers)) {
    for (const place of answer) places[order === null ? at : order[at]] = place, at++;
  }
  return places;
}

/** The first id of the range of each rank but the first. Collective. */
function cutsOf(comm: Comm, keys: Float64Array): number[] {
  const { size } = comm, total = comm.allreduce(keys.length);
  const count = total === 0 ? 0 : Math.ceil(SAMPLES * size * keys.length / total);
  const own = Float64Array.from(
    { length: count },
    (_, i) => keys[Math.floor(i * keys.length / count)],
  );
  const all = comm.allgatherv(own).sort();
  return Array.from({ length: size - 1 }, (_, r) => {
    return all.length === 0 ? 0 : all[Math.floor((r + 1) * all.length / size)];
  });
}

/** The number of ascending keys below a value. */
function firstAtLeast(keys: Float64Array, value: number): number {
  let low = 0, high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
