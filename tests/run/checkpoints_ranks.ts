/**
 * Checkpoints of several ranks: when they are taken, which stay, what is found again. Runs on workers in
 * `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { Checkpoints } from "../../src/run/checkpoints.ts";
import { Ensemble } from "../../src/run/ensemble.ts";
import { resumeOrStart } from "../../src/run/resume.ts";
import { denoLayer } from "../../src/snapshot/file/file_layer.ts";
import { verifySnapshot } from "../../src/archive/disk.ts";
import { checkpointsOf } from "./_run.ts";
import {
  assertAgreed,
  assertSameState,
  build,
  hasty,
  runTo,
  start,
  step,
  straight,
} from "./_sim.ts";

/** Runs all checks in `folder`, or in one of its own; returns how many there are. */
export async function main(comm: Comm, folder?: string): Promise<number> {
  const own = folder === undefined;
  const made = own && comm.rank === 0 ? Deno.makeTempDirSync({ prefix: "timestash_" }) : "";
  const place = folder ?? comm.bcast(made);
  const checks = [
    inBackground,
    cadenceAndRetention,
    wallClock,
    labels,
    differences,
    levels,
    ensembles,
    archives,
    refusals,
  ];
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

/** The files of all ranks are archived as one set, and come back as one. */
async function archives(comm: Comm, folder: string): Promise<void> {
  const options = { every: { steps: 1 }, keep: { last: 1 }, archive: `${folder}/slow` };
  const { sim, checkpoints } = start(comm, `${folder}/fast`, options);
  await runTo(sim, checkpoints, 2);
  await checkpoints.flush();
  await checkpoints.close();
  comm.barrier();
  if (comm.rank === 0) Deno.removeSync(`${folder}/fast`, { recursive: true });
  comm.barrier();
  const again = start(comm, `${folder}/fast`, options);
  const listed = (await again.checkpoints.list()).map(({ step, place }) => [step, place]);
  assertEquals(listed, [[1, "archive"], [2, "archive"]]);
  assertAgreed(comm, listed, "the archive");
  const { entry } = await resumeOrStart(again.sim.model, again.checkpoints);
  assertEquals(entry?.step, 2);
  await runTo(again.sim, again.checkpoints, 3);
  assertSameState(again.sim, straight(comm, 3), "from the archive");
  await again.checkpoints.load((await again.checkpoints.at({ step: 1 }))!);
  assertSameState(again.sim, straight(comm, 1), "taken back, from the archive");
  await again.checkpoints.complete();
}

/** Saves where it is due; what goes takes the files of all ranks with it; all ranks know the same. */
async function cadenceAndRetention(comm: Comm, folder: string): Promise<void> {
  const { sim, checkpoints } = start(comm, folder, {
    every: { steps: 2, start: true },
    keep: { last: 2 },
  });
  const { message, run } = await resumeOrStart(sim.model, checkpoints);
  assertEquals([message, run.id, run.status], ['run "drift" starts', "drift", "running"]);
  const saved: (number | undefined)[] = [];
  while (sim.model.tracker.step < 6) {
    step(sim);
    saved.push((await checkpoints.afterStep())?.step);
  }
  assertEquals(saved, [undefined, 2, undefined, 4, undefined, 6]);
  const entries = await checkpoints.list();
  assertAgreed(comm, [entries, await checkpoints.runs(), checkpoints.run], "what is known");
  assertEquals(entries.map(({ step }) => step), [4, 6]);
  assert(entries.every(({ createdAt, needs }) => createdAt instanceof Date && needs.length === 0));
  const before = comm.allreduce(sim.swarm.count);
  assert((await checkpoints.at({ step: 5 }))?.step === 4);
  await checkpoints.load(await checkpoints.select(0));
  assertSameState(sim, straight(comm, 4), "loaded");
  await runTo(sim, checkpoints, 6);
  assertEquals(comm.allreduce(sim.swarm.count), before);
  await checkpoints.complete();
  await checkOnDisk(comm, folder);
}

/** One process looks at the folder: nothing is damaged, left over or missing. */
async function checkOnDisk({ rank, size }: Comm, folder: string): Promise<void> {
  if (rank > 0) return;
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const shown = names.filter((name) => !name.startsWith(".")).sort();
  const bulks = [4, 6].map((step) => `drift-step${step}.snap.bulk`);
  assertEquals(shown.filter((name) => name.endsWith(".bulk")), size > 1 ? bulks : []);
  assertEquals(shown.length, 3 + 4 + (size > 1 ? 2 : 0), `${shown}`);
  const catalog = new CheckpointCatalog(folder);
  assertEquals([await catalog.problems(), (await catalog.runs())[0].status], [[], "completed"]);
  const { saves, steps } = (await catalog.transcript()).summary();
  assert(saves >= 3 && steps >= 6, `${saves} saves, ${steps} steps in the transcript`);
  for (const { path, fileBytes, bytes } of await catalog.list()) {
    assert((await verifySnapshot(path)).ok, path);
    const bulk = path.replace(/\.h5$/, ".bulk");
    const parts = size > 1 ? [...Deno.readDirSync(bulk)].map(({ name }) => `${bulk}/${name}`) : [];
    assertEquals(parts.length, size > 1 ? size : 0);
    const all = [path, ...parts].reduce((sum, file) => sum + Deno.statSync(file).size, 0);
    assertEquals([fileBytes, bytes], [Deno.statSync(path).size, all]);
  }
}

/** Clocks go as they like: the first rank's counts. */
async function wallClock(comm: Comm, folder: string): Promise<void> {
  let seconds = 0;
  const { sim, checkpoints } = start(comm, folder, {
    every: { wallClock: 10 },
    clock: () => comm.rank === 0 ? seconds : 1e6 * seconds * comm.rank,
    now: () => new Date(Date.UTC(2030 + comm.rank, 0, 1)),
  });
  const saved: boolean[] = [];
  for (let i = 0; i < 6; i++) {
    step(sim);
    seconds += 4;
    saved.push(await checkpoints.afterStep() !== null);
  }
  assertEquals(saved, [false, false, true, false, false, true]);
  const years = (await checkpoints.list()).map(({ createdAt }) => createdAt.getUTCFullYear());
  assertEquals([years, checkpoints.run!.startedAt.getUTCFullYear()], [[2030, 2030], 2030]);
  await checkpoints.close();
}

/** Labels are the first rank's, wherever they come from; a catalog is made again from the files. */
async function labels(comm: Comm, folder: string): Promise<void> {
  const { sim, checkpoints } = start(comm, folder, {
    every: { steps: 1 },
    labels: ({ tracker }) => ({ misfit: tracker.step + comm.rank }),
  });
  await runTo(sim, checkpoints, 2);
  const [first] = await checkpoints.list();
  const pinned = await checkpoints.label(first, { pinned: true, by: `rank ${comm.rank}` });
  assertEquals(pinned.labels, { misfit: 1, pinned: true, by: "rank 0" });
  assertAgreed(comm, pinned, "the label");
  if (comm.rank === 0) Deno.removeSync(`${folder}/catalog.json`);
  const found = await checkpoints.list();
  assertAgreed(comm, found, "the list");
  assertEquals(found.map(({ labels: { misfit, by } }) => `${misfit} ${by}`), [
    "1 rank 0",
    "2 undefined",
  ]);
  if (comm.rank === 0) {
    Deno.removeSync(`${folder}/catalog.json`);
    Deno.removeSync(`${folder}/drift-step2.snap.json`);
  }
  const [, second] = await checkpoints.list();
  assertEquals([second.labels, second.run, second.sequence], [{ misfit: 2 }, "drift", 2]);
  const dry = await checkpoints.prune({ dryRun: true, keep: { last: 1 } });
  assertAgreed(comm, dry, "the report");
  assertEquals(dry.kept.map(({ why }) => why), ["label pinned", "the newest"]);
  await checkpoints.close();
}

/** Differences name what they need in the files of other ranks, which stays as long. */
async function differences(comm: Comm, folder: string): Promise<void> {
  const { sim, checkpoints } = start(comm, folder, {
    every: { steps: 1 },
    incremental: 2,
    keep: { last: 2 },
  });
  // Large enough to be worth a link, and the same in each.
  sim.model.tracker.fixed = new Float64Array(400).fill(7);
  await runTo(sim, checkpoints, 4);
  const entries = await checkpoints.list();
  assertAgreed(comm, entries, "the list");
  const needs = entries.map(({ step, needs }) => `${step} needs ${needs}`);
  assertEquals(needs, ["3 needs ", "4 needs drift-step3.snap.h5"]);
  const report = await checkpoints.prune({ dryRun: true, keep: { last: 1 } });
  assertEquals(report.removed, [], "what it needs stays");
  step(sim);
  await checkpoints.load(entries[1]);
  const other = straight(comm, 4);
  other.model.tracker.fixed = sim.model.tracker.fixed;
  assertSameState(sim, other, "a difference");
  await checkpoints.close();
}

/** Saves of progress alone. */
async function levels(comm: Comm, folder: string): Promise<void> {
  const options = { level: 0, levels: { progress: 0 }, every: { steps: 1 } } as const;
  const bearer = (done: number) => ({ name: "progress", state: { schemaVersion: 1, done } });
  const { sim, checkpoints } = start(comm, folder, options);
  sim.model.register(bearer(3));
  await runTo(sim, checkpoints, 2);
  const entries = await checkpoints.list();
  assertEquals(entries.map(({ file, level, step }) => [file, level, step]), [[
    "drift-level0.snap.h5",
    0,
    2,
  ]]);
  await checkpoints.close();

  const again = start(comm, folder, options);
  const progress = bearer(0);
  again.sim.model.register(progress);
  const { resumed } = await resumeOrStart(again.sim.model, again.checkpoints);
  assertEquals([resumed, progress.state.done, again.sim.model.tracker.step], [true, 3, 0]);

  // What one rank refuses, all refuse, and nothing has changed.
  again.sim.model.unregister(progress);
  const picky = {
    ...bearer(1),
    checkState: () => {
      if (isLast(comm)) throw new RangeError("not this one");
    },
  };
  again.sim.model.register(picky);
  await assertRejects(() => again.checkpoints.load(entries[0]), RangeError, "not this one");
  assertEquals(picky.state.done, 1);
  await again.checkpoints.close();
}

/** Written while the run goes on: a checkpoint is there when the ranks have come together again. */
async function inBackground(comm: Comm, folder: string): Promise<void> {
  const options = { every: { steps: 1 }, keep: { last: 2 }, background: true, incremental: 3 };
  const { sim, checkpoints } = start(comm, folder, options);
  const saved = [];
  while (sim.model.tracker.step < 5) {
    step(sim);
    saved.push(await checkpoints.afterStep());
  }
  assertEquals(saved, [null, null, null, null, null]);
  const steps = async () => (await checkpoints.list()).map(({ step }) => step);
  if (comm.size > 1) assertEquals((await steps()).at(-1), 4);
  comm.barrier();
  await checkpoints.flush();
  assertEquals((await steps()).slice(-2), [4, 5]);
  await checkpoints.load();
  await runTo(sim, checkpoints, 7);
  await checkpoints.complete();
  assertSameState(sim, straight(comm, 7), "saved in the background");
  assertAgreed(comm, await checkpoints.list(), "what is known");
  const again = start(comm, folder, options);
  await again.checkpoints.resume((await again.checkpoints.runs())[0]);
  assertSameState(again.sim, sim, "loaded");
  step(again.sim);
  await again.checkpoints.afterStep();
  // Not collective: what is not on the disk yet is given up on each rank.
  await again.checkpoints.close();
  comm.barrier();
  const left = await again.checkpoints.list();
  assertEquals(left.at(-1)!.step, comm.size > 1 ? 7 : 8);
}

/** Members one after the other, the same on all ranks. */
async function ensembles(comm: Comm, folder: string): Promise<void> {
  const all: number[][] = [];
  for (const stop of [1, 2]) {
    const sim = build(comm);
    const ensemble = new Ensemble(sim.model, { members: 2 });
    const { checkpoints } = checkpointsOf(sim.model, folder, {
      every: { steps: 2 },
      layer: hasty(denoLayer),
    });
    const { entry } = await resumeOrStart(sim.model, checkpoints);
    const work = ensemble.run(checkpoints, async ({ index }) => {
      while (sim.model.tracker.step < 3) {
        step(sim);
        await checkpoints.afterStep();
        // The first time it ends in the middle of the second member.
        if (stop === 1 && index === 1) throw new Error("ends here");
      }
      return sim.model.tracker.count;
    });
    if (stop === 1) await assertRejects(() => work, Error, "ends here");
    else all.push(await work);
    assertEquals(entry?.step, stop === 1 ? undefined : 3);
    await checkpoints.close();
  }
  assertEquals(all[0].length, 2);
  assertAgreed(comm, all, "the results");
}

/** What several ranks cannot do is refused with what to do instead. */
function refusals(comm: Comm, folder: string): Promise<void> {
  const { model } = build(comm);
  if (comm.size === 1) return Promise.resolve();
  assertThrows(
    () => new Checkpoints(model, folder, { layout: "single" }),
    RangeError,
    "leave it out",
  );
  return Promise.resolve();
}
