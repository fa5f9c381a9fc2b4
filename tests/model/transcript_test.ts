import { assert, assertEquals, assertThrows } from "@std/assert";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import type { TranscriptEvent, TranscriptKind } from "../../src/model/transcript_event.ts";
import { leftBehind } from "../../src/model/transcript_event.ts";
import { keeperOf } from "../../src/model/transcript.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";
import { assertSameSnapshots, build, step } from "./_sim.ts";

/** The kinds of the events that count, and of those that were left behind. */
function kindsOf(model: Model): { counting: string; left: string } {
  const events = model.transcript.events();
  const words = (left: boolean) =>
    events.filter((it) => it.leftBehind === left).map(({ kind }) => kind).join(" ");
  return { counting: words(false), left: words(true) };
}

Deno.test("advance notes every step, every attempt taken back with its reason, and the solves in it", async () => {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [3, 3] });
  const poisson = new Poisson(new MeshVariable(mesh, "u"), { source: 1 });
  poisson.addDirichlet("left", 0);
  const report = await model.advance({
    dt: 0.5,
    until: 1,
    step: () => void poisson.solve(),
    accept: (dt) => dt < 0.3,
  });
  const { steps, rejected, solves, reasons, solvers, stepsLeftBehind } = model.transcript.summary();
  assertEquals([steps, rejected], [report.accepted, report.rejected]);
  assertEquals(solves, steps + rejected);
  assertEquals(reasons, { "not accepted": rejected });
  assertEquals([solvers.Poisson_0.solves, stepsLeftBehind], [solves, 0]);
  // The solve of an attempt that was taken back was left behind, and the words that say so were not.
  const first = model.transcript.events({ toStep: 1 }).map((it) => [it.kind, it.leftBehind]);
  assertEquals(first.slice(0, 5), [
    ["start", false],
    ["solve", true],
    ["reject", false],
    ["solve", false],
    ["step", false],
  ]);
  const [reject] = model.transcript.events({ kinds: ["reject"] });
  assertEquals([reject.dt, reject.why], [0.5, "not accepted"]);
  const dts = model.transcript.events({ kinds: ["step"] }).map(({ dt }) => dt);
  assertEquals(dts, report.steps.map(({ dt }) => dt));
});

Deno.test("a loop of the script is noted without a call, and a restore leaves its steps behind", () => {
  const model = new Model();
  using before = model.saveState();
  for (let i = 0; i < 3; i++) model.transcript.note(`after ${++model.tracker.step}`);
  model.loadState(before);
  model.tracker.step++;
  model.tracker.dt = 0.25;
  assertEquals(kindsOf(model), {
    counting: "start restore step",
    left: "step note step note step note",
  });
  assertEquals(model.transcript.events({ kinds: ["step"], leftBehind: false })[0].dt, 0.25);
  model.tracker.step += 4;
  assertEquals(model.transcript.events({ last: 1 })[0].steps, 4);
  assertEquals(model.transcript.summary().steps, 3 + 1 + 4);
  assertEquals(model.transcript.summary().stepsLeftBehind, 3);
});

Deno.test("transactions, the timeline and a jump to another branch tell which events count", () => {
  const model = new Model();
  const note = (text: string) => model.transcript.note(text);
  const texts = () =>
    model.transcript.events({ kinds: ["note"], leftBehind: false }).map(({ why }) => why);
  assertThrows(() =>
    model.transaction(() => {
      note("inside");
      throw new Error("it blew up at 17");
    })
  );
  assertEquals(model.transcript.summary().reasons, { "it blew up at #": 1 });
  assertEquals(texts(), []);
  using root = model.saveState();
  note("a");
  using branch = model.saveState();
  note("a2");
  model.loadState(root);
  note("b");
  assertEquals(texts(), ["b"]);
  model.loadState(branch);
  assertEquals(texts(), ["a"]);
  model.timeline.record();
  model.tracker.step++;
  note("c");
  model.timeline.rewind({ toStep: 0 });
  assertEquals(texts(), ["a"]);
  assertEquals(model.transcript.events({ last: 1 })[0].kind, "rewind");
});

Deno.test("from the end backwards, each event that put the model back names the one that counts before it", () => {
  const event = (n: number, kind: TranscriptKind, since?: number): TranscriptEvent => ({
    n,
    kind,
    at: 0,
    step: 0,
    time: 0,
    ...(since !== undefined && { since }),
  });
  const events = [
    event(11, "step"),
    event(12, "step"),
    event(13, "restore", 11),
    event(14, "step"),
    event(15, "restore", 12),
    event(16, "step"),
  ];
  assertEquals(leftBehind(events), [false, false, true, true, false, false]);
  // What the state knew of is no longer there.
  assertEquals(leftBehind([...events, event(17, "load", 5)]), [...Array(6).fill(true), false]);
  assertEquals(leftBehind([]), []);
});

Deno.test("a solve that fails is noted with its residual, and an adaptation with its cells", () => {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [40, 40] });
  const strict = new Poisson(new MeshVariable(mesh, "u"), {
    source: (x, y) => Math.exp(x * y),
    maxIterations: 1,
    rtol: 1e-14,
  });
  strict.addDirichlet("left", 0);
  assertThrows(() => strict.solve());
  const [failed] = model.transcript.events({ kinds: ["solve"] });
  assert(failed.failed && failed.residual! > 1e-14 && failed.why!.includes("converge"), failed.why);
  assertEquals(model.transcript.summary().failedSolves, 1);
  mesh.refine();
  const [adapt] = model.transcript.events({ kinds: ["adapt"] });
  assertEquals(adapt.cells, mesh.cellCount);
});

Deno.test("saves and loads of files are noted, and a load counts on from its save", async () => {
  using dir = tempDir();
  const { model } = build();
  await model.saveState({ file: dir.join("a.snap.h5") });
  model.transcript.note("lost");
  await model.loadState(dir.join("a.snap.h5"));
  assertEquals(kindsOf(model), { counting: "start save load", left: "note" });
  assertEquals(model.transcript.events({ kinds: ["load"] })[0].file, "a.snap.h5");
});

Deno.test("the transcript is not state: never stashed, put back, and put back after a bad step are equal", () => {
  const straight = build(), back = build(), bad = build();
  step(straight, 0.1);
  step(straight, 0.1);
  step(back, 0.1);
  using token = back.model.saveState();
  back.model.transcript.note("between");
  step(back, 0.1);
  back.model.loadState(token);
  step(back, 0.1);
  step(bad, 0.1);
  using good = bad.model.saveState();
  bad.T.set(NaN);
  bad.model.loadState(good);
  bad.model.transcript.summary();
  step(bad, 0.1);
  using a = straight.model.saveState();
  using b = back.model.saveState();
  using c = bad.model.saveState();
  assertSameSnapshots(a, b);
  assertSameSnapshots(a, c);
  assertSameBytes(back.T.data, straight.T.data);
  assertSameBytes(bad.T.data, straight.T.data);
});

Deno.test("memory is bounded, and the sums stay those of all events", () => {
  const model = new Model();
  for (let i = 0; i < 25_000; i++) model.tracker.step++, model.transcript.note("");
  const { transcript } = model;
  assert(transcript.events().length <= 20_000);
  assertEquals([transcript.summary().steps, transcript.count], [25_000, 50_001]);
  assertEquals(transcript.events({ last: 1 })[0].n, 50_001);
});

Deno.test("the seconds of a run hold those of every solve: in steps, in what was taken back, and outside of both", () => {
  // The clock moves only where the test says so.
  const { now } = performance;
  let seconds = 0;
  performance.now = () => 1000 * seconds;
  try {
    const model = new Model(), { transcript } = model;
    const solve = () =>
      keeperOf(transcript).timed("Diffusion_0.solve", () => {
        seconds += 1;
        return { iterations: 1, residual: 0 };
      });
    const sums = () => {
      const { seconds, solveSeconds, openSeconds } = transcript.summary();
      return [seconds, solveSeconds, openSeconds];
    };
    solve();
    assertEquals(sums(), [1, 1, 1]);
    model.tracker.step++;
    solve();
    assertEquals(sums(), [2, 2, 1]);
    assertEquals(transcript.events({ kinds: ["step"] })[0].seconds, 1);
    using state = model.saveState();
    solve();
    seconds += 0.5;
    model.loadState(state);
    assertEquals(sums(), [3.5, 3, 0]);
    const fails = () => {
      solve();
      seconds += 2;
      throw new RangeError("no");
    };
    assertThrows(() => model.transaction(fails), RangeError);
    assertEquals(sums(), [6.5, 4, 0]);
    assertEquals(transcript.events({ last: 1 })[0].seconds, 3);
  } finally {
    performance.now = now;
  }
});

Deno.test("wrong calls of the transcript say what to do", () => {
  const { transcript } = new Model();
  // deno-lint-ignore no-explicit-any -- wrong calls
  const events = transcript.events.bind(transcript) as any;
  assertThrows(() => events({ kind: ["step"] }), TypeError, "did you mean 'kinds'");
  assertThrows(() => events({ kinds: ["stap"] }), RangeError, "did you mean 'step'");
  assertThrows(() => events({ kinds: "step" }), TypeError, "a list of kinds");
  assertThrows(() => events({ fromStep: NaN }), RangeError, "fromStep is NaN");
  assertThrows(() => events({ last: -1 }), RangeError, "at least 0");
  assertThrows(() => events({ fromStep: "1" }), TypeError, "is a number");
  assertThrows(() => events({ leftBehind: 1 }), TypeError, "true or false");
  // deno-lint-ignore no-explicit-any -- a wrong call
  assertThrows(() => transcript.note(3 as any), TypeError, "takes a text");
});
