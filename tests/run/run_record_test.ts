import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { SnapshotCorruptError } from "../../src/errors.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { Checkpoints } from "../../src/run/checkpoints.ts";
import { type ResumeOptions, resumeOrStart } from "../../src/run/resume.ts";
import { denoLayer, type FileLayer } from "../../src/snapshot/file/file_layer.ts";
import { tempDir, testNeeding } from "../_helpers.ts";
import { checkpointsOf, heat, runTo, type TestOptions } from "./_run.ts";

Deno.test("the state at which a run failed is saved with the error, and the run continues from before it", async () => {
  using dir = tempDir();
  const options: TestOptions = { every: { steps: 2 }, onFailure: "save", keep: { last: 1 } };
  const { checkpoints } = checkpointsOf(heat(), dir.path, options);
  const blown = () =>
    checkpoints.guard(async () => {
      await runTo(checkpoints, 5);
      checkpoints.model.tracker.broken = NaN;
      throw new Error("T is NaN at step 5");
    });
  await assertRejects(blown, Error, "T is NaN at step 5");
  const catalog = new CheckpointCatalog(dir.path);
  const entries = await catalog.list();
  assertEquals(entries.map((it) => [it.file, `${it.labels.failure}`]), [
    ["heat-step4.snap.h5", "undefined"],
    ["heat-failed-step5.snap.h5", "T is NaN at step 5"],
  ]);
  assertEquals([(await catalog.latest())?.step, (await catalog.at({ step: 9 }))?.step], [4, 4]);
  assertEquals(await catalog.problems(), []);
  const again = checkpointsOf(heat(), dir.path, options);
  const { entry } = await resumeOrStart(again.checkpoints.model, again.checkpoints);
  assertEquals([entry?.step, "broken" in again.checkpoints.model.tracker], [4, false]);
  // To look at it, it is loaded by name; the rules of retention do not count it.
  await runTo(again.checkpoints, 8);
  assertEquals((await catalog.list()).map((it) => it.step).sort(), [5, 8]);
  await again.checkpoints.load(entries[1]);
  assertEquals(again.checkpoints.model.tracker.broken, NaN);
  await again.checkpoints.close();
});

Deno.test("without onFailure a run that fails saves nothing, and a failure that cannot be saved is reported", async () => {
  using dir = tempDir();
  const plain = checkpointsOf(heat(), dir.join("a"), { every: { steps: 1 } });
  await runTo(plain.checkpoints, 1);
  await plain.checkpoints.fail(new Error("no"));
  assertEquals((await plain.checkpoints.list()).length, 1);
  const { checkpoints, warnings } = checkpointsOf(heat(), dir.join("b"), { onFailure: "save" });
  checkpoints.model.tracker.callback = () => 1;
  await checkpoints.fail(new Error("no"));
  assertStringIncludes(warnings.join(), "tracker.callback");
  assertEquals((await checkpoints.runs()).map((it) => [it.status, it.message]), [["failed", "no"]]);
});

/** A disk that loses a byte of every snapshot while it writes it. */
function lossy(losing: () => boolean): FileLayer {
  return {
    ...denoLayer,
    open: (path, mode) => {
      const file = denoLayer.open(path, mode), original = file.flush.bind(file);
      if (mode === "createNew" && path.includes(".h5")) {
        file.flush = () => {
          if (losing()) file.write(Uint8Array.of(0xee), file.size() >> 1);
          original();
        };
      }
      return file;
    },
  };
}

Deno.test("with verify, a file that is not what was written is a failed save, and is removed", async () => {
  for (const background of [false]) {
    using dir = tempDir();
    let losing = true;
    const options: TestOptions = {
      every: { steps: 1 },
      verify: true,
      background,
      layer: lossy(() => losing),
    };
    const { checkpoints, warnings } = checkpointsOf(heat(), dir.path, options);
    await runTo(checkpoints, 1);
    assertStringIncludes(warnings.join(), "what was read back is something else");
    assertEquals([checkpoints.failures, (await checkpoints.list()).length], [1, 0]);
    await assertRejects(() => checkpoints.save(), SnapshotCorruptError);
    losing = false;
    await runTo(checkpoints, 2);
    assertEquals([checkpoints.failures, (await checkpoints.list()).map((it) => it.step)], [0, [2]]);
    assertEquals(await checkpoints.problems(), []);
    await checkpoints.close();
  }
});

Deno.test("elapsed counts the time of all processes of a run, and none between them", async () => {
  using dir = tempDir();
  let seconds = 1000;
  const options: TestOptions = { every: { steps: 1 }, now: () => new Date(1000 * seconds) };
  const process = async (end: (checkpoints: Checkpoints) => Promise<void>) => {
    const { checkpoints } = checkpointsOf(heat(), dir.path, options);
    await resumeOrStart(checkpoints.model, checkpoints, { completed: "resume" });
    seconds += 10;
    await runTo(checkpoints, checkpoints.model.tracker.step + 1);
    seconds += 5;
    const { elapsed } = checkpoints;
    await end(checkpoints);
    seconds += 1e6;
    return elapsed;
  };
  // One that dies has counted until its last checkpoint.
  assertEquals(await process((checkpoints) => checkpoints.close()), 15);
  assertEquals(await process((checkpoints) => checkpoints.fail("no")), 25);
  assertEquals(await process((checkpoints) => checkpoints.complete()), 40);
  const catalog = new CheckpointCatalog(dir.path);
  assertEquals((await catalog.runs())[0].elapsed, 40);
  assertEquals((await catalog.list()).map((it) => it.elapsed), [10, 20, 35]);
  Deno.removeSync(dir.join("heat.run.json"));
  assertEquals((await catalog.runs())[0].elapsed, 35);
});

testNeeding(
  { run: true },
  "a signal of saveSignals saves at the next step, due or not, and the run goes on",
  async () => {
    using dir = tempDir();
    const { checkpoints } = checkpointsOf(heat(), dir.path, {
      every: { steps: 1e9 },
      saveSignals: ["SIGUSR2"],
      labels: () => ["own"],
    });
    await runTo(checkpoints, 2);
    Deno.kill(Deno.pid, "SIGUSR2");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await runTo(checkpoints, 5);
    assertEquals((await checkpoints.list()).map((it) => [it.step, it.labels]), [
      [3, { own: true, signal: "SIGUSR2" }],
    ]);
    await checkpoints.complete();
    assertEquals((await checkpoints.runs())[0].status, "completed");
  },
);

Deno.test("saveSignals that end the run as well, or are none, are refused", () => {
  const make = (options: object) => () => new Checkpoints(heat(), "x", options);
  assertThrows(make({ saveSignals: ["SIGTERM"] }), RangeError, "both end the run and only save");
  assertThrows(make({ saveSignals: "SIGUSR2" }), TypeError, "a list of names");
  assertThrows(make({ saveSignals: ["SIGKILL"] }), RangeError, "SIGUSR2");
  assertThrows(make({ onFailure: "keep" }), TypeError, '"none" or "save"');
  assertThrows(make({ verify: 1 }), TypeError, "true or false");
  assert(make({ signals: false, saveSignals: ["SIGTERM"] })() instanceof Checkpoints);
});

Deno.test("with flush, checkpoints are captured when they are due and written together", async () => {
  using dir = tempDir();
  const { checkpoints } = checkpointsOf(heat(), dir.path, { every: { steps: 1 }, flush: 3 });
  const { model } = checkpoints;
  const listed = async () => (await checkpoints.list()).map((it) => it.step);
  const tokens = [model.saveState()];
  const go = async (until: number) => {
    while (model.tracker.step < until) {
      await runTo(checkpoints, model.tracker.step + 1);
      tokens.push(model.saveState());
    }
  };
  await go(2);
  assertEquals(await listed(), []);
  await go(4);
  assertEquals(await listed(), [1, 2, 3]);
  await checkpoints.flush();
  assertEquals(await listed(), [1, 2, 3, 4]);
  await go(5);
  // A save by hand comes after what waits, and going back as well.
  await checkpoints.save({ labels: ["own"] });
  await go(6);
  const entries = await checkpoints.list();
  await checkpoints.load(entries[1]);
  assertEquals(await listed(), [1, 2, 3, 4, 5, 6]);
  for (const entry of await checkpoints.list()) {
    await checkpoints.load(entry);
    using now = model.saveState();
    assertEquals(diffSnapshots(tokens[entry.step], now), [], `step ${entry.step}`);
  }
  await go(8);
  await checkpoints.complete();
  assertEquals(await listed(), [1, 2, 3, 4, 5, 6, 7, 8]);
  assertThrows(
    () => new Checkpoints(heat(), dir.path, { flush: 2, background: true }),
    RangeError,
    "leave one of them out",
  );
});

Deno.test("the problem and the algorithm of a run have signatures of their own", async () => {
  const signatures = async (kappa: number, options: TestOptions = {}, name?: string) => {
    using dir = tempDir();
    const model = heat({ kappa });
    if (name) model.register({ name, state: { schemaVersion: 1 } });
    const { checkpoints } = checkpointsOf(model, dir.path, options);
    const { problemSignature, algorithmSignature } = await checkpoints.begin();
    await checkpoints.close();
    const [read] = await checkpoints.runs();
    assertEquals([read.problemSignature, read.algorithmSignature], [
      problemSignature,
      algorithmSignature,
    ]);
    return [problemSignature, algorithmSignature];
  };
  const [problem, algorithm] = await signatures(1);
  const same = async (...args: Parameters<typeof signatures>) => {
    const [p, a] = await signatures(...args);
    return [p === problem, a === algorithm];
  };
  assertEquals(await same(1), [true, true]);
  assertEquals(await same(2), [false, true]);
  assertEquals(await same(1, { problem: { input: "ridge.msh" } }), [false, true]);
  assertEquals(await same(1, { algorithm: { method: 2 } }), [true, false]);
  assertEquals(await same(1, {}, "clock"), [true, false]);
  assertEquals(await same(1, { identity: { code: "v2" } }), [true, true]);
});

Deno.test("after a clock that was ahead the newest run is still the one that began last", async () => {
  using dir = tempDir();
  let seconds = 2e9;
  const options: TestOptions = { every: { steps: 1 }, now: () => new Date(1000 * seconds) };
  const process = async (until: number, how: ResumeOptions = {}) => {
    const { checkpoints } = checkpointsOf(heat(), dir.path, options);
    const { run, entry } = await resumeOrStart(checkpoints.model, checkpoints, how);
    await runTo(checkpoints, until);
    await checkpoints.close();
    return `${run.id} ${entry?.step}`;
  };
  assertEquals(await process(2), "heat undefined");
  // The clock is put right, and another run begins.
  seconds = 1e9;
  assertEquals(await process(1, { select: () => null }), "heat-2 undefined");
  assertEquals(await process(1), "heat-2 1");
  const catalog = new CheckpointCatalog(dir.path);
  assertEquals((await catalog.list()).map((it) => `${it.run} ${it.step}`), [
    "heat 1",
    "heat 2",
    "heat-2 1",
  ]);
});
