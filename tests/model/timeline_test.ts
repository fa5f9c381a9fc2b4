import { assert, assertEquals, assertThrows } from "@std/assert";
import { ndarray } from "../../src/deps/ndarray.ts";
import { Model } from "../../src/model/model.ts";
import { thinnest } from "../../src/model/kept_states.ts";
import { CHUNK_BYTES } from "../../src/snapshot/chunks.ts";

/** A model with one array of `length` doubles in its tracker. */
function withArray(length: number): Model {
  const model = new Model();
  model.tracker.u = new Float64Array(length).fill(1);
  return model;
}

function step(model: Model): void {
  model.tracker.step += 1;
  model.tracker.time += 0.1;
}

Deno.test("record keeps a state when one is due, by steps or by time", () => {
  const model = new Model();
  const { timeline } = model;
  for (let k = 0; k < 7; k++) {
    timeline.record({ every: { steps: 3 } });
    timeline.record();
    step(model);
  }
  assertEquals(timeline.entries().map(({ step }) => step), [0, 3, 6]);
  const other = new Model();
  for (let k = 0; k < 8; k++) {
    other.timeline.record({ every: { time: 0.3 } });
    step(other);
  }
  assertEquals(other.timeline.entries().map(({ step }) => step), [0, 3, 6]);
});

Deno.test("rewind puts back the nearest state at or before, and forgets the later ones", () => {
  const model = withArray(10);
  const { timeline, tracker } = model;
  for (let k = 0; k < 6; k++) {
    timeline.record({ every: { steps: 2 } });
    tracker.u[0] = k;
    step(model);
  }
  assertEquals(timeline.rewind({ steps: 1 }), { step: 4, time: 0.4, pin: null });
  assertEquals([tracker.step, tracker.u[0]], [4, 3]);
  timeline.rewind({ toTime: 0.3 });
  assertEquals([tracker.step, timeline.entries().length], [2, 2]);
  timeline.rewind({ toStep: 0 });
  assertEquals([tracker.step, timeline.entries().length], [0, 1]);
  assertThrows(() => timeline.rewind({ steps: 1 }), RangeError, "steps kept are: 0");
});

Deno.test("pinned states survive thinning and rewinding, and are found by name", () => {
  const model = withArray(CHUNK_BYTES / 8);
  const { timeline, tracker } = model;
  timeline.record({ budget: 4 * CHUNK_BYTES });
  step(model);
  tracker.u.fill(2);
  timeline.pin("good");
  assertThrows(() => timeline.pin("good"), RangeError, "already");
  for (let k = 0; k < 20; k++) {
    step(model);
    tracker.u.fill(k);
    timeline.record();
    assert(timeline.bytes <= 4 * CHUNK_BYTES + 1000, `${timeline.bytes}`);
    assertEquals(timeline.entries().at(-1)!.step, tracker.step);
  }
  assert(timeline.entries().some(({ pin }) => pin === "good"));
  timeline.rewind({ toPin: "good" });
  assertEquals([tracker.step, tracker.u[5]], [1, 2]);
  assertThrows(() => timeline.rewind({ toPin: "bad" }), RangeError, "pins are: 'good'");
  timeline.unpin("good");
  assertEquals(timeline.entries().filter(({ pin }) => pin !== null), []);
});

Deno.test("thinning leaves a spacing that grows with age", () => {
  let kept: { step: number; pin: null }[] = [];
  for (let step = 0; step < 1000; step++) {
    kept = [...kept, { step, pin: null }];
    if (kept.length > 20) kept.splice(thinnest(kept), 1);
  }
  assertEquals([kept[0].step, kept.at(-1)!.step], [0, 999]);
  const gaps = kept.slice(1).map(({ step }, i) => step - kept[i].step);
  const age = (i: number) => 999 - kept[i + 1].step;
  assert(gaps.slice(-5).every((gap) => gap <= 8), `${gaps}`);
  // Logarithmic: no gap is longer than its own age and a little.
  gaps.forEach((gap, i) => assert(gap <= age(i) + 16 || i === 0, `${gaps}`));
  assertEquals(thinnest([{ step: 0, pin: null }]), -1);
  assertEquals(thinnest([{ step: 0, pin: null }, { step: 1, pin: null }]), 0);
  assertEquals(thinnest([{ step: 0, pin: "a" }, { step: 1, pin: null }]), -1);
});

Deno.test("states share what did not change, piece by piece, and bytes says so", () => {
  const pieces = 50;
  const model = withArray(pieces * CHUNK_BYTES / 8);
  const { timeline, tracker } = model;
  timeline.record();
  const first = timeline.bytes;
  assert(first >= pieces * CHUNK_BYTES && first < pieces * CHUNK_BYTES * 1.01);
  for (let k = 1; k <= 10; k++) {
    step(model);
    tracker.u.fill(k + 1, 0, CHUNK_BYTES / 8);
    timeline.record();
  }
  const grown = timeline.bytes - first;
  assert(grown >= 10 * CHUNK_BYTES && grown < 10.5 * CHUNK_BYTES, `${grown / CHUNK_BYTES}`);
  timeline.rewind({ toStep: 3 });
  assertEquals([tracker.u[0], tracker.u[CHUNK_BYTES / 8]], [4, 1]);
  timeline.clear();
  assertEquals([timeline.bytes, timeline.entries()], [0, []]);
});

Deno.test("sharing goes by bytes: -0 and NaN payloads are kept apart", () => {
  const model = withArray(4);
  const { timeline, tracker } = model;
  tracker.u.fill(0);
  timeline.record();
  step(model);
  tracker.u[0] = -0;
  new Uint32Array(tracker.u.buffer).set([7, 0x7ff80000], 2);
  timeline.record();
  step(model);
  tracker.u.fill(1);
  timeline.rewind({ steps: 1 });
  assert(Object.is(tracker.u[0], -0));
  assertEquals([...new Uint32Array(tracker.u.buffer).slice(2, 4)], [7, 0x7ff80000]);
  timeline.rewind({ toStep: 0 });
  assert(Object.is(tracker.u[0], 0));
});

Deno.test("diff tells what changed between two kept states", () => {
  const model = withArray(4);
  model.timeline.record();
  step(model);
  model.tracker.u[2] = 3;
  model.timeline.pin("later");
  const rows = model.timeline.diff(0, "later");
  const row = rows.find(({ key }) => key === "tracker/u")!;
  assertEquals([row.count, row.maxDifference], [1, 2]);
  assertThrows(() => model.timeline.diff(0, 9), RangeError, "not keep a state of step 9");
});

Deno.test("bisect finds the first bad state with log2 N + 1 restores, and leaves the model alone", () => {
  const model = withArray(4);
  const { timeline, tracker } = model;
  for (let k = 0; k < 64; k++) {
    timeline.record();
    step(model);
    if (k === 40) tracker.u[1] = NaN;
  }
  tracker.u[0] = 77;
  let asked = 0;
  const found = timeline.bisect(() => (asked++, !Number.isNaN(tracker.u[1])));
  assertEquals(found?.step, 41);
  assert(asked <= 7, `${asked}`);
  assertEquals([tracker.u[0], tracker.step, timeline.entries().length], [77, 64, 64]);
  assertEquals(timeline.bisect(() => true), null);
});

Deno.test("bisect refuses a fault that comes and goes; looking at every state finds it", () => {
  const model = withArray(4);
  const { timeline, tracker } = model;
  for (tracker.step = 0; tracker.step < 16; tracker.step++) timeline.record();
  const holds = (bad: number) => () => tracker.step !== bad;
  assertThrows(
    () => timeline.bisect(holds(7)),
    RangeError,
    "step 7 does not hold and the last one",
  );
  for (const bad of [0, 3, 7, 15]) {
    assertEquals(timeline.bisect(holds(bad), { exhaustive: true })?.step, bad);
  }
  assertEquals(timeline.bisect(() => true, { exhaustive: true }), null);
  assertEquals(timeline.bisect(holds(15))?.step, 15);
  assertEquals(tracker.step, 16);
});

Deno.test("advance records by itself while the timeline is recording", async () => {
  const model = new Model();
  model.timeline.record({ every: { steps: 2 } });
  await model.advance({ dt: 0.25, until: 1, step: () => {} });
  assertEquals(model.timeline.entries().map(({ step }) => step), [0, 2, 4]);
  model.timeline.stop();
  await model.advance({ dt: 0.25, until: 2, step: () => {} });
  assertEquals(model.timeline.entries().length, 3);
});

Deno.test("parameters rewind with the state", () => {
  const model = new Model();
  model.parameters.define("kappa", 1);
  model.timeline.record();
  step(model);
  model.parameters.set("kappa", 2);
  model.timeline.rewind({ toStep: 0 });
  assertEquals([model.parameters.get("kappa"), model.parameters.history.length], [1, 0]);
});

Deno.test("intervals and budgets that make no sense are refused", () => {
  const { timeline } = new Model();
  assertThrows(() => timeline.record({ every: { steps: 0 } }), RangeError, "every.steps");
  assertThrows(() => timeline.record({ budget: NaN }), RangeError, "budget");
  assertEquals(timeline.entries(), []);
});

Deno.test("after a rewind past a pinned state, recording goes on, and the pinned one stands aside", () => {
  const model = new Model();
  const { timeline, tracker } = model;
  const course = (name: string, from: number, to: number) => {
    for (tracker.step = from; tracker.step < to; tracker.step++) {
      tracker.course = name;
      timeline.record({ every: { steps: 1 } });
    }
  };
  course("first", 0, 6);
  timeline.pin("late");
  timeline.rewind({ toStep: 2 });
  course("second", 3, 6);
  assertEquals(timeline.entries().map(({ step }) => step), [0, 1, 2, 6, 3, 4, 5]);
  assertEquals(timeline.bisect(() => tracker.course === "first")?.step, 3);
  tracker.step = 9;
  timeline.rewind({ toStep: 8 });
  assertEquals([tracker.step, tracker.course], [5, "second"]);
  timeline.rewind({ toPin: "late" });
  assertEquals(timeline.entries().map(({ step }) => step), [0, 1, 2, 6]);
  assertEquals([tracker.step, tracker.course], [6, "first"]);
  timeline.rewind({ toStep: 1 });
  timeline.unpin("late");
  assertEquals(timeline.entries().map(({ step }) => step), [0, 1]);
});

Deno.test("a model that was put back by loadState is recorded again from there", () => {
  const model = new Model();
  const { timeline, tracker } = model;
  using start = model.saveState();
  for (let k = 0; k < 6; k++) {
    timeline.record({ every: { steps: 1 } });
    step(model);
  }
  model.loadState(start);
  tracker.branch = 2;
  for (let k = 0; k < 3; k++) {
    step(model);
    timeline.record();
  }
  assertEquals(timeline.entries().map(({ step }) => step), [0, 1, 2, 3]);
  timeline.rewind({ toStep: 2 });
  assertEquals(tracker.branch, 2);
});

Deno.test("a predicate that is async, and a target that is none, are refused", () => {
  const model = withArray(1);
  const { timeline } = model;
  timeline.record();
  const late = (() => Promise.resolve(false)) as unknown as () => boolean;
  assertThrows(() => timeline.bisect(late), TypeError, "got Promise");
  for (const target of [undefined, {}, { steps: "1" }, { toPin: 3 }]) {
    const bad = target as unknown as { steps: number };
    assertThrows(() => timeline.rewind(bad), TypeError, "rewind takes");
  }
});

Deno.test("NdArrays that did not change are kept once, too", () => {
  const model = new Model();
  model.tracker.grid = ndarray(new Float64Array(1e4), [100, 100]);
  for (let k = 0; k < 5; k++) {
    model.timeline.record();
    step(model);
  }
  assert(model.timeline.bytes < 1.1 * 8e4, `${model.timeline.bytes}`);
});
