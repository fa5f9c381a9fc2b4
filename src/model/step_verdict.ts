/**
 * How a try of a step went, on this rank and on all of them.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { anyFailedAtEnd, endCollective, type Ending } from "../comm/collective_errors.ts";
import { ConvergenceError } from "../errors.ts";

/** How one try went; `error` is scaled by the tolerance. */
export interface StepVerdict {
  readonly holds: boolean;
  readonly reason: string;
  readonly error: number | null;
}

/** What the step threw, other than that it did not converge. */
export interface StepFailure {
  readonly thrown: unknown;
}

/**
 * What `work` finds; a step that does not converge does not hold, and neither does one that stumbles over
 * a field that blew up.
 *
 * @param wild Names a field that became non-finite, or null.
 */
export async function attemptedStep(
  work: () => Promise<StepVerdict>,
  wild: () => string | null = () => null,
): Promise<StepVerdict | StepFailure> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof ConvergenceError) {
      return { holds: false, reason: `no convergence: ${thrown.message}`, error: null };
    }
    const name = wild();
    if (name === null) return { thrown };
    const { message } = thrown as Error;
    return { holds: false, reason: `${name} is not finite (${message})`, error: null };
  }
}

/**
 * The verdict of all ranks: a step holds when it holds everywhere, with the largest error of all; the
 * first rank that takes it back says why. Otherwise a failure on one rank is one on all. Collective.
 */
export function agreedVerdict(
  comm: Comm,
  own: StepVerdict | StepFailure,
): StepVerdict | StepFailure {
  if (comm.size === 1) return own;
  // Others may be in a call of the step still.
  anyFailedAtEnd(comm, "thrown" in own);
  const all = comm.allgather(
    "thrown" in own ? null : [own.holds, own.reason, own.error],
  ) as ([boolean, string, number | null] | null)[];
  const refused = all.find((verdict) => verdict !== null && !verdict[0]);
  if (refused === undefined && all.includes(null)) return failureOf(comm, own);
  const errors = all.map((verdict) => verdict === null ? null : verdict[2]);
  return {
    holds: refused === undefined,
    reason: (refused ?? all[0])![1],
    error: errors.includes(null) ? null : Math.max(...errors as number[]),
  };
}

function failureOf(comm: Comm, own: StepVerdict | StepFailure): StepFailure {
  try {
    endCollective(comm, "thrown" in own ? { failed: true, error: own.thrown } : { failed: false });
  } catch (thrown) {
    return { thrown };
  }
  throw new Error("a rank failed and did not say so");
}

/**
 * Whether a predicate is true on all ranks; it may communicate, and where it throws on one it throws on all.
 * Collective.
 *
 * @throws {TypeError} when it gives neither true nor false.
 */
export function heldByAll(comm: Comm, holds: () => boolean): boolean {
  let verdict: unknown, ending: Ending = { failed: false };
  try {
    verdict = holds();
    if (typeof verdict !== "boolean") {
      throw new TypeError(
        `bisect: the predicate gives true or false, got ${Deno.inspect(verdict)}`,
      );
    }
  } catch (error) {
    ending = { failed: true, error };
  }
  endCollective(comm, ending);
  return comm.size === 1 ? verdict === true : comm.allreduce(verdict ? 1 : 0, "min") === 1;
}
