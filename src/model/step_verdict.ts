/**
 * The outcome of an attempted step, on this rank and on all ranks.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { anyFailedAtEnd, endCollective, type Ending } from "../comm/collective_errors.ts";
import { ConvergenceError, MeshTangledError } from "../errors.ts";

/**
 * Whether an attempted step is accepted, and why not; `error` is relative to the tolerance, and `order` that of the
 * scheme whose error it is, where the script does not say.
 */
export interface StepVerdict {
  readonly holds: boolean;
  readonly reason: string;
  readonly error: number | null;
  readonly order?: number;
}

/** What the step threw, except for a failure to converge and a mesh that tangles. */
export interface StepFailure {
  readonly thrown: unknown;
}

/**
 * The verdict of `work`. A step that does not converge or tangles the mesh is rejected, and so is one that throws
 * after a field became non-finite.
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
    if (thrown instanceof MeshTangledError) {
      return { holds: false, reason: `the mesh tangles: ${thrown.message}`, error: null };
    }
    const name = wild();
    if (name === null) return { thrown };
    const { message } = thrown as Error;
    return { holds: false, reason: `${name} is not finite (${message})`, error: null };
  }
}

/**
 * The verdict of all ranks. A step is accepted if every rank accepts it, with the largest of their errors;
 * the reason is that of the first rank that rejects it. Otherwise a failure on one rank is a failure on all.
 * Collective.
 */
export function agreedVerdict(
  comm: Comm,
  own: StepVerdict | StepFailure,
): StepVerdict | StepFailure {
  if (comm.size === 1) return own;
  // Other ranks may still be in a collective call of the step.
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
    ...("order" in own && { order: own.order }),
  };
}

function failureOf(comm: Comm, own: StepVerdict | StepFailure): StepFailure {
  try {
    endCollective(comm, "thrown" in own ? { failed: true, error: own.thrown } : { failed: false });
  } catch (thrown) {
    return { thrown };
  }
  throw new Error("a rank failed without an error");
}

/**
 * Whether a predicate is true on all ranks. It may communicate; if it throws on one rank, it throws on all.
 * Collective.
 *
 * @throws {TypeError} when it returns neither true nor false.
 */
export function heldByAll(comm: Comm, holds: () => boolean): boolean {
  let verdict: unknown, ending: Ending = { failed: false };
  try {
    verdict = holds();
    if (typeof verdict !== "boolean") {
      throw new TypeError(
        `bisect: the predicate must return true or false, got ${Deno.inspect(verdict)}`,
      );
    }
  } catch (error) {
    ending = { failed: true, error };
  }
  endCollective(comm, ending);
  return comm.size === 1 ? verdict === true : comm.allreduce(verdict ? 1 : 0, "min") === 1;
}
