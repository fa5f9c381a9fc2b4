/**
 * How a try of a step went, on this rank and on all of them.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { together } from "../comm/together.ts";
import { ConvergenceError } from "../errors.ts";

/** How one try went; `error` is scaled by the tolerance. */
export interface Verdict {
  readonly holds: boolean;
  readonly reason: string;
  readonly error: number | null;
}

/** What the step threw, other than that it did not converge. */
export interface Failure {
  readonly thrown: unknown;
}

/** What `work` finds; a step that does not converge does not hold. */
export async function attempted(work: () => Promise<Verdict>): Promise<Verdict | Failure> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof ConvergenceError)) return { thrown };
    return { holds: false, reason: `no convergence: ${thrown.message}`, error: null };
  }
}

/**
 * The verdict of all ranks: a step holds when it holds everywhere, with the largest error of all; the
 * first rank that takes it back says why, and a failure on one rank is one on all. Collective.
 */
export function agreed(comm: Comm, own: Verdict | Failure): Verdict | Failure {
  if (comm.size === 1) return own;
  try {
    together(comm, () => {
      if ("thrown" in own) throw own.thrown;
    });
  } catch (thrown) {
    return { thrown };
  }
  const { holds, reason, error } = own as Verdict;
  const all = comm.allgather([holds, reason, error]) as [boolean, string, number | null][];
  const errors = all.map(([, , scaled]) => scaled);
  return {
    holds: all.every(([held]) => held),
    reason: (all.find(([held]) => !held) ?? all[0])[1],
    error: errors.includes(null) ? null : Math.max(...errors as number[]),
  };
}
