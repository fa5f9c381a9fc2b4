/**
 * Steps of a simulation on one rank and on two: implicit diffusion, a million particles, saving and
 * restoring 64 MB in memory and in files. On workers, and the same under MPI:
 *
 *     deno run --allow-read --allow-write bench/steps_on_ranks_bench.ts
 *     mpirun -np 2 deno run --allow-ffi --allow-read --allow-write bench/steps_on_ranks_bench.ts mpi
 *
 * Under MPI each job prints its own times; divide those of `-np 1` by those of `-np 2`.
 *
 * @module
 */
import { mpiWorld } from "../src/comm/mpi/world.ts";
import { runRanks } from "../src/comm/workers/run_ranks.ts";
import { main, type StepTimes } from "./step_ranks.ts";

type Row = readonly [name: string, argument: number | string];
type Times = StepTimes | Readonly<Record<"save" | "load" | "write" | "read", number>>;

const folder = await Deno.makeTempDir({ dir: "." });
const file = `${folder}/state.snap.h5`;
const rows: Row[] = [
  ["diffusion", 316],
  ["diffusion", 632],
  ["diffusion by timestash", 316],
  ["diffusion by timestash", 632],
  ["particles by function", 0],
  ["particles by field", 0],
  ["stash", file],
];

const shown = (times: Times) =>
  Object.entries(times).map(([what, value]) =>
    `${what} ${value.toFixed(what === "iterations" ? 0 : 1)}`
  )
    .join(", ");
const title = ([name, argument]: Row) =>
  typeof argument === "number" && argument > 0 ? `${name}, ${(argument + 1) ** 2} unknowns` : name;

try {
  if (Deno.args[0] === "mpi") {
    const comm = mpiWorld();
    const shared = comm.bcast(file);
    for (const [name, argument] of rows) {
      const times = await main(comm, name, name === "stash" ? shared : argument) as Times;
      if (comm.rank === 0) {
        console.log(`${comm.size} ranks, ${title([name, argument])} (ms): ${shown(times)}`);
      }
    }
    comm.barrier();
  } else {
    const program = new URL("./step_ranks.ts", import.meta.url);
    const onConsole = () => {};
    for (const row of rows) {
      if (row[0] === "diffusion by timestash") continue; // no other solver on workers
      const [[one], [two]] = [
        await runRanks<Times>(1, program, [...row], { onConsole }),
        await runRanks<Times>(2, program, [...row], { onConsole }),
      ];
      const ratios = Object.fromEntries(
        Object.entries(one).map(([what, value]) => [what, value / two[what as keyof Times]]),
      ) as unknown as Times;
      console.log(`${title(row)} (ms)\n  1 worker:  ${shown(one)}\n  2 workers: ${shown(two)}`);
      const text = Object.entries(ratios).filter(([what]) => what !== "iterations")
        .map(([what, ratio]) => `${what} ${ratio.toFixed(2)}`);
      console.log(`  times as quick on 2: ${text.join(", ")}`);
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
