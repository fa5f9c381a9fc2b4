import { assert, assertEquals, assertRejects } from "@std/assert";
import { fewestForwardSteps } from "../../src/adjoint/sweep.ts";
import { reverse } from "../../src/adjoint/reverse.ts";
import type { ReverseOptions } from "../../src/adjoint/reverse_options.ts";
import { ownBytesOf } from "../../src/adjoint/sweep_states.ts";
import type { ReverseSchedule } from "../../src/adjoint/schedule.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { RunIdentityError } from "../../src/errors.ts";
import { Model } from "../../src/model/model.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { buildSolving } from "../model/resume_program.ts";
import { tempDir } from "../_helpers.ts";

const STEPS = 11;
const dts = Array.from({ length: STEPS }, (_, k) => 0.01 * (1 + k % 3));

/** A model with solvers, a history, particles and random numbers, and all its states up to the last one. */
function recorded(): { model: Model; step: (k: number) => void; states: Snapshot[] } {
  const { model, advance } = buildSolving(), states = [model.saveState()];
  const step = (k: number) => advance(dts[k]);
  for (let k = 0; k < STEPS; k++) {
    step(k);
    states.push(model.saveState());
  }
  model.loadState(states[0]);
  return { model, step, states };
}

const { model, step, states } = recorded();

/** A visit that compares with the full recording, and then spoils the model. */
function comparing(visited: number[]): (k: number) => void {
  return (k) => {
    using now = model.saveState();
    assertEquals(diffSnapshots(now, states[k]), [], `before step ${k}`);
    visited.push(k);
    model.tracker.time = -1;
    for (const mesh of model.meshes.values()) {
      for (const variable of mesh.variables.values()) variable.data.fill(NaN);
    }
  };
}

function assertAtStart(): void {
  using now = model.saveState();
  assertEquals(diffSnapshots(now, states[0]), []);
}

const backwards = Array.from({ length: STEPS }, (_, i) => STEPS - 1 - i);

for (const memory of [1, 2, 3, 20]) {
  Deno.test(`with ${memory} states in memory every state is visited in every byte, last first`, async () => {
    const visited: number[] = [];
    let schedule: ReverseSchedule | null = null;
    const report = await reverse(model, {
      steps: STEPS,
      memory,
      step,
      visit: comparing(visited),
      onSchedule: (told) => schedule = told,
    });
    assertEquals(visited, backwards);
    const forwardSteps = fewestForwardSteps(STEPS, memory);
    assertEquals({ ...report, peakBytes: 0 }, {
      steps: STEPS,
      visited: STEPS,
      forwardSteps,
      peakBytes: 0,
    });
    assertEquals(schedule!.forwardSteps, forwardSteps);
    // States differ a little in size: a list grows from step to step.
    const sizes = states.map(ownBytesOf), kept = schedule!.states.memory;
    assert(report.peakBytes >= kept * Math.min(...sizes));
    assert(report.peakBytes <= kept * Math.max(...sizes));
    assertAtStart();
  });
}

Deno.test("states on disk give the same, and their files go", async () => {
  using dir = tempDir();
  const visited: number[] = [], disk = { folder: dir.path, states: 2 };
  let files = 0;
  const report = await reverse(model, {
    steps: STEPS,
    memory: 1,
    disk,
    step,
    visit: (k) => {
      files = Math.max(files, [...Deno.readDirSync(dir.path)].length);
      comparing(visited)(k);
    },
  });
  assertEquals([visited, report.forwardSteps], [backwards, fewestForwardSteps(STEPS, 3)]);
  assertEquals([files, [...Deno.readDirSync(dir.path)]], [2, []]);
  await reverse(model, { steps: STEPS, memory: 0, disk, step, visit: comparing([]) });
  assertAtStart();
});

Deno.test("a function may say when the run ends; the end is looked at on asking", async () => {
  const visited: number[] = [], ends: number[] = [];
  const end = (steps: number) => {
    using now = model.saveState();
    assertEquals(diffSnapshots(now, states[steps]), []);
    ends.push(steps);
  };
  const goesOn = (k: number) => k < STEPS;
  const report = await reverse(model, {
    steps: goesOn,
    memory: 3,
    step,
    visit: comparing(visited),
    end,
  });
  assertEquals([visited, report.steps], [backwards, STEPS]);
  const known = await reverse(model, { steps: STEPS, memory: 3, step, visit: () => {}, end });
  assertEquals([ends, known.forwardSteps], [[STEPS, STEPS], fewestForwardSteps(STEPS, 3) + 1]);
  const none = await reverse(model, { steps: () => false, memory: 3, step, visit: comparing([]) });
  assertEquals([none.steps, none.forwardSteps], [0, 0]);
  assertAtStart();
});

Deno.test("a budget in bytes is kept, and one too small is refused before anything is done", async () => {
  const bytes = 3 * Math.max(...states.map(ownBytesOf)), visited: number[] = [];
  const options = { steps: STEPS, step, visit: comparing(visited) };
  const report = await reverse(model, { ...options, memory: { bytes } });
  assertEquals(visited, backwards);
  // Early states are smaller, so that more than three may fit.
  assert(report.forwardSteps <= fewestForwardSteps(STEPS, 3));
  assert(report.peakBytes <= bytes);
  await assertRejects(
    () => reverse(model, { ...options, memory: { bytes: 10 } }),
    RangeError,
    "not one fits",
  );
  assertAtStart();
});

Deno.test("states that grow keep to the bytes", async () => {
  const model = new Model(), tracker = model.tracker;
  tracker.list = new Float64Array(100);
  for (const steps of [30, (k: number) => k < 30]) {
    const visited: number[] = [];
    const { peakBytes } = await reverse(model, {
      steps,
      memory: { bytes: 20_000 },
      step: (k) => tracker.list = new Float64Array(100 + 40 * (k + 1)).fill(k + 1),
      visit: (k) => {
        const { length, [0]: first } = tracker.list as Float64Array;
        assertEquals([length, first], [100 + 40 * k, k]);
        visited.push(k);
      },
    });
    assertEquals(visited.length, 30);
    assert(peakBytes <= 20_000, String(peakBytes));
  }
});

Deno.test("a sweep that is broken off goes on from its record, with what the visits had gathered", async () => {
  using dir = tempDir();
  const file = dir.join("sweep.snap.h5"), whole = { sum: 0, seen: [] as number[] };
  const gather = (carry: typeof whole, stop = -1) => (k: number) => {
    if (k === stop) throw new Error("the power went");
    carry.sum = carry.sum / 3 + Number(model.tracker.time) + k;
    carry.seen.push(k);
  };
  const options = { steps: STEPS, memory: 2, step };
  await reverse(model, { ...options, visit: gather(whole) });
  const first = { sum: 0, seen: [] as number[] }, second = { sum: 0, seen: [] as number[] };
  const broken = {
    ...options,
    visit: gather(first, 4),
    record: { file, carry: first, everySeconds: 0 },
  };
  await assertRejects(() => reverse(model, broken), Error, "the power went");
  assertAtStart();
  const record = { file, carry: second, everySeconds: 0 };
  const report = await reverse(model, { ...options, visit: gather(second), record });
  assertEquals(second, whole);
  assertEquals([report.visited, report.forwardSteps], [5, fewestForwardSteps(5, 2)]);
  // It is complete, and says so.
  const again = await reverse(model, { ...options, visit: gather(second), record });
  assertEquals([again.steps, again.visited, second], [STEPS, 0, whole]);
  step(0);
  await assertRejects(
    () => reverse(model, { ...options, visit: () => {}, record }),
    RunIdentityError,
    "began in another state",
  );
  model.loadState(states[0]);
});

Deno.test("an error in a step or a visit is passed on, and the model is at the start", async () => {
  for (const at of ["step", "visit"] as const) {
    const options = { steps: STEPS, memory: 2, step, visit: () => {} };
    const failing = {
      ...options,
      [at]: (k: number) => {
        if (k === 3) throw new RangeError("no such step");
        if (at === "step") step(k);
      },
    };
    await assertRejects(() => reverse(model, failing), RangeError, "no such step");
    assertAtStart();
  }
});

Deno.test("wrong calls of reverse are refused, and change nothing", async () => {
  const right: ReverseOptions = { steps: 3, memory: 2, step, visit: () => {} };
  const wrong: [object, typeof TypeError | typeof RangeError, string][] = [
    [{ memroy: 2 }, TypeError, "did you mean 'memory'"],
    [{ steps: 0 }, RangeError, "steps"],
    [{ steps: "3" }, TypeError, "steps"],
    [{ memory: 0 }, RangeError, "memory"],
    [{ memory: { bytes: NaN } }, RangeError, "memory.bytes"],
    [{ memory: { states: 3 } }, TypeError, "states"],
    [{ step: null }, TypeError, "step is a function"],
    [{ visit: 3 }, TypeError, "visit is a function"],
    [{ end: 3 }, TypeError, "end is a function"],
    [{ disk: { folder: "", states: 1 } }, TypeError, "disk.folder"],
    [{ disk: { folder: "x", states: 0 } }, RangeError, "disk.states"],
    [{ disk: { folder: "x", states: 1 }, steps: () => false }, RangeError, "number of steps"],
    [{ progress: {} }, TypeError, "reporter"],
    [{ record: { file: "x" } }, TypeError, "carry"],
    [{ record: { file: "x", carry: {}, everySeconds: -1 } }, RangeError, "everySeconds"],
  ];
  for (const [change, Class, words] of wrong) {
    await assertRejects(
      () => reverse(model, { ...right, ...change } as ReverseOptions),
      Class,
      words,
      JSON.stringify(change),
    );
  }
  await assertRejects(() => reverse({} as Model, right), TypeError, "a model first");
  assertAtStart();
});
