/**
 * Work and decisions of the first rank for all ranks. A folder has one owner: with several ranks, the first
 * reads, locks, writes and removes, and sends the result to the others, so that all continue with equal
 * entries. With one rank nothing is sent.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { allOrNone, settled, valueOf } from "../comm/collective_errors.ts";
import { fromJson, toJson } from "../comm/plain_json.ts";

/**
 * Runs work on the first rank; all ranks get its result, or its error. Collective; the work itself must not
 * communicate.
 *
 * @param work Its result must consist of plain values, dates, lists and records.
 * @throws {Error} what the work threw.
 */
export async function onFirstRank<R>(comm: Comm, work: () => R | Promise<R>): Promise<R> {
  if (comm.size === 1) return await work();
  const attempt = comm.rank === 0
    ? await settled(async () => await work())
    : { value: undefined as R };
  const sent = allOrNone(comm, () => toJson(valueOf(attempt)));
  return comm.rank === 0 ? (comm.bcast(sent), valueOf(attempt)) : fromJson(comm.bcast(sent)) as R;
}

/** The first rank's value, on all ranks. Collective. */
export function fromFirstRank<R>(comm: Comm, value: R): R {
  if (comm.size === 1) return value;
  const sent = comm.bcast(comm.rank === 0 ? toJson(value) : null);
  return comm.rank === 0 ? value : fromJson(sent) as R;
}
