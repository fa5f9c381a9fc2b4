import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { CheckpointFolder } from "../../src/run/checkpoint_folder.ts";
import { resumeOrStart } from "../../src/run/resume.ts";
import { readLogs, StoredTranscript } from "../../src/run/read_log.ts";
import { RunLog } from "../../src/run/run_log.ts";
import { denoLayer } from "../../src/snapshot/file/file_layer.ts";
import type { TranscriptEvent } from "../../src/model/transcript_event.ts";
import { cli, cliJson } from "../cli/_cli.ts";
import { tempDir } from "../_helpers.ts";
import { checkpointsOf, heat, runTo, type TestOptions } from "./_run.ts";

const options: TestOptions = { every: { steps: 5 }, keep: { last: 2 } };

/** A run to step 12 whose process then dies: nothing is closed. */
async function killed(folder: string) {
  const { checkpoints } = checkpointsOf(heat(), folder, options);
  await resumeOrStart(checkpoints.model, checkpoints);
  await runTo(checkpoints, 12);
  // What waits is written when something else than a step happens; then it dies.
  checkpoints.model.transcript.note("the last words");
  return checkpoints;
}

Deno.test("a killed run tells what happened, and continues when it is resumed", async () => {
  using dir = tempDir();
  const dead = await killed(dir.path);
  const log = dir.join("heat.log.jsonl");
  // As a process leaves it that dies in the middle of a line.
  const whole = Deno.readTextFileSync(log);
  await dead.close();
  Deno.writeTextFileSync(log, whole + '{"n":99,"kind":"ste');
  const run = JSON.parse(Deno.readTextFileSync(dir.join("heat.run.json")));
  assertEquals(run.status, "running");

  const { checkpoints } = checkpointsOf(heat(), dir.path, options);
  await resumeOrStart(checkpoints.model, checkpoints);
  await runTo(checkpoints, 17);
  await checkpoints.complete();

  const stored = await new CheckpointCatalog(dir.path).transcript();
  const events = stored.events();
  assertEquals(events.map(({ n }) => n), events.map((_, i) => i + 1));
  const steps = (left: boolean) =>
    events.filter((it) => it.kind === "step" && it.leftBehind === left).map(({ step }) => step);
  // From the checkpoint of step 10 on the run was taken again.
  assertEquals(steps(false), Array.from({ length: 17 }, (_, i) => i + 1));
  assertEquals(steps(true), [11, 12]);
  const kinds = events.map(({ kind }) => kind).filter((kind) => kind !== "step");
  assertEquals(kinds, ["start", "save", "save", "note", "resume", "load", "save", "prune", "end"]);
  const { script, toolkit, name } = events[0];
  assertEquals([name, toolkit, typeof script], ["heat", "0.1.0", "string"]);
  assertEquals(events.find(({ kind }) => kind === "prune")!.files, ["heat-step5.snap.h5"]);
  const { saves, resumes, stepsLeftBehind, pruned } = stored.summary();
  assertEquals([saves, resumes, stepsLeftBehind, pruned], [3, 1, 2, 1]);
  // The model of the second process knows all of it, too.
  assertEquals(checkpoints.model.transcript.events(), events);
});

Deno.test("the file of a transcript is bounded, and its sums are those of all events", () => {
  using dir = tempDir();
  const folder = new CheckpointFolder(dir.path, denoLayer);
  const reports: string[] = [];
  const event = (n: number): TranscriptEvent => ({
    n,
    kind: "step",
    at: 1e12 + n,
    step: n,
    time: n / 8,
  });
  let log = new RunLog(folder, "heat", true, (it) => reports.push(it), 4000);
  for (let n = 1; n <= 300; n++) log.write(event(n));
  log.close();
  log = new RunLog(folder, "heat", false, (it) => reports.push(it), 4000);
  assertEquals(log.earlier.at(-1)!.n, 300);
  // A note is written at once, and so the file grows past its limit again and again.
  for (let n = 301; n <= 1000; n++) {
    log.write({ ...event(n), kind: n % 20 === 0 ? "note" : "step" });
  }
  log.close();
  for (const name of ["heat.log.jsonl", "heat.log.1.jsonl"]) {
    const { size } = Deno.statSync(dir.join(name));
    assert(size > 0 && size < 6000, `${name}: ${size} bytes`);
  }
  const stored = new StoredTranscript("heat", readLogs(folder, "heat"));
  const { steps } = stored.summary(), numbers = stored.events().map(({ n }) => n);
  assertEquals(steps, 300 + 700 - 35);
  assertEquals(numbers, numbers.map((_, i) => 1000 - numbers.length + 1 + i));
  assertEquals(reports, []);
});

Deno.test("a transcript that cannot be written is reported, and the run goes on", async () => {
  using dir = tempDir();
  Deno.mkdirSync(dir.join("heat.log.jsonl/full"), { recursive: true });
  const { checkpoints, warnings } = checkpointsOf(heat(), dir.path, options);
  await runTo(checkpoints, 5);
  await checkpoints.complete();
  assertEquals((await checkpoints.list()).map(({ step }) => step), [5]);
  assertStringIncludes(warnings[0], 'the transcript of run "heat" cannot be written');
  assertEquals(checkpoints.model.transcript.summary().warnings, warnings.length);
});

Deno.test("damaged lines are skipped and counted, and a run that is removed takes its transcript along", async () => {
  using dir = tempDir();
  await (await killed(dir.path)).complete();
  const log = dir.join("heat.log.jsonl");
  const lines = Deno.readTextFileSync(log).split("\n"), whole = lines.length - 1;
  for (
    const wrong of [
      "[]",
      '{"n":1}',
      '{"n":"4","kind":"step","at":0}',
      '{"n":0,"kind":"step","at":0}',
      '{"n":9,"kind":"step","at":0,"dt":"x"}',
    ]
  ) {
    Deno.writeTextFileSync(log, [...lines.slice(0, 3), wrong, ...lines.slice(3)].join("\n"));
    const transcript = await new CheckpointCatalog(dir.path).transcript();
    assertEquals([transcript.events().length, transcript.damagedLines], [whole, 1], wrong);
  }
  await assertRejects(
    () => new CheckpointCatalog(dir.path).transcript({ run: "heta" }),
    RangeError,
    "it has heat",
  );
  await new CheckpointCatalog(dir.path).purge({ olderThan: new Date(Date.now() + 1e6) });
  assertEquals([...Deno.readDirSync(dir.path)].filter(({ name }) => name.includes(".log.")), []);
});

Deno.test("timestash log lists, filters, sums, compares and draws", async () => {
  using dir = tempDir();
  const dead = await killed(dir.path);
  await dead.load((await dead.at({ step: 5 }))!);
  dead.model.transcript.note("\u001b[31mred");
  await runTo(dead, 10);
  await dead.complete();
  const { out } = await cli("log", dir.path);
  assertStringIncludes(out, "heat-step5.snap.h5");
  assert(!out.includes("\u001b") && out.includes("?[31mred"), "no terminal obeys a note");
  const left = await cliJson("log", dir.path, "--kind", "step", "--left-behind", "--from", "7");
  assertEquals(left.value.events.map(({ step }: { step: number }) => step), [7, 8, 9, 10, 11, 12]);
  const last = await cliJson("log", dir.path, "--last", "1", "--no-left-behind");
  assertEquals(last.value.events[0].kind, "end");
  const summary = await cli("log", dir.path, "--summary");
  assertStringIncludes(summary.out, "steps taken: 17, of which 7 left behind");
  const picture = dir.join("log.svg");
  assertEquals((await cli("log", dir.path, "--chart", picture)).code, 0);
  assertStringIncludes(Deno.readTextFileSync(picture), "Run heat");

  const { checkpoints } = checkpointsOf(heat(), dir.path, options);
  await runTo(checkpoints, 6);
  await checkpoints.complete();
  const same = await cli("log", dir.path, "--run", "heat", "--compare", "heat-2");
  assertEquals(same.code, 0);
  assertStringIncludes(same.out, "the same in time and size");
  checkpoints.model.tracker.step++;
  const { checkpoints: other } = checkpointsOf(heat(), dir.path, options);
  other.model.tracker.time = 0.01;
  await runTo(other, 3);
  await other.complete();
  const differs = await cliJson("log", dir.path, "--compare", "heat");
  assertEquals([differs.code, differs.value.firstDifference], [1, 1]);
  assertEquals((await cli("log", dir.path, "--kind", "stap")).code, 2);
  assertEquals((await cli("log", dir.join("none"))).code, 3);
});
