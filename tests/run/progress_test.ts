import { assert, assertEquals, assertRejects } from "@std/assert";
import { advanceWithProgress } from "../../src/run/advance_progress.ts";
import { type ProgressReporter, progressReporter } from "../../src/run/progress.ts";
import { tempDir } from "../_helpers.ts";
import { checkpointsOf, heat } from "./_run.ts";

Deno.test("lines say what is done, at most one in each interval, and nothing for short work", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const chatty = await progressReporter({ style: "lines", delay: 0, interval: 0, write });
  const task = chatty.begin("reading", 4);
  for (let i = 1; i <= 4; i++) task.done(i);
  task.end();
  assertEquals(lines.slice(0, 4), [
    "reading: 25 %",
    "reading: 50 %",
    "reading: 75 %",
    "reading: 100 %",
  ]);
  assert(/^reading: done in \d+\.\d s$/.test(lines[4]));
  lines.length = 0;
  const calm = await progressReporter({ style: "lines", delay: 60, write });
  const short = calm.begin("reading", 4);
  short.done(4);
  short.end();
  assertEquals(lines, []);
  await assertRejects(() => progressReporter({ style: "dots" as "bar" }), TypeError);
});

Deno.test("saves and loads report bytes up to what there is; an advance its model time", async () => {
  using dir = tempDir();
  const seen: [string, number, number][] = [];
  const progress: ProgressReporter = {
    begin: (what, total) => {
      const row: [string, number, number] = [what, total, 0];
      seen.push(row);
      return { done: (amount) => void (row[2] = amount), end: () => {} };
    },
  };
  const model = heat();
  model.tracker.table = new Float64Array(100_000);
  const { checkpoints } = checkpointsOf(model, dir.path, { progress });
  const entry = await checkpoints.save();
  await checkpoints.load(entry);
  assertEquals(seen.map(([what]) => what), [
    "saving heat-step0.snap.h5",
    "loading heat-step0.snap.h5",
  ]);
  for (const [what, total, amount] of seen) {
    assert(total > 800_000 && amount >= 0.95 * total, `${what}: ${amount} of ${total}`);
  }
  await checkpoints.close();
});

Deno.test("an advance shows how far it is, and calls the script's own onStep", async () => {
  const lines: string[] = [];
  const reporter = await progressReporter({
    style: "lines",
    delay: 0,
    interval: 0,
    write: (line) => void lines.push(line),
  });
  const model = heat();
  let steps = 0;
  const options = { dt: 0.5, until: 2, step: () => {}, onStep: () => steps++ };
  assertEquals((await advanceWithProgress(model, reporter, options)).accepted, 4);
  assertEquals(steps, 4);
  assertEquals(lines.slice(0, 4), [25, 50, 75, 100].map((it) => `advance to 2: ${it} %`));
  assert(lines[4].startsWith("advance to 2: done"));
  await assertRejects(
    () => advanceWithProgress(model, reporter, { ...options, until: NaN }),
    RangeError,
  );
});
