/**
 * Programs that go wrong, one for each name; `run_ranks_test.ts` looks at what the starter is told.
 *
 * @module
 */
import type { Comm } from "../../src/comm/comm.ts";
import { CommError, ConvergenceError } from "../../src/errors.ts";

type Program = (comm: Comm) => unknown;

/**
 * Longer than any test waits. Not for ever: a thread that computes outlives `terminate()`, and would take its
 * processor from all tests after this one.
 */
function computeForLong(): void {
  const end = performance.now() + 5000;
  while (performance.now() < end);
}

const programs: Record<string, Program> = {
  /** Rank 1 throws while the others wait in a collective. */
  throws(comm) {
    if (comm.rank === 1) throw new RangeError("dt must be positive, got -1");
    comm.barrier();
  },
  /** The same with one of the toolkit's classes, which has fields, and a cause. */
  throwsOwnClass(comm) {
    if (comm.rank === comm.size - 1) {
      throw new ConvergenceError("no convergence in 2 steps", [1, 0.5, 0.25], {
        cause: new TypeError("the matrix is singular"),
      });
    }
    comm.recv(comm.size - 1);
  },
  /** The others compute and never look. */
  throwsWhileOthersCompute(comm) {
    if (comm.rank === 0) throw new Error("rank 0 had enough");
    computeForLong();
  },
  throwsLater(comm) {
    if (comm.rank === 1) {
      setTimeout(() => {
        throw new Error("from a timer");
      }, 1);
    }
    return new Promise((resolve) => setTimeout(resolve, 5000));
  },
  rejectsAside(comm) {
    if (comm.rank === 0) Promise.reject(new CommError(0, "nobody waits for this"));
    return new Promise((resolve) => setTimeout(resolve, 5000));
  },
  throwsText() {
    throw "only text";
  },
  returnsEarly(comm) {
    if (comm.rank !== 0) comm.barrier();
  },
  returnsWithoutSending(comm) {
    if (comm.rank === 0) comm.recv(1, 4);
  },
  differentCalls(comm) {
    if (comm.rank === 0) comm.allgather(1);
    else comm.allreduce(1);
  },
  bothReceive(comm) {
    comm.recv(1 - comm.rank);
  },
  barrierAgainstReceive(comm) {
    if (comm.rank === 0) comm.barrier();
    else comm.recv(0);
  },
  sendTooMuch(comm) {
    if (comm.rank === 0) comm.send(new Float64Array(1e6), 1);
    else comm.recv(0, 8);
    comm.barrier();
  },
  /** Rank 1 computes for ever: only the clock can tell. */
  hangs(comm) {
    comm.allreduce(1);
    if (comm.rank === 1) computeForLong();
    comm.barrier();
  },
  neverSettles(comm) {
    if (comm.rank === 0) return new Promise(() => {});
    comm.barrier();
  },
  leaves(comm) {
    if (comm.rank === 1) Deno.exit(0);
    comm.barrier();
  },
  returnsFunction() {
    return () => 1;
  },
  /** A rank may survive an error that all ranks share. */
  survives(comm) {
    try {
      if (comm.rank === 0) comm.barrier();
      else comm.exscan(1);
    } catch (error) {
      if (!(error instanceof CommError)) throw error;
    }
    return comm.allreduce(comm.rank);
  },
  async awaits(comm) {
    let sum = 0;
    for (let k = 0; k < 3; k++) {
      await new Promise((resolve) => setTimeout(resolve, comm.rank));
      sum += comm.allreduce(k);
      await Promise.resolve();
    }
    return sum;
  },
  prints(comm) {
    for (let r = 0; r < comm.size; r++) {
      comm.barrier();
      if (comm.rank === r) console.log("rank", r, { of: comm.size }, "\nsecond line");
    }
    console.warn("%d done", comm.rank);
  },
};

/** Runs one of the programs. */
export function main(comm: Comm, name: string): unknown {
  return programs[name](comm);
}
