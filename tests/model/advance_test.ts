import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { ConvergenceError, ModelBusyError, StepSizeError } from "../../src/errors.ts";
import type { AdvanceOptions } from "../../src/model/advance_options.ts";
import { Model } from "../../src/model/model.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { build } from "./_sim.ts";
import { assertRounding } from "../_helpers.ts";

/** y' = -y by forward Euler, with Heun's rule as the estimate. */
function decay(model: Model): Pick<AdvanceOptions, "step" | "error"> {
  model.tracker.y ??= 1;
  let start = 1;
  return {
    step: (dt) => {
      start = model.tracker.y;
      model.tracker.y -= dt * model.tracker.y;
    },
    error: (dt) => Math.abs(0.5 * dt * (start - model.tracker.y)),
  };
}

Deno.test("without a criterion the steps are dt, and the last one lands exactly", async () => {
  const model = new Model();
  const seen: number[] = [];
  const report = await model.advance({
    dt: 0.1,
    until: 1.05,
    step: (dt) => seen.push(dt),
    onStep: ({ time, step }) =>
      assertEquals([time, step], [model.tracker.time, model.tracker.step]),
  });
  assertEquals([model.tracker.time, model.tracker.step], [1.05, 11]);
  assertEquals([report.accepted, report.rejected, seen.length], [11, 0, 11]);
  assertEquals(seen.slice(0, 9), Array(9).fill(0.1));
  await model.advance({ dt: 0.1, until: 1.05, step: () => assert(false) });
});

Deno.test("a step that rounding nearly brought to the end lands in one, not with a sliver", async () => {
  const model = new Model();
  const { accepted } = await model.advance({ dt: 0.1, until: 1, step: () => {} });
  assertEquals([accepted, model.tracker.time], [10, 1]);
});

Deno.test("steps that are not accepted are taken back and shrink", async () => {
  const model = new Model();
  model.tracker.sum = 0;
  const report = await model.advance({
    dt: 0.4,
    until: 1,
    step: (dt) => model.tracker.sum += dt,
    accept: (dt) => dt <= 0.15,
  });
  assertEquals(model.tracker.time, 1);
  assertRounding(model.tracker.sum, 1, 40);
  assert(report.rejected >= 2);
  assertEquals(report.steps[0].takenBack, ["dt 0.4: not accepted", "dt 0.2: not accepted"]);
  assertEquals(report.steps.every(({ dt }) => dt <= 0.15), true);
});

Deno.test("the PI controller meets its tolerance and follows the solution", async () => {
  const tolerance = 1e-4;
  const model = new Model();
  const report = await model.advance({ dt: 1, until: 4, tolerance, ...decay(model) });
  assertGreater(report.rejected, 0);
  assert(Math.abs(model.tracker.y - Math.exp(-4)) < 100 * tolerance);
  const sizes = report.steps.map(({ dt }) => dt);
  assertGreater(sizes[sizes.length - 2], 2 * sizes[1]);
});

Deno.test("a run with rejected steps ends with the bits of one that never took them", async () => {
  const troubled = new Model();
  const report = await troubled.advance({ dt: 1, until: 2, tolerance: 1e-3, ...decay(troubled) });
  const untroubled = new Model();
  const { step } = decay(untroubled);
  for (const { dt } of report.steps) step(dt);
  assert(Object.is(untroubled.tracker.y, troubled.tracker.y));
});

Deno.test("a run that is put back in the middle goes on with the steps it would have taken", async () => {
  const model = new Model();
  const tokens = [model.saveState()];
  const options = { dt: 0.5, until: 2, tolerance: 1e-3, ...decay(model) };
  const whole = await model.advance({ ...options, onStep: () => tokens.push(model.saveState()) });
  const end = model.tracker.y;
  model.loadState(tokens[4]);
  const rest = await model.advance(options);
  assertEquals(rest.steps.map(({ dt }) => dt), whole.steps.slice(4).map(({ dt }) => dt));
  assert(Object.is(model.tracker.y, end));
});

Deno.test("no convergence takes back; any other error goes on from the last good state", async () => {
  const model = new Model();
  const report = await model.advance({
    dt: 1,
    until: 1,
    step: (dt) => {
      model.tracker.junk = dt;
      if (dt > 0.3) throw new ConvergenceError("CG stalled", [1, 0.5]);
      delete model.tracker.junk;
    },
  });
  assertEquals(report.steps[0].takenBack.length, 2);
  assert(report.steps[0].takenBack[0].includes("no convergence: CG stalled"));
  const failing = () => {
    model.tracker.junk = 1;
    throw new Error("a bug");
  };
  await assertRejects(() => model.advance({ dt: 1, until: 3, step: failing }), Error, "a bug");
  assertEquals("junk" in model.tracker, false);
  assertEquals(model.tracker.time, 1);
});

Deno.test("giving up shows the last reasons and leaves the last good state", async () => {
  const model = new Model();
  const never = { dt: 1, until: 1, step: () => {}, accept: () => false };
  const below = await assertRejects(
    () => model.advance({ ...never, minDt: 0.2 }),
    StepSizeError,
    "below minDt 0.2",
  );
  assertEquals(below.reasons.length, 3);
  assert(below.message.includes("dt 0.25: not accepted"), below.message);
  assertEquals([model.tracker.time, model.tracker.dt], [0, null]);
  const tries = await assertRejects(
    () => new Model().advance({ ...never, maxRetries: 4 }),
    StepSizeError,
    "maxRetries",
  );
  assertEquals(tries.reasons.length, 4);
});

Deno.test("bad options are refused before anything moves", async () => {
  const model = new Model();
  model.tracker.time = 1;
  const step = () => assert(false, "no step may be taken");
  const refuse = (options: object, text: string) =>
    assertRejects(
      () => model.advance({ dt: 0.1, until: 2, step, ...options } as AdvanceOptions),
      Error,
      text,
    );
  await refuse({ dt: NaN }, "dt must be a positive number, got NaN");
  await refuse({ dt: -1 }, "dt must be a positive number");
  await refuse({ until: 0.5 }, "at or after the model's time, 1; got 0.5");
  await refuse({ until: Infinity }, "got Infinity");
  await refuse({ step: undefined }, "needs step");
  await refuse({ accept: () => true, error: () => 0 }, "not both");
  await refuse({ shrink: 1 }, "shrink must be between 0 and 1");
  await refuse({ grow: 0.5 }, "grow");
  await refuse({ tolerance: 0 }, "tolerance");
  assertEquals(model.tracker.time, 1);
});

Deno.test("a step that moves the clock itself is told not to", async () => {
  const model = new Model();
  const step = (dt: number) => model.tracker.time += dt;
  await assertRejects(
    () => model.advance({ dt: 1, until: 1, step }),
    TypeError,
    "leave that to advance",
  );
  assertEquals(model.tracker.time, 0);
});

Deno.test("timers run while the loop is busy", async () => {
  const model = new Model();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const busy = () => {
    const end = performance.now() + 30;
    while (performance.now() < end);
  };
  await model.advance({ dt: 0.1, until: 1, step: busy });
  clearInterval(timer);
  assertGreater(ticks, 0);
});

Deno.test("a call that fails leaves no memory of its step sizes", async () => {
  const failures: Partial<AdvanceOptions>[] = [
    { accept: () => false, minDt: 0.1 },
    { accept: () => false, maxRetries: 3 },
    { accept: () => Promise.reject(new Error("planted")) },
    { error: () => -1 },
  ];
  for (const failure of failures) {
    const model = new Model();
    using before = model.saveState();
    await assertRejects(() => model.advance({ dt: 1, until: 2, step: () => {}, ...failure }));
    using after = model.saveState();
    assertEquals(diffSnapshots(before, after), []);
  }
});

Deno.test("a call with another first size starts anew, with the same one it goes on", async () => {
  const model = new Model();
  const run = async (dt: number, until: number) => {
    const { steps } = await model.advance({
      dt,
      until,
      step: () => {},
      accept: () => true,
      grow: 2,
    });
    return steps[0].dt;
  };
  assertEquals(await run(0.25, 1.75), 0.25);
  assertEquals(await run(0.25, 4), 2);
  assertEquals(await run(0.125, 5), 0.125);
});

Deno.test("a step too small to move the clock is an error, not a loop without end", async () => {
  const model = new Model();
  model.tracker.time = 1;
  const error = await assertRejects(
    () => model.advance({ dt: 1e-20, until: 2, step: () => {} }),
    StepSizeError,
    "does not move the clock",
  );
  assert(error instanceof StepSizeError);
});

Deno.test("two loops at once on one model are refused", async () => {
  const model = new Model();
  const options = { dt: 0.25, until: 1, step: () => Promise.resolve() };
  const first = model.advance(options);
  await assertRejects(() => model.advance(options), ModelBusyError, "another advance");
  assertEquals((await first).accepted, 4);
});

Deno.test("a step that stumbles over a field that blew up is taken back, like the field itself", async () => {
  const { model, v, swarm } = build();
  const report = await model.advance({
    dt: 1,
    until: 1,
    step: (dt) => {
      if (dt > 0.3) v.data.fill(NaN);
      swarm.advect(v, dt);
    },
    accept: () => true,
  });
  assertEquals(report.rejected, 2);
  assert(report.steps[0].takenBack[0].includes("Mesh_0.v is not finite (advect: particle"));
  assertEquals(model.tracker.time, 1);
});

Deno.test("times that differ by rounding are one time, ahead of the clock and behind it", async () => {
  const model = new Model();
  model.tracker.time = 0.1 * 3;
  const step = () => assert(false, "no step may be taken");
  for (const until of [0.3, 0.1 + 0.2, 0.3 + 4e-16, 0.3 - 4e-16]) {
    const { accepted } = await model.advance({ dt: 0.02, until, step });
    assertEquals([accepted, model.tracker.time], [0, 0.1 * 3]);
  }
  await assertRejects(
    () => model.advance({ dt: 0.02, until: 0.3 - 1e-9, step }),
    RangeError,
    "at or after the model's time",
  );
});

Deno.test("a step that is small beside the clock, and meant, is taken", async () => {
  const model = new Model();
  for (const [time, dt] of [[1e9, 1e-4], [0, 1e-30], [-1, 1e-12]]) {
    model.tracker.time = time;
    const { accepted } = await model.advance({ dt, until: time + dt, step: () => {} });
    assertEquals([accepted, model.tracker.time], [1, time + dt]);
  }
});

Deno.test("before a time that dt just misses, two steps of one length are taken", async () => {
  const model = new Model();
  const { steps } = await model.advance({ dt: 1, until: 3.0625, step: () => {} });
  assertEquals(steps.map(({ dt }) => dt), [1, 1, 0.53125, 0.53125]);
});

Deno.test("dt as a function is asked before every step", async () => {
  const model = new Model();
  const { steps } = await model.advance({
    dt: () => model.tracker.time < 1 ? 0.25 : 0.5,
    until: 2,
    step: () => {},
  });
  assertEquals(steps.map(({ dt }) => dt), [0.25, 0.25, 0.25, 0.25, 0.5, 0.5]);
  // With a criterion it is a bound: the size that the control remembers may be less.
  const judged = await new Model().advance({
    dt: () => 1,
    until: 3,
    step: () => {},
    accept: (dt) => dt <= 0.5,
  });
  assertEquals(judged.steps.slice(0, 2).map(({ dt }) => dt), [0.5, 0.5]);
  for (const wrong of [0, NaN, -1, "0.1" as unknown as number]) {
    await assertRejects(
      () => model.advance({ dt: () => wrong, until: 9, step: () => {} }),
      RangeError,
      `what dt() returns must be a positive number, got ${wrong}`,
    );
  }
  assertEquals(model.tracker.time, 2);
});

Deno.test("steps stay below a size that was refused, and try a larger one ever more rarely", async () => {
  const model = new Model();
  let limit = 0.1;
  const run = (until: number) =>
    model.advance({ dt: 0.5, until, step: () => {}, accept: (dt) => dt <= limit });
  const { accepted, rejected } = await run(100);
  // One try in 64 once the patience is at its most; growing at once would waste one in five.
  assertGreater(accepted / 32, rejected);
  assertGreater(100 / 0.075, accepted);
  limit = 1;
  const freed = await run(200);
  assertGreater(freed.steps.at(-2)!.dt, 0.5);
  assertEquals(freed.steps.every(({ dt }) => dt <= limit), true);
});

Deno.test("a run that is put back while a refused size is remembered takes the same steps", async () => {
  const model = new Model();
  const tokens: Snapshot[] = [];
  const options = { dt: 1, until: 8, step: () => {}, accept: (dt: number) => dt <= 0.3 };
  const whole = await model.advance({ ...options, onStep: () => tokens.push(model.saveState()) });
  for (const at of [2, 7, 13]) {
    model.loadState(tokens[at - 1]);
    const rest = await model.advance(options);
    assertEquals(rest.steps.map(({ dt }) => dt), whole.steps.slice(at).map(({ dt }) => dt));
  }
});
