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

/**
 * Ends work that may have communicated in the same way on all ranks: when it threw on one, all throw. A rank
 * that failed early waits here while others are in collective calls of the work; those calls become
 * `CommError`s, which lead them here too. Whoever has no error but that throws the error of the first rank
 * that failed for a reason of its own. Collective.
 *
 * @throws {Error} what was thrown here, or on the first rank that failed.
 */
export function endTogether(comm: Comm, { failed, error }: Ending): void {
  if (comm.size === 1) {
    if (failed) throw error;
    return;
  }
  if (!anyFailedAtEnd(comm, failed)) return;
  const all = comm.allgather(failed ? told(error) : null) as unknown as (Thrown | null)[];
  const reasons = all.map((thrown) => thrown !== null && thrown.name !== "CommError");
  const rank = reasons.includes(true)
    ? reasons.indexOf(true)
    : all.findIndex((thrown) => thrown !== null);
  const isEcho = error instanceof CommError && reasons.includes(true);
  if (failed && !isEcho) throw error;
  throw heard(all[rank]!, rank);
}

/** Whether work without communication failed on any rank. Collective. */
function anyFailed(comm: Comm, failed: boolean): boolean {
  if (comm instanceof CollectiveComm) return comm.outcomes.anyFailed(failed);
  return comm.allreduce(failed ? 1 : 0, "max") > 0;
}

/**
 * Whether work that may have communicated failed on any rank, once all of them ask; what others are in until
 * then fails there. Collective.
 */
export function anyFailedAtEnd(comm: Comm, failed: boolean): boolean {
  if (comm instanceof CollectiveComm) return comm.outcomes.anyFailedAtEnd(failed);
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
