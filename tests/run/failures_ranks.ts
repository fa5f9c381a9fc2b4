/**
 * Checkpoints of several ranks when something fails on one of them, and how runs end. Runs on workers in
 * `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { resumeOrStart } from "../../src/run/resume.ts";
import { CheckpointError } from "../../src/errors.ts";
import { denoLayer, type FileLayer } from "../../src/snapshot/file/file_layer.ts";
import { assertSameState, hasty, runTo, start, straight } from "./_sim.ts";

/** Runs all checks in `folder`, or in one of its own; returns how many there are. */
export async function main(comm: Comm, folder?: string): Promise<number> {
  const own = folder === undefined;
  const made = own && comm.rank === 0 ? Deno.makeTempDirSync({ prefix: "timestash_" }) : "";
  const place = folder ?? comm.bcast(made);
  const checks = [failedSaves, failedLabels, endings, guarded];
  for (const check of checks) {
    try {
      await check(comm, `${place}/${check.name}`);
    } catch (error) {
      throw new Error(`${check.name}: ${(error as Error).message}`, { cause: error });
    }
    comm.barrier();
  }
  if (own && comm.rank === 0) Deno.removeSync(place, { recursive: true });
  return checks.length;
}

const isLast = ({ rank, size }: Comm) => rank === size - 1;

/** A disk of the last rank that refuses to take one more file of a snapshot. */
function failingOn(fails: () => boolean): FileLayer {
  return {
    ...denoLayer,
    open(path, mode) {
      if (mode === "createNew" && /\.snap\./.test(path) && !path.includes(".json") && fails()) {
        throw Object.assign(new Error("disk full"), { code: "ENOSPC" });
      }
      return denoLayer.open(path, mode);
    },
  };
}

/** What one rank cannot write none has written; it is counted alike, and tried again. */
async function failedSaves(comm: Comm, folder: string): Promise<void> {
  let full = false;
  const layer = hasty(failingOn(() => full && isLast(comm)));
  const options = { every: { steps: 1 }, maxFailures: 2, layer };
  const { sim, checkpoints, warnings } = start(comm, folder, options);
  await runTo(sim, checkpoints, 1);
  full = true;
  await runTo(sim, checkpoints, 2);
  assertEquals(checkpoints.failures, 1);
  assertEquals(warnings.length, comm.rank === 0 ? 1 : 0);
  assertEquals((await checkpoints.list()).map(({ step }) => step), [1]);
  const error = await assertRejects(() => runTo(sim, checkpoints, 3), CheckpointError, "disk full");
  assertEquals(error.attempts, 2);
  full = false;
  await runTo(sim, checkpoints, 4);
  assertEquals([checkpoints.failures, (await checkpoints.list()).length], [0, 2]);
  full = true;
  await assertRejects(() => checkpoints.save(), Error, "disk full");
  assertEquals((await checkpoints.list()).map(({ step }) => step), [1, 4]);
  await checkpoints.load((await checkpoints.at({ step: 1 }))!);
  assertSameState(sim, straight(comm, 1), "the earlier one");
  await checkpoints.close();
  if (comm.rank > 0) return;
  const left = [...Deno.readDirSync(folder)].filter(({ name }) => name.includes("step2"));
  assertEquals(left, [], "nothing is left of what failed");
}

/** A script's own code that throws on one rank is a failed save on all. */
async function failedLabels(comm: Comm, folder: string): Promise<void> {
  const { sim, checkpoints } = start(comm, folder, {
    every: { steps: 1 },
    onError: "throw",
    labels: ({ tracker }) => {
      if (tracker.step === 2 && isLast(comm)) throw new RangeError("no misfit");
      return { norm: sim.T.norm() };
    },
  });
  await runTo(sim, checkpoints, 1);
  await assertRejects(() => runTo(sim, checkpoints, 2), RangeError, "no misfit");
  await runTo(sim, checkpoints, 3);
  sim.model.tracker.own = isLast(comm) ? () => {} : 1;
  const refused = () => checkpoints.save();
  await assertRejects(refused, Error, "tracker.own: a function cannot be saved");
  assertEquals((await checkpoints.list()).map(({ step }) => step), [1, 3]);
  await checkpoints.close();
}

/** How a run ended is known to all, and written down once. */
async function endings(comm: Comm, folder: string): Promise<void> {
  const { sim, checkpoints } = start(comm, folder, { every: { steps: 1 }, deleteOnSuccess: true });
  await runTo(sim, checkpoints, 2);
  await checkpoints.fail(new Error(`rank ${comm.rank} says no`));
  const [failed] = await checkpoints.runs();
  assertEquals([failed.status, failed.message], ["failed", "rank 0 says no"]);
  assertEquals(checkpoints.run, failed);
  const again = start(comm, folder, { every: { steps: 1 }, deleteOnSuccess: true });
  const { run, entry } = await resumeOrStart(again.sim.model, again.checkpoints);
  assertEquals([run.status, run.resumed, entry!.step], ["running", 1, 2]);
  // Held by another program, it is left alone.
  const third = start(comm, folder);
  assertEquals((await resumeOrStart(third.sim.model, third.checkpoints)).run.id, "drift-2");
  await third.checkpoints.close();
  await again.checkpoints.label(entry!, ["pinned"]);
  await runTo(again.sim, again.checkpoints, 3);
  await again.checkpoints.complete();
  assertEquals((await again.checkpoints.list()).map(({ step }) => step), [2]);
  assertEquals(again.checkpoints.run!.status, "completed");
}

/** A rank that throws while the others are in a call of the work, or of a save: the run failed, and all throw. */
async function guarded(comm: Comm, folder: string): Promise<void> {
  for (const saves of [false, true]) {
    const { sim, checkpoints } = start(comm, folder, { every: { steps: 1 } });
    const work = async () => {
      await resumeOrStart(sim.model, checkpoints);
      await runTo(sim, checkpoints, 2);
      if (isLast(comm)) throw new RangeError("blew up");
      if (saves) await checkpoints.afterItem();
      await runTo(sim, checkpoints, 4);
    };
    await assertRejects(() => checkpoints.guard(work), RangeError, "blew up");
    const [run] = await checkpoints.runs();
    assertEquals([run.status, checkpoints.failures], ["failed", 0]);
    assert(run.message!.endsWith("blew up"), run.message!);
    assertEquals((await checkpoints.latest())!.step, 2);
  }
  const again = start(comm, folder, { every: { steps: 1 } });
  await resumeOrStart(again.sim.model, again.checkpoints);
  const result = await again.checkpoints.guard(async () => {
    await runTo(again.sim, again.checkpoints, 4);
    return again.sim.model.tracker.step;
  });
  assertEquals([result, again.checkpoints.run!.status], [4, "completed"]);
  assertSameState(again.sim, straight(comm, 4), "after the failures");
}
