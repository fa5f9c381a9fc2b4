/**
 * A run of several ranks with checkpoints that goes on where it stopped, as a job on a cluster does; under MPI, or
 * on threads with `--threads N`. It takes a folder, and the number of steps; then words that say what happens to it:
 *
 * - `kill-step R S`: rank R kills itself with SIGKILL in step S;
 * - `kill-save R S W`: rank R kills itself in the save of step S, at moment W of those of `moments`;
 * - `slow MS`: it waits so many milliseconds in each step, so that somebody has time to send a signal.
 *
 * At its end it compares every byte of its state with that of a run that nothing interrupted.
 *
 * @module
 */
import type { Comm } from "../../src/comm/comm.ts";
import { mpiWorld } from "../../src/comm/mpi/world.ts";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import type {
  CheckpointsEnvironment,
  CheckpointsOptions,
} from "../../src/run/checkpoint_options.ts";
import { Checkpoints } from "../../src/run/checkpoints.ts";
import { resumeOrStart } from "../../src/run/resume.ts";
import { denoLayer } from "../../src/snapshot/file/file_layer.ts";
import { assertSameState, build, step, straight } from "../run/_sim.ts";
import { killing, moments } from "./_killing.ts";

/** The run, on one rank. */
export async function main(comm: Comm, words: readonly string[]): Promise<void> {
  const [folder, steps, what = "", rank, at, moment] = words;
  const kills = comm.rank === Number(rank);
  const dies = () => Deno.kill(Deno.pid, "SIGKILL");
  const sim = build(comm);
  const inSave = what === "kill-save" && kills;
  const now = () => sim.model.tracker.step === Number(at);
  const options: CheckpointsOptions & CheckpointsEnvironment = {
    every: { steps: 2 },
    keep: { last: 3 },
    signals: ["SIGINT", "SIGTERM", "SIGUSR2"],
    ...(inSave && { layer: killing(denoLayer, moments[Number(moment)], now, dies) }),
  };
  const checkpoints = new Checkpoints(sim.model, folder, options);
  const { message } = await resumeOrStart(sim.model, checkpoints);
  if (comm.rank === 0) console.log(message);
  while (sim.model.tracker.step < Number(steps)) {
    if (what === "slow") await new Promise((resolve) => setTimeout(resolve, Number(rank)));
    if (what === "kill-step" && kills && sim.model.tracker.step === Number(at)) dies();
    step(sim);
    await checkpoints.afterStep();
  }
  assertSameState(sim, straight(comm, Number(steps)), "the end");
  if (comm.rank === 0) console.log("every byte is that of a run that nothing interrupted");
  await checkpoints.complete();
}

if (import.meta.main) {
  const { args } = Deno;
  if (args[0] !== "--threads") await main(mpiWorld(), args);
  else await runRanks(Number(args[1]), import.meta.url, [args.slice(2)]);
}
