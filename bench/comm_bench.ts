/**
 * Barrier, 8-byte allreduce and large gathers on 2 workers; started by mpirun, the same under MPI:
 *
 *     deno run --allow-read bench/comm_bench.ts
 *     mpirun -np 2 deno run --allow-ffi --allow-read bench/comm_bench.ts mpi
 *
 * @module
 */
import { mpiHandleOf, mpiWorld } from "../src/comm/mpi/world.ts";
import { runRanks } from "../src/comm/workers/run_ranks.ts";
import { type CommTimes, main } from "./comm_ranks.ts";

function print(where: string, times: CommTimes): void {
  const microseconds = (seconds: number) => `${(seconds * 1e6).toFixed(2)} us`;
  console.log(
    `${where}: barrier ${microseconds(times.barrier)}, ` +
      `allreduce of 8 bytes ${microseconds(times.allreduce)}, ` +
      `alltoallv of 8 kB ${microseconds(times.alltoallv)}, ` +
      `allgatherv of 8 MB ${(times.allgatherBytesPerSecond / 1e9).toFixed(1)} GB/s`,
  );
}

if (Deno.args[0] === "mpi") {
  const comm = mpiWorld();
  const times = main(comm);
  if (comm.rank === 0) print(`${mpiHandleOf(comm)!.flavour}, ${comm.size} ranks`, times);
} else {
  const count = Number(Deno.args[0] ?? 2);
  const program = new URL("./comm_ranks.ts", import.meta.url);
  const start = performance.now();
  const times = await runRanks<CommTimes>(count, program);
  print(`${count} workers`, times[0]);
  const text = "data:text/javascript,export const main = () => performance.now();";
  const again = performance.now();
  await runRanks(count, text);
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `start and end of ${count} workers ${(performance.now() - again).toFixed(0)} ms, ` +
      `all ${seconds.toFixed(1)} s`,
  );
}
