import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ModelBusyError, StateSchemaError } from "../../src/errors.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { Ensemble, type EnsembleMember } from "../../src/run/ensemble.ts";
import type { CheckpointLevel } from "../../src/run/checkpoint_entry.ts";
import { resumeOrStart } from "../../src/run/resume.ts";
import { tempDir } from "../_helpers.ts";
import { checkpointsOf, heat, step, type TestOptions } from "./_run.ts";

class Killed extends Error {}

/** An ensemble of 4 members of 6 steps that dies in step `fatal` of all the steps of this process. */
async function process(folder: string, options: TestOptions, fatal = Infinity) {
  const model = heat();
  const ensemble = new Ensemble(model, { members: ["a", "b", "c", "d"] });
  const { checkpoints } = checkpointsOf(model, folder, options);
  await resumeOrStart(model, checkpoints);
  const turns: EnsembleMember[] = [];
  let steps = 0;
  const work = async (member: EnsembleMember) => {
    turns.push(member);
    while (model.tracker.step < 6) {
      if (++steps > fatal) throw new Killed();
      step(model);
      await checkpoints.afterStep();
    }
    return { name: member.name, next: model.random.next() };
  };
  try {
    const results = await ensemble.run(checkpoints, work);
    await checkpoints.complete();
    return { model, results, turns, steps };
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    await checkpoints.close();
    return { model, results: [...ensemble.results], turns, steps };
  }
}

Deno.test("each member starts from the same state with random numbers of its own", async () => {
  using dir = tempDir();
  const { results, turns } = await process(dir.path, {});
  assertEquals(results.map((it) => (it as { name: string }).name), ["a", "b", "c", "d"]);
  assertEquals(new Set(results.map((it) => (it as { next: number }).next)).size, 4);
  assert(turns.every(({ resumed }, index) => !resumed && turns[index].index === index));
});

for (const level of [0, 1, 2] as CheckpointLevel[]) {
  Deno.test(`an ensemble that dies again and again ends like one that did not, at level ${level}`, async () => {
    using dir = tempDir();
    using other = tempDir();
    const options: TestOptions = { every: { steps: 2 }, level };
    const straight = await process(other.path, options);
    assertEquals(straight.steps, 24);
    const resumed: string[] = [];
    let last = await process(dir.path, options, 9);
    for (const fatal of [4, 7, Infinity]) {
      last = await process(dir.path, options, fatal);
      const [{ name, resumed: middle }] = last.turns;
      resumed.push(`${name}${middle ? " in the middle" : ""}`);
    }
    assertEquals(last.results, straight.results);
    using a = last.model.saveState();
    using b = straight.model.saveState();
    assertEquals(diffSnapshots(a, b), []);
    // With progress only, the member that was under way starts anew, and this takes longer.
    assertEquals(resumed, level === 2 ? ["b in the middle", "c", "d"] : ["b", "b", "c"]);
  });
}

Deno.test("a save of progress only is small, and holds the bearers of its level", async () => {
  using dir = tempDir();
  const model = heat();
  const counter = { name: "counter", state: { schemaVersion: 1, n: 5 } };
  const table = { name: "table", state: { schemaVersion: 1, n: 6 } };
  model.register(counter);
  model.register(table);
  const { checkpoints } = checkpointsOf(model, dir.path, { levels: { counter: 0, table: 1 } });
  const progress = await checkpoints.save({ level: 0 });
  assertEquals([progress.file, progress.level], ["heat-level0.snap.h5", 0]);
  const whole = await checkpoints.save();
  assert(progress.bytes < whole.bytes);
  const item = await checkpoints.save({ level: 1 });
  step(model);
  counter.state = { schemaVersion: 1, n: 0 };
  table.state = { schemaVersion: 1, n: 0 };
  await checkpoints.load(progress);
  assertEquals([counter.state.n, table.state.n, model.tracker.step], [5, 0, 1]);
  await checkpoints.load(item);
  assertEquals([counter.state.n, table.state.n, model.tracker.step], [5, 6, 1]);
  await checkpoints.load(whole);
  assertEquals(model.tracker.step, 0);
  model.unregister(counter);
  await assertRejects(() => checkpoints.load(progress), Error, "counter");
  await checkpoints.close();
});

Deno.test("an ensemble refuses members without names, twins, and the state of others", () => {
  const model = heat();
  assertThrows(() => new Ensemble(model, { members: 0 }), RangeError, "at least one");
  assertThrows(
    () => new Ensemble(model, { members: ["a", "a"] }),
    RangeError,
    "names of members must differ",
  );
  assertThrows(() => new Ensemble(model, { members: ["a", ""] }), TypeError);
  const two = new Ensemble(model, { members: 2 });
  const three = new Ensemble(heat(), { members: 3 });
  assertThrows(() => two.state = three.state, StateSchemaError, "ensemble of 3 members");
});

Deno.test("an ensemble runs once at a time, and not when it was unregistered", async () => {
  using dir = tempDir();
  const model = heat(), ensemble = new Ensemble(model, { members: 2 });
  const { checkpoints } = checkpointsOf(model, dir.path, {});
  const work = async ({ name }: EnsembleMember) => {
    await Promise.resolve();
    return `member ${name}`;
  };
  const first = ensemble.run(checkpoints, work);
  await assertRejects(() => ensemble.run(checkpoints, () => "other"), ModelBusyError, "run");
  assertEquals(await first, ["member 0", "member 1"]);
  assertEquals(await ensemble.run(checkpoints, work), ["member 0", "member 1"]);
  model.unregister(ensemble);
  await assertRejects(() => ensemble.run(checkpoints, work), RangeError, "any more");
  await checkpoints.close();
});
