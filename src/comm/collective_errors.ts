import { CommError } from "../errors.ts";
import { CollectiveComm } from "./collective_comm.ts";
import type { Comm, JsonValue } from "./comm.ts";
import { pack, type Thrown, unpack } from "./workers/thrown.ts";

/**
 * Does work that concerns this rank alone, and ends the same way on all: when it throws on one rank, it
 * throws on every rank. A rank whose own work went well throws the error of the first that failed, of the
 * same class, with that rank in the message. Collective; the work itself must not communicate.
 *
 * @throws {Error} what `work` threw here, or on the first rank that failed.
 */
export function together<R>(comm: Comm, work: () => R): R {
  if (comm.size === 1) return work();
  let result: R | undefined, error: unknown, failed = false;
  try {
    result = work();
  } catch (thrown) {
    error = thrown;
    failed = true;
  }
  if (!anyFailed(comm, failed)) return result as R;
  const all = comm.allgather(failed ? told(error) : null);
  if (failed) throw error;
  const rank = all.findIndex((thrown) => thrown !== null);
  throw heard(all[rank] as unknown as Thrown, rank);
}

/**
 * Requires of all ranks that they bring the same words. Collective.
 *
 * @param what The call in which they have to agree.
 * @throws {RangeError} on every rank, when they do not: it lists who brought what.
 */
export function requireSame(comm: Comm, what: string, words: string): void {
  if (comm.size === 1) return;
  const all = comm.allgather(words);
  if (all.every((other) => other === all[0])) return;
  const list = all.map((other, rank) => `\n  rank ${rank}: ${other}`).join("");
  throw new RangeError(`${what}: the ranks differ, and nothing was done:${list}`);
}

/** How asynchronous work ended, so that ranks can talk about it before one of them throws. */
export type Settled<R> = { readonly value: R } | { readonly error: unknown };

/** Waits for work that concerns this rank alone; never throws. */
export async function settled<R>(work: () => Promise<R>): Promise<Settled<R>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

/**
 * What the work came to; for use within {@link together}.
 *
 * @throws {Error} what the work threw.
 */
export function valueOf<R>(attempt: Settled<R>): R {
  if ("error" in attempt) throw attempt.error;
  return attempt.value;
}

/** How work ended: it threw `error`, or went well. */
export interface Ending {
  readonly failed: boolean;
  readonly error?: unknown;
}

/** How deep each communicator's ranks are in pieces of work that end together. */
const levels = new WeakMap<Comm, number>();

/** The level of a piece of work that begins now, from 1; pieces nest. */
function nextLevel(comm: Comm): number {
  return (levels.get(comm) ?? 0) + 1;
}

/** Begins a piece of work that {@link endTogether} will end, and that has others in it. Returns its level. */
export function beginTogether(comm: Comm): number {
  const level = nextLevel(comm);
  levels.set(comm, level);
  return level;
}

/** Says that a piece of work is over; once for each {@link beginTogether}. */
export function forgetTogether(comm: Comm): void {
  levels.set(comm, levels.get(comm)! - 1);
}

/**
 * Ends work that may have communicated in the same way on all ranks: when it threw on one, all throw. A rank
 * that failed early waits here while others are in collective calls of the work; those calls become
 * `CommError`s, which lead them here too. Whoever has no error but that throws the error of the first rank
 * that failed for a reason of its own. Where others have left the work around this one, it is a `CommError` as
 * well, which leads there. Collective.
 *
 * @param level of this piece of work; when left out, that of one inside what is under way.
 * @throws {Error} what was thrown here, or on the first rank that failed.
 */
export function endTogether(
  comm: Comm,
  { failed, error }: Ending,
  level: number = nextLevel(comm),
): void {
  if (comm.size === 1) {
    if (failed) throw error;
    return;
  }
  if (!anyFailedAtEnd(comm, failed, level)) return;
  const all = comm.allgather(failed ? told(error) : null) as unknown as (Thrown | null)[];
  const reasons = all.map((thrown) => thrown !== null && thrown.name !== "CommError");
  const rank = reasons.includes(true)
    ? reasons.indexOf(true)
    : all.findIndex((thrown) => thrown !== null);
  const isEcho = error instanceof CommError && reasons.includes(true);
  if (failed && !isEcho) throw error;
  throw heard(all[rank]!, rank);
}

/**
 * Asynchronous work that may communicate, with one end for all ranks: the value, or an error everywhere.
 * Collective.
 *
 * @throws {Error} as {@link endTogether}.
 */
export async function inUnison<R>(comm: Comm, work: () => R | Promise<R>): Promise<R> {
  if (comm.size === 1) return await work();
  const level = beginTogether(comm);
  try {
    const attempt = await settled(async () => await work());
    endTogether(comm, { failed: "error" in attempt, ...attempt }, level);
    return valueOf(attempt);
  } finally {
    forgetTogether(comm);
  }
}

/** Whether work without communication failed on any rank. Collective. */
function anyFailed(comm: Comm, failed: boolean): boolean {
  if (comm instanceof CollectiveComm) return comm.outcomes.anyFailed(failed);
  return comm.allreduce(failed ? 1 : 0, "max") > 0;
}

/**
 * Whether work that may have communicated failed on any rank, once all of them ask; what others are in until
 * then fails there. Collective.
 *
 * @throws {CommError} when another rank has left the work around this one.
 */
export function anyFailedAtEnd(
  comm: Comm,
  failed: boolean,
  level: number = nextLevel(comm),
): boolean {
  if (comm instanceof CollectiveComm) return comm.outcomes.anyFailedAtEnd(failed, level);
  return comm.allreduce(failed ? 1 : 0, "max") > 0;
}

/** An error as JSON: fields that are no plain values stay behind. */
function told(error: unknown): JsonValue {
  const { name, message, fields } = pack(error);
  const plain = Object.entries(fields).filter(([, value]) =>
    Array.isArray(value) ? value.every(isPlain) : isPlain(value)
  );
  return { name, message, fields: Object.fromEntries(plain) as Record<string, JsonValue> };
}

function isPlain(value: unknown): boolean {
  return ["number", "string", "boolean"].includes(typeof value) || value === null;
}

function heard({ name, message, fields }: Thrown, rank: number): Error {
  return unpack({ name, message: `rank ${rank}: ${message}`, stack: "", fields, cause: null });
}
