import { CommError } from "../errors.ts";
import { CollectiveComm } from "./collective_comm.ts";
import type { Comm, JsonValue } from "./comm.ts";
import { newXxh64 } from "../xxh64.ts";
import { pack, type Thrown, unpack } from "./thrown.ts";

/**
 * Runs work that does not communicate, and ends it the same way on all ranks: if it throws on one rank,
 * it throws on every rank. A rank whose own work succeeded throws the error of the first rank that failed:
 * the same class, with the rank in the message. Collective.
 *
 * @throws {Error} what `work` threw here, or on the first rank that failed.
 */
export function allOrNone<R>(comm: Comm, work: () => R): R {
  if (comm.size === 1) return work();
  let result: R | undefined, error: unknown, failed = false;
  try {
    result = work();
  } catch (thrown) {
    error = thrown;
    failed = true;
  }
  if (!anyFailed(comm, failed)) return result as R;
  const all = comm.allgather(failed ? packed(error) : null);
  if (failed) throw error;
  const rank = all.findIndex((thrown) => thrown !== null);
  throw unpacked(all[rank] as unknown as Thrown, rank);
}

/**
 * Runs work that does not communicate on the first rank alone, for all: if it throws, every rank throws the same error,
 * of the same class and with the same message. Collective.
 *
 * @returns what `work` returned on the first rank; null on others.
 * @throws {Error} what `work` threw.
 */
export function onFirst<R>(comm: Comm, work: () => R): R | null {
  if (comm.size === 1) return work();
  let result: R | null = null, error: unknown, failed = false;
  try {
    if (comm.rank === 0) result = work();
  } catch (thrown) {
    error = thrown;
    failed = true;
  }
  if (!anyFailed(comm, failed)) return result;
  const thrown = comm.bcast(failed ? packed(error) : null) as unknown as Thrown;
  if (failed) throw error;
  throw unpack({ ...thrown, stack: "", cause: null });
}

/** The text that the first rank makes, on all ranks; errors are those of {@link onFirst}. Collective. */
export function saidByFirst(comm: Comm, work: () => string): string {
  const text = onFirst(comm, work) ?? "";
  return comm.size === 1 ? text : comm.bcast(text);
}

/**
 * Requires that all ranks pass the same text. Collective.
 *
 * @param what The call in which they have to agree.
 * @throws {RangeError} on every rank, when they do not: it lists what each rank passed.
 */
export function requireSame(comm: Comm, what: string, words: string): void {
  if (comm.size === 1 || allPass(comm, words)) return;
  const all = comm.allgather(words);
  if (all.every((other) => other === all[0])) return;
  const list = all.map((other, rank) => `\n  rank ${rank}: ${other}`).join("");
  throw new RangeError(`${what}: the ranks differ, and nothing was done:${list}`);
}

/** Whether all ranks pass the same text; `false` where that takes comparing the texts themselves. Collective. */
function allPass(comm: Comm, words: string): boolean {
  if (!(comm instanceof CollectiveComm)) return false;
  const hash = newXxh64();
  hash.update(new TextEncoder().encode(words));
  const digest = hash.digest();
  const low = Number(BigInt.asIntN(32, digest)), high = Number(BigInt.asIntN(32, digest >> 32n));
  return comm.outcomes.allPass(low, high);
}

/** The result of asynchronous work, kept so that the ranks can agree before one of them throws. */
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
 * The value that the work returned; for use inside {@link allOrNone}.
 *
 * @throws {Error} what the work threw.
 */
export function valueOf<R>(attempt: Settled<R>): R {
  if ("error" in attempt) throw attempt.error;
  return attempt.value;
}

/** How work ended: with `error`, or without one. */
export interface Ending {
  readonly failed: boolean;
  readonly error?: unknown;
}

/** How many nested pieces of collective work each communicator's ranks are in. */
const depths = new WeakMap<Comm, number>();

/** The depth of a piece of work that begins now; the outermost has depth 1. */
function nextDepth(comm: Comm): number {
  return (depths.get(comm) ?? 0) + 1;
}

/** Begins a piece of work that {@link endCollective} will end and that may contain others. Returns its depth. */
export function beginCollective(comm: Comm): number {
  const depth = nextDepth(comm);
  depths.set(comm, depth);
  return depth;
}

/** Closes a piece of work, once for each {@link beginCollective}. */
export function closeCollective(comm: Comm): void {
  depths.set(comm, depths.get(comm)! - 1);
}

/**
 * Ends work that may have communicated in the same way on all ranks: if it threw on one, all throw. A rank
 * that failed early waits here while others are in collective calls of the work; those calls throw a
 * `CommError`, which brings the others here too. A rank that has no error except such a `CommError` throws
 * the error of the first rank that failed for a reason of its own. If other ranks have already left the work
 * that encloses this one, a `CommError` is thrown as well, which brings this rank there. Collective.
 *
 * @param depth of this piece of work; defaults to that of one inside the current work.
 * @throws {Error} what was thrown here, or on the first rank that failed.
 */
export function endCollective(
  comm: Comm,
  { failed, error }: Ending,
  depth: number = nextDepth(comm),
): void {
  if (comm.size === 1) {
    if (failed) throw error;
    return;
  }
  if (!anyFailedAtEnd(comm, failed, depth)) return;
  const all = comm.allgather(failed ? packed(error) : null) as unknown as (Thrown | null)[];
  const reasons = all.map((thrown) => thrown !== null && thrown.name !== "CommError");
  const rank = reasons.includes(true)
    ? reasons.indexOf(true)
    : all.findIndex((thrown) => thrown !== null);
  const isEcho = error instanceof CommError && reasons.includes(true);
  if (failed && !isEcho) throw error;
  throw unpacked(all[rank]!, rank);
}

/**
 * Runs asynchronous work that may communicate, and ends it the same way on all ranks: the value, or an
 * error on every rank. Collective.
 *
 * @throws {Error} as {@link endCollective}.
 */
export async function allOrNoneAsync<R>(comm: Comm, work: () => R | Promise<R>): Promise<R> {
  if (comm.size === 1) return await work();
  const depth = beginCollective(comm);
  try {
    const attempt = await settled(async () => await work());
    endCollective(comm, { failed: "error" in attempt, ...attempt }, depth);
    return valueOf(attempt);
  } finally {
    closeCollective(comm);
  }
}

/** Whether work without communication failed on any rank. Collective. */
function anyFailed(comm: Comm, failed: boolean): boolean {
  if (comm instanceof CollectiveComm) return comm.outcomes.anyFailed(failed);
  return comm.allreduce(failed ? 1 : 0, "max") > 0;
}

/**
 * Whether work that may have communicated failed on any rank, once all of them have reached its end; the
 * collective calls that other ranks are still in throw there. Collective.
 *
 * @throws {CommError} when another rank has left the work that encloses this one.
 */
export function anyFailedAtEnd(
  comm: Comm,
  failed: boolean,
  depth: number = nextDepth(comm),
): boolean {
  if (comm instanceof CollectiveComm) return comm.outcomes.anyFailedAtEnd(failed, depth);
  return comm.allreduce(failed ? 1 : 0, "max") > 0;
}

/** An error as JSON; fields that are not plain values are dropped. */
function packed(error: unknown): JsonValue {
  const { name, message, fields } = pack(error);
  const plain = Object.entries(fields).filter(([, value]) =>
    Array.isArray(value) ? value.every(isPlain) : isPlain(value)
  );
  return { name, message, fields: Object.fromEntries(plain) as Record<string, JsonValue> };
}

function isPlain(value: unknown): boolean {
  return ["number", "string", "boolean"].includes(typeof value) || value === null;
}

/** The error of another rank, with that rank in its message. */
function unpacked({ name, message, fields }: Thrown, rank: number): Error {
  return unpack({ name, message: `rank ${rank}: ${message}`, stack: "", fields, cause: null });
}
