/**
 * Files that several ranks save in the background. Runs on workers in `tests/ranks_test.ts`, and under MPI.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { CommError } from "../../src/errors.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { verifySnapshot } from "../../src/archive/disk.ts";
import { SaveThread } from "../../src/archive/save_thread.ts";
import { runFileChecks } from "../_rank_checks.ts";
import { assertSameState, build, step, straight } from "../run/_sim.ts";

/** Runs all checks in `folder`, or in one of its own; returns how many there are. */
export async function main(comm: Comm, folder?: string): Promise<number> {
  const checks = [exact, together, oneFails, refusals].map(
    (check) => async (_: Comm, place: string) => {
      const own = `${place}/background_${check.name}_${comm.size}`;
      if (comm.rank === 0) Deno.mkdirSync(own);
      comm.barrier();
      await check(comm, own);
    },
  );
  return await runFileChecks(comm, checks, folder);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What is in the folder of a file and in that of its parts. */
function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? namesIn(`${folder}/${name}`) : name
  ).sort();
}

/** The file holds the moment of the call, and going on from it is the same in every byte. */
async function exact(comm: Comm, folder: string): Promise<void> {
  const sim = straight(comm, 2), file = `${folder}/step2.snap.h5`;
  const save = sim.model.saveState({ file, background: true });
  step(sim);
  step(sim);
  assertEquals([save.state, exists(file)], ["running", false]);
  assertEquals(await save.finished, file);
  assertEquals([save.state, save.error], ["done", null]);
  comm.barrier();
  assert((await verifySnapshot(file)).ok);
  const whole = straight(comm, 4);
  assertSameState(sim, whole, "never stashed");
  const back = build(comm);
  await back.model.loadState(file);
  const direct = `${folder}/direct.snap.h5`;
  await back.model.saveState({ file: direct });
  if (comm.rank === 0) assertEquals(await diffSnapshots(file, direct), []);
  step(back, 7);
  await back.model.loadState(file);
  step(back);
  step(back);
  assertSameState(back, whole, "put back after a bad step");
}

/** A save gets its name where all ranks come together: at the next one, at a load, at a save in the foreground. */
async function together(comm: Comm, folder: string): Promise<void> {
  const sim = straight(comm, 1), { model } = sim;
  const path = (name: string) => `${folder}/${name}.snap.h5`;
  const saves = ["a", "b", "c"].map((name) => {
    step(sim);
    return model.saveState({ file: path(name), background: true });
  });
  // One rank has a thread that takes several saves, and does not wait for them.
  const isAlone = comm.size === 1;
  if (!isAlone) assertEquals(saves.map(({ state }) => state), ["done", "done", "running"]);
  await model.loadState(path("b"));
  assertEquals([saves[2].state, model.tracker.step], ["done", 3]);
  const last = model.saveState({ file: path("d"), background: true, base: path("b") });
  await model.saveState({ file: path("e") });
  if (isAlone) await last.finished;
  assertEquals(last.state, "done");
  comm.barrier();
  for (const name of ["a", "b", "c", "d", "e"]) assert((await verifySnapshot(path(name))).ok, name);
  if (comm.rank === 0) assertEquals(await diffSnapshots(path("d"), path("e")), []);
  comm.barrier();
}

/** What fails in the thread of one rank is the error of all, and the file that was there stays. */
async function oneFails(comm: Comm, folder: string): Promise<void> {
  if (comm.size === 1) return;
  const sim = straight(comm, 1), file = `${folder}/kept.snap.h5`;
  await sim.model.saveState({ file, background: true }).finished;
  comm.barrier();
  const before = namesIn(folder), bytes = Deno.readFileSync(file);
  comm.barrier();
  const forNextSave = SaveThread.forNextSave;
  const broken = () => {
    if (comm.rank === 1) SaveThread.forNextSave = () => withoutRoom(forNextSave());
    step(sim);
    const save = sim.model.saveState({ file, background: true });
    SaveThread.forNextSave = forNextSave;
    return save;
  };
  const error = await assertRejects(() => broken().finished, Deno.errors.WriteZero);
  assertEquals(error.message, `${comm.rank === 1 ? "" : "rank 1: "}no space left on device`);
  // Nobody looks at it, so that it shows at the next save.
  assertEquals(broken().state, "running");
  assertThrows(() => sim.model.saveState({ file, background: true }), Deno.errors.WriteZero);
  comm.barrier();
  assertEquals([namesIn(folder), Deno.readFileSync(file)], [before, bytes]);
  comm.barrier();
  await sim.model.saveState({ file, background: true }).finished;
  const back = build(comm);
  await back.model.loadState(file);
  assertSameState(back, sim, "after failures");
}

/** A thread whose disk has no room for what it writes. */
function withoutRoom(thread: SaveThread): SaveThread {
  const send: SaveThread["send"] = (task, ended, asks) =>
    thread.send(task, (_, lent) => {
      ended(new Deno.errors.WriteZero("no space left on device"), lent, null);
    }, asks);
  return {
    kept: thread.kept,
    send,
    answer: thread.answer.bind(thread),
    giveUp: thread.giveUp.bind(thread),
    waitUntil: thread.waitUntil.bind(thread),
  } as unknown as SaveThread;
}

/** What cannot be is refused on all ranks, and nothing is left behind. */
async function refusals(comm: Comm, folder: string): Promise<void> {
  if (comm.size === 1) return;
  const { model } = build(comm), before = namesIn(folder);
  const start = (file: string, options = {}) => () =>
    model.saveState({ file, background: true, ...options });
  assertThrows(start(`${folder}/none/a.snap.h5`), Deno.errors.NotFound, "there is no folder");
  assertThrows(start(`${folder}/${comm.rank}.snap.h5`), RangeError, "the ranks differ");
  assertThrows(start(`${folder}/a.snap.h5`, { layout: "single" }), RangeError, "leave it out");
  const save = start(`${folder}/a.snap.h5`)();
  assertThrows(() => comm.rank === 1 ? comm.barrier() : comm.allreduce(1), CommError, "different");
  comm.barrier();
  assertEquals(await save.finished, `${folder}/a.snap.h5`);
  comm.barrier();
  assertEquals(namesIn(folder).filter((name) => !before.includes(name)).length, 1 + comm.size);
  comm.barrier();
}
