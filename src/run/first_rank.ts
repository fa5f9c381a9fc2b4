/**
 * What the first rank does and decides for all. A folder has one owner: with several ranks the first one
 * looks, locks, writes and removes, and tells the others what came of it, so that all of them go on with equal
 * entries. With one rank nothing is sent.
 *
 * @module
 */
import type { Comm, JsonValue } from "../comm/comm.ts";
import { allOrNone, settled, valueOf } from "../comm/collective_errors.ts";

/**
 * Has the first rank do some work. Its result is everybody's, and so is its error. Collective; the work itself
 * must not communicate.
 *
 * @param work Its result is made of plain values, dates, lists and records.
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

/** The first rank's value, on all of them. Collective. */
export function fromFirstRank<R>(comm: Comm, value: R): R {
  if (comm.size === 1) return value;
  const sent = comm.bcast(comm.rank === 0 ? toJson(value) : null);
  return comm.rank === 0 ? value : fromJson(sent) as R;
}

/** JSON has no dates, and nothing for what is not there: these stand in objects of their own kind. */
function toJson(value: unknown): JsonValue {
  if (value === undefined) return {};
  if (value instanceof Date) return { date: value.getTime() };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value as JsonValue;
  const fields = Object.entries(value).map(([name, field]) => [name, toJson(field)]);
  return { record: Object.fromEntries(fields) };
}

function fromJson(sent: JsonValue): unknown {
  if (Array.isArray(sent)) return sent.map(fromJson);
  if (typeof sent !== "object" || sent === null) return sent;
  if ("date" in sent) return new Date(sent.date as number);
  if (!("record" in sent)) return undefined;
  const fields = Object.entries(sent.record as Record<string, JsonValue>);
  return Object.fromEntries(fields.map(([name, field]) => [name, fromJson(field)]));
}
