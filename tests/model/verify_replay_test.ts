import { assert, assertEquals, assertRejects } from "@std/assert";
import { ReplayError } from "../../src/errors.ts";
import { Model } from "../../src/model/model.ts";
import { verifyReplay } from "../../src/model/verify_replay.ts";

Deno.test("a step that keeps all it needs in the model replays, and leaves no trace", async () => {
  const model = new Model();
  model.tracker.u = [1];
  const report = await verifyReplay(model, async () => {
    await Promise.resolve();
    model.tracker.u.push(model.random.normal());
  }, { steps: 3 });
  assertEquals([report.steps, report.suspects], [3, []]);
  assertEquals([model.tracker.u, model.random.draws], [[1], 0]);
});

Deno.test("a forgotten variable is found, and the entry named", async () => {
  const model = new Model();
  let forgotten = 0;
  const error = await assertRejects(
    () => verifyReplay(model, () => model.tracker.sum = ++forgotten),
    ReplayError,
    'first "tracker/sum": 1 became 2; the usual reasons are a variable of the script',
  );
  assertEquals([error.first, error.suspects], ["tracker/sum", []]);
  assertEquals("sum" in model.tracker, false);
});

Deno.test("Math.random and Date.now are named, and work as before afterwards", async () => {
  const model = new Model();
  const [random, now] = [Math.random, Date.now];
  const error = await assertRejects(
    () => verifyReplay(model, () => model.tracker.x = Math.random()),
    ReplayError,
    "Math.random, which a snapshot cannot put back",
  );
  assertEquals(error.suspects, ["Math.random"]);
  const report = await verifyReplay(model, () => void Date.now());
  assertEquals(report.suspects, ["Date.now"]);
  assert(Math.random === random && Date.now === now);
});

Deno.test("a step that throws leaves the model as it was", async () => {
  const model = new Model();
  await assertRejects(
    () =>
      verifyReplay(model, () => {
        model.tracker.time = 3;
        throw new Error("no");
      }),
    Error,
    "no",
  );
  assertEquals(model.tracker.time, 0);
  await assertRejects(() => verifyReplay(model, () => {}, { steps: 0 }), RangeError, "steps");
});

Deno.test("objects that the step makes are there in both runs, and gone afterwards", async () => {
  const model = new Model();
  await verifyReplay(model, () => {
    if (!model.bearers.has("late")) model.bindState({ n: 1 }, { name: "late" });
  }, { steps: 2 });
  assertEquals([...model.bearers.keys()], []);
});
