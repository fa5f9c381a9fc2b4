/**
 * A program of two ranks that saves, steps, and saves in the background to the same file; then it does not get on,
 * or ends without asking how the save went.
 *
 * @module
 */
import type { Comm } from "../../src/comm/comm.ts";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { step, straight } from "../run/_sim.ts";

/** What each rank does; `stays` tells whether it stands still at the end. */
export async function main(comm: Comm, file: string, stays: boolean): Promise<void> {
  const sim = straight(comm, 1);
  await sim.model.saveState({ file });
  step(sim);
  const save = sim.model.saveState({ file, background: true });
  // Until the thread has written this rank's part.
  const bulk = file.replace(/h5$/, "bulk");
  while ([...Deno.readDirSync(bulk)].length < 2 * comm.size) {
    await new Promise((wake) => setTimeout(wake, 5));
  }
  if (comm.rank === 0) console.log(save.state);
  if (stays) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
}

if (import.meta.main) {
  const onConsole = (_: number, __: string, line: string) => console.log(line);
  await runRanks(2, import.meta.url, [Deno.args[0], Deno.args[1] === "stays"], { onConsole });
}
