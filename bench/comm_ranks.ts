/**
 * What each rank does in `comm_bench.ts`.
 *
 * @module
 */
import type { Comm } from "../src/comm/comm.ts";

/** Seconds per call, on this rank. */
export interface CommTimes {
  readonly barrier: number;
  readonly allreduce: number;
  /** 8 MB of every rank to every rank, as bytes that arrive on one rank per second. */
  readonly allgatherBytesPerSecond: number;
  /** 1000 numbers exchanged with every other rank. */
  readonly alltoallv: number;
}

/** The best of many short rounds, since other work on the machine only ever adds. */
function secondsPerCall(comm: Comm, rounds: number, calls: number, call: () => void): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    comm.barrier();
    const start = performance.now();
    for (let i = 0; i < calls; i++) call();
    best = Math.min(best, (performance.now() - start) / calls / 1000);
  }
  return comm.allreduce(best, "max");
}

/** Measures in `rounds` rounds. */
export function main(comm: Comm, rounds = 40): CommTimes {
  const million = new Float64Array(1e6).fill(comm.rank);
  const parts = Array.from({ length: comm.size }, () => new Float64Array(1000));
  const gather = secondsPerCall(comm, rounds, 1, () => comm.allgatherv(million));
  return {
    barrier: secondsPerCall(comm, rounds, 500, () => comm.barrier()),
    allreduce: secondsPerCall(comm, rounds, 500, () => comm.allreduce(1.5)),
    allgatherBytesPerSecond: 8e6 * comm.size / gather,
    alltoallv: secondsPerCall(comm, rounds, 50, () => comm.alltoallv(parts)),
  };
}
