import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { askWhichRun, type ResumeOptions, resumeOrStart } from "../../src/run/resume.ts";
import { CheckpointError, RunCompletedError, RunIdentityError } from "../../src/errors.ts";
import { tempDir } from "../_helpers.ts";
import { checkpointsOf, heat, runTo, type TestOptions } from "./_run.ts";

/** One process of a script: resumes or starts, goes to a step, and ends without a word. */
async function process(
  folder: string,
  until: number,
  options: TestOptions = {},
  model = heat(),
  how: ResumeOptions = {},
) {
  const { checkpoints, warnings } = checkpointsOf(model, folder, {
    every: { steps: 5 },
    ...options,
  });
  const report = await resumeOrStart(model, checkpoints, how);
  await runTo(checkpoints, until);
  await checkpoints.close();
  return { model, report, warnings, checkpoints };
}

Deno.test("a run that is broken off and resumed again and again ends with the bytes of one that was not", async () => {
  using dir = tempDir();
  using other = tempDir();
  const steps: (number | undefined)[] = [];
  let model = heat();
  for (const until of [3, 7, 12, 12, 29, 30]) {
    const { report, model: last } = await process(dir.path, until);
    steps.push(report.entry?.step);
    assertEquals(report.run.id, "heat");
    model = last;
  }
  assertEquals(steps, [undefined, undefined, 5, 10, 10, 25]);
  const { model: straight } = await process(other.path, 30);
  using a = model.saveState();
  using b = straight.saveState();
  assertEquals(diffSnapshots(a, b), []);
});

Deno.test("the report says what was resumed, and what was skipped because it is damaged", async () => {
  using dir = tempDir();
  await process(dir.path, 16);
  Deno.writeTextFileSync(dir.join("heat-step15.snap.h5"), "no");
  Deno.truncateSync(dir.join("heat-step10.snap.h5"), 3000);
  const { report, warnings } = await process(dir.path, 6);
  assertEquals([report.resumed, report.entry?.step], [true, 5]);
  assertStringIncludes(report.message, 'run "heat" continues from step 5');
  assertEquals([report.skipped.length, warnings.length], [2, 2]);
  assertStringIncludes(report.message, "heat-step10.snap.h5");
  assertStringIncludes(report.message, "heat-step15.snap.h5");
});

Deno.test("damage that shows only on loading is skipped too; with nothing sound left it is an error", async () => {
  using dir = tempDir();
  await process(dir.path, 11);
  const harm = (name: string) => {
    const bytes = Deno.readFileSync(dir.join(name));
    bytes[bytes.length >> 1] ^= 255;
    Deno.writeFileSync(dir.join(name), bytes);
  };
  harm("heat-step10.snap.h5");
  const { report, warnings } = await process(dir.path, 6);
  assertEquals([report.entry?.step, report.skipped.length, warnings.length], [5, 1, 1]);
  assertStringIncludes(report.message, '"heat-step10.snap.h5" cannot be loaded and is skipped');
  harm("heat-step5.snap.h5");
  const model = heat();
  const { checkpoints } = checkpointsOf(model, dir.path);
  const error = await assertRejects(() => resumeOrStart(model, checkpoints), CheckpointError);
  assertStringIncludes(error.message, "none of the 2");
  assertEquals(model.tracker.step, 0);
  assertEquals((await checkpoints.runs())[0].status, "interrupted");
});

Deno.test("status: running, completed, failed with its message, interrupted by a freed lock", async () => {
  using dir = tempDir();
  const statuses = async () => {
    const { checkpoints } = checkpointsOf(heat(), dir.path);
    return (await checkpoints.runs()).map(({ id, status, message }) =>
      `${id} ${status} ${message}`
    );
  };
  const first = checkpointsOf(heat(), dir.path, { every: { steps: 1 } });
  await runTo(first.checkpoints, 1);
  assertEquals(await statuses(), ["heat running null"]);
  await first.checkpoints.close();
  assertEquals(await statuses(), ["heat interrupted its process ended unexpectedly"]);
  const second = checkpointsOf(heat(), dir.path);
  await resumeOrStart(second.checkpoints.model, second.checkpoints);
  const blown = () =>
    second.checkpoints.guard(() => {
      throw new Error("T is NaN");
    });
  await assertRejects(blown, Error, "T is NaN");
  assertEquals(await statuses(), ["heat failed T is NaN"]);
  const third = checkpointsOf(heat(), dir.path);
  const { resumed, run } = await resumeOrStart(third.checkpoints.model, third.checkpoints);
  assertEquals([resumed, run.resumed], [true, 2]);
  assertEquals(await third.checkpoints.guard(() => 42), 42);
  assertEquals(await statuses(), ["heat completed null"]);
  // A completed run is left alone: the next one is new, and only if that is asked for.
  await assertRejects(() => process(dir.path, 5), RunCompletedError, "has completed");
  const { report } = await process(dir.path, 5, {}, heat(), { completed: "start" });
  assertEquals([report.resumed, report.run.id], [false, "heat-2"]);
  const again = checkpointsOf(heat(), dir.path);
  const done = await resumeOrStart(again.checkpoints.model, again.checkpoints, {
    completed: true,
    select: (runs) => runs.find(({ run }) => run.id === "heat")!,
  });
  assertEquals([done.resumed, done.run.id], [true, "heat"]);
  await again.checkpoints.close();
});

Deno.test("a run that a living process holds is not taken up", async () => {
  using dir = tempDir();
  const holder = checkpointsOf(heat(), dir.path, { every: { steps: 1 } });
  await runTo(holder.checkpoints, 3);
  const { report } = await process(dir.path, 5);
  assertEquals([report.resumed, report.run.id], [false, "heat-2"]);
  await runTo(holder.checkpoints, 4);
  assertEquals((await holder.checkpoints.list()).map((it) => it.step), [1, 2, 3, 4]);
  await holder.checkpoints.close();
});

Deno.test("another seed, parameter, shape or identity is refused, with what differs", async () => {
  using dir = tempDir();
  await process(dir.path, 6, { identity: { code: "v1" } });
  const tryWith = async (options: TestOptions, model = heat()) => {
    const { checkpoints } = checkpointsOf(model, dir.path, options);
    const error = await assertRejects(() => resumeOrStart(model, checkpoints), RunIdentityError);
    assertEquals(model.tracker.step, 0);
    return error.differences;
  };
  const same = { identity: { code: "v1" } };
  assertEquals(await tryWith({ identity: { code: "v2" } }), ['identity code: was "v1", is "v2"']);
  assertEquals(await tryWith({}), ['identity code: is gone (was "v1")']);
  assertEquals(await tryWith(same, heat({ seed: 2 })), ["seed: was 1, is 2"]);
  assertEquals(await tryWith(same, heat({ kappa: 0.2 })), [
    "parameter kappa: was 0.1 m^2/s, is 0.2 m^2/s",
  ]);
  const larger = heat();
  larger.register({ state: { schemaVersion: 3 }, name: "clock" });
  assertEquals(await tryWith(same, larger), ["bearer clock: is new (Object, schema 3)"]);
});

Deno.test("what differs can be overruled: a new run beside it, or go on all the same", async () => {
  using dir = tempDir();
  await process(dir.path, 6);
  const start = checkpointsOf(heat({ kappa: 0.2 }), dir.path);
  const started = await resumeOrStart(start.checkpoints.model, start.checkpoints, {
    onMismatch: "start",
  });
  assertEquals([started.resumed, started.run.id], [false, "heat-2"]);
  await start.checkpoints.complete();
  const force = checkpointsOf(heat({ kappa: 0.3 }), dir.path);
  const forced = await resumeOrStart(force.checkpoints.model, force.checkpoints, {
    onMismatch: "resume",
  });
  assertEquals([forced.resumed, forced.run.id], [true, "heat"]);
  // The parameter is state: it comes back with the checkpoint.
  assertEquals(force.checkpoints.model.parameters.get("kappa"), 0.1);
  await force.checkpoints.close();
});

Deno.test("a parameter that changed during the run is no other identity", async () => {
  using dir = tempDir();
  const model = heat();
  const { checkpoints } = checkpointsOf(model, dir.path, { every: { steps: 5 } });
  await resumeOrStart(model, checkpoints);
  model.parameters.set("kappa", 7);
  await runTo(checkpoints, 5);
  await checkpoints.close();
  const { model: resumed, report } = await process(dir.path, 6);
  assertEquals([report.resumed, resumed.parameters.get("kappa")], [true, 7]);
});

Deno.test("select chooses among runs, or a checkpoint, or to start anew", async () => {
  using dir = tempDir();
  const hold = checkpointsOf(heat(), dir.path, { every: { steps: 5 } });
  await runTo(hold.checkpoints, 11);
  await process(dir.path, 6);
  await hold.checkpoints.close();
  const seen: string[] = [];
  const one = checkpointsOf(heat(), dir.path);
  const { entry } = await resumeOrStart(one.checkpoints.model, one.checkpoints, {
    select: (runs) => {
      seen.push(...runs.map(({ run, entries }) => `${run.id} ${entries.length}`));
      return runs[1].entries[0];
    },
  });
  assertEquals([seen, entry?.file], [["heat-2 1", "heat 2"], "heat-step5.snap.h5"]);
  await one.checkpoints.close();
  const none = checkpointsOf(heat(), dir.path);
  const anew = await resumeOrStart(none.checkpoints.model, none.checkpoints, {
    select: () => null,
  });
  assertEquals(anew.run.id, "heat-3");
  await none.checkpoints.close();
  // No terminal here: "ask" takes the newest.
  const asked = checkpointsOf(heat(), dir.path);
  const latest = await resumeOrStart(asked.checkpoints.model, asked.checkpoints, { select: "ask" });
  assertEquals(latest.run.id, "heat-3");
  await asked.checkpoints.close();
});

Deno.test("asking shows the runs, takes a number, and insists on one that is there", async () => {
  using dir = tempDir();
  await process(dir.path, 6);
  const { checkpoints } = checkpointsOf(heat(), dir.path);
  const entries = await checkpoints.list();
  const runs = (await checkpoints.runs()).flatMap((
    run,
  ) => [{ run, entries }, { run, entries: [] }]);
  const answers = ["7", "x", "2"];
  const questions: string[] = [];
  const chosen = askWhichRun(runs, (question) => {
    questions.push(question);
    return answers.shift()!;
  });
  assert(chosen?.of === runs[1]);
  assertEquals(questions.length, 3);
  assertStringIncludes(questions[0], "heat: interrupted, step 5");
  assertEquals(askWhichRun(runs, () => "0"), null);
  assert(askWhichRun(runs, () => null)?.of === runs[0]);
});

Deno.test("load takes up the run of the checkpoint; the same script goes on under its name", async () => {
  using dir = tempDir();
  await process(dir.path, 11);
  const { checkpoints } = checkpointsOf(heat(), dir.path, { every: { steps: 5 } });
  assertEquals((await checkpoints.load((await checkpoints.at({ step: 7 }))!))?.step, 5);
  assertEquals(checkpoints.run?.id, "heat");
  await runTo(checkpoints, 15);
  assertEquals((await checkpoints.list()).map((it) => it.step), [5, 10, 15]);
  await checkpoints.close();
});

Deno.test("overwrite removes earlier runs of the name once its own first checkpoint is there", async () => {
  using dir = tempDir();
  await process(dir.path, 11);
  await process(dir.path, 5, {}, heat({ name: "other" }));
  const { checkpoints } = checkpointsOf(heat(), dir.path, {
    every: { steps: 5 },
    mode: "overwrite",
  });
  await runTo(checkpoints, 4);
  assertEquals((await checkpoints.list({ run: "all" })).length, 3);
  await runTo(checkpoints, 5);
  const files = (await checkpoints.list({ run: "all" })).map((it) => it.file).sort();
  assertEquals(files, ["heat-2-step5.snap.h5", "other-step5.snap.h5"]);
  assertEquals((await checkpoints.runs()).map((run) => run.id), ["other", "heat-2"]);
  await checkpoints.close();
});

Deno.test("with start, a run that starts saves step 0, one that is resumed does not again", async () => {
  using dir = tempDir();
  const options: TestOptions = { every: { steps: 5, start: true } };
  assertEquals((await process(dir.path, 2, options)).report.resumed, false);
  const { report, checkpoints } = await process(dir.path, 6, options);
  assertEquals(report.entry?.step, 0);
  assertEquals((await checkpoints.list()).map((it) => [it.sequence, it.step]), [[1, 0], [2, 5]]);
});

Deno.test("deleteOnSuccess leaves nothing but what is pinned, and only on success", async () => {
  using dir = tempDir();
  const options: TestOptions = { every: { steps: 2 }, deleteOnSuccess: true };
  const failed = checkpointsOf(heat(), dir.path, options);
  await runTo(failed.checkpoints, 5);
  await failed.checkpoints.save({ labels: ["pinned"] });
  await failed.checkpoints.fail(new Error("no"));
  assertEquals((await failed.checkpoints.list()).length, 3);
  const { checkpoints } = checkpointsOf(heat(), dir.path, options);
  await resumeOrStart(checkpoints.model, checkpoints);
  await checkpoints.complete();
  assertEquals((await checkpoints.list()).map((it) => it.labels), [{ pinned: true }]);
});
