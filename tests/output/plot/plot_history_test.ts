import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { Model } from "../../../mod.ts";
import { type HistoryPlotOptions, plotHistory } from "../../../src/output/plot/plot_history.ts";
import { thinned } from "../../../src/output/plot/series.ts";
import { assertWellFormed, textsOf } from "./_svg.ts";

async function run() {
  const model = new Model();
  model.tracker.energy = 1;
  model.tracker.label = "no number";
  model.timeline.record({ every: { steps: 2 } });
  model.timeline.pin("start");
  const report = await model.advance({
    dt: 0.4,
    until: 2,
    step: (dt) => model.tracker.energy *= 1 - dt,
    accept: (dt) => dt < 0.15,
  });
  return { model, report };
}

Deno.test("a report shows step sizes, and how often steps were taken back", async () => {
  const { report } = await run();
  const { svg } = await plotHistory(report, { units: { time: "s", dt: "s" } });
  assertWellFormed(svg);
  const texts = textsOf(svg);
  assert(texts[1].startsWith(`${report.accepted} held, ${report.rejected} taken back`), texts[1]);
  for (const text of ["dt (s)", "time (s)", "taken back", "0.4", "2.0"]) {
    assert(texts.includes(text), `${text} in ${texts}`);
  }
  const dots = report.steps.filter(({ takenBack }) => takenBack.length > 0).length;
  assertEquals(svg.match(/#d55e00[^]*?<\/g>/)![0].match(/<line/g)!.length, dots);
});

Deno.test("a timeline shows its states, pins, and the numbers of the tracker", async () => {
  const { model } = await run();
  const { svg } = await plotHistory(model.timeline);
  const texts = textsOf(svg);
  for (const text of ["states", "start", "energy", "dt", "time"]) {
    assert(texts.includes(text), `${text} in ${texts}`);
  }
  assert(!texts.includes("label"));
  const { svg: some } = await plotHistory(model.timeline, { x: "step", names: ["energy"] });
  assert(textsOf(some).includes("step") && !textsOf(some).includes("dt"));
});

Deno.test("columns are lines; what spans decades is logarithmic", async () => {
  const time = Float64Array.from({ length: 50 }, (_, i) => i / 10);
  const { svg } = await plotHistory({ time, energy: time.map((t) => Math.exp(-3 * t)) });
  assert(textsOf(svg).includes("10⁻⁴"));
  const linear = await plotHistory({ time, energy: time.map((t) => Math.exp(-3 * t)) }, {
    log: [],
  });
  assert(!textsOf(linear.svg).includes("10⁻⁴"));
});

Deno.test("long series are thinned, and keep their extremes", async () => {
  const y = Float64Array.from({ length: 100_000 }, (_, i) => Math.sin(i));
  y[54_321] = 50;
  y[12_345] = -50;
  const kept = thinned(y);
  assertLess(kept.length, 3000);
  assert(kept.includes(54_321) && kept.includes(12_345));
  assertEquals([kept[0], kept.at(-1)], [0, 99_999]);
  assert(kept.every((at, i) => i === 0 || at > kept[i - 1]));
  const { svg } = await plotHistory({ time: y.map((_, i) => i), y });
  assertLess(svg.length, 80_000);
});

Deno.test("gaps in the data are gaps in the line", async () => {
  const { svg } = await plotHistory({ time: [0, 1, 2, 3, 4], u: [1, 2, NaN, 2, 1] });
  const line = svg.match(/aria-label="line"[^]*?d="([^"]*)"/)![1];
  assertEquals(line.match(/M/g)!.length, 2);
});

Deno.test("what is no history is refused", async () => {
  await assertRejects(() => plotHistory([1, 2] as never), TypeError, "model.advance");
  await assertRejects(
    () => plotHistory({ u: [1] }),
    RangeError,
    "'time' does not exist; the names are: 'u'",
  );
  await assertRejects(() => plotHistory({ time: [1] }), RangeError, "second column");
  const columns = { time: [1, 2], energy: [1, 2] },
    options: HistoryPlotOptions[] = [
      { units: { enrgy: "J" } },
      { log: ["enrgy"] },
      { names: ["enrgy"] },
    ];
  for (const one of options) {
    await assertRejects(() => plotHistory(columns, one), RangeError, "'enrgy' does not exist");
  }
  const report = await new Model().advance({ dt: 1, until: 2, step: () => {} });
  await assertRejects(() => plotHistory(report, { x: "tiem" }), RangeError, "did you mean 'time'");
  await assertRejects(() => plotHistory(report, { names: ["dtt"] }), RangeError, "'dt'");
  await assertRejects(() => plotHistory(report, { log: true as never }), TypeError, "a list");
  await assertRejects(
    () => plotHistory({ time: [1], u: [1, 2] }),
    RangeError,
    "lengths must be equal",
  );
  const { model } = await run();
  await assertRejects(
    () => plotHistory(model.timeline, { names: ["mass"] }),
    RangeError,
    "'energy'",
  );
});

Deno.test("several quantities are curves in one frame, with a legend and logarithmic axes", async () => {
  const time = Float64Array.from({ length: 30 }, (_, i) => (i + 1) / 10);
  const columns = { time, fast: time.map((t) => Math.exp(-4 * t)), slow: time.map((t) => 1 / t) };
  const { svg } = await plotHistory(columns, { together: true, logX: true, units: { time: "s" } });
  assertWellFormed(svg);
  const texts = textsOf(svg);
  for (const text of ["fast", "slow", "value", "time (s)", "10⁻⁴"]) {
    assert(texts.includes(text), `${text} in ${texts}`);
  }
  const dots = (text: string) => (text.match(/<circle/g) ?? []).length;
  assertEquals(dots(svg), 60);
  assertEquals(dots((await plotHistory(columns, { together: true, markers: false })).svg), 0);
  assertEquals(dots((await plotHistory(columns, { markers: false })).svg), 0);
  const panels = await plotHistory(columns, { logX: true });
  assert(textsOf(panels.svg).includes("fast"));
  await assertRejects(
    () => plotHistory({ time: [0, 1], a: [1, 2] }, { logX: true }),
    RangeError,
    "above 0",
  );
});

Deno.test("times have the units of the model: a timeline knows them, others are given the model", async () => {
  const { model, report } = await run();
  model.parameters.define("time", 1, { units: "Myr" });
  model.parameters.define("energy", 1, { units: "J" });
  const kept = textsOf((await plotHistory(model.timeline)).svg);
  for (const text of ["time (Myr)", "dt (Myr)", "energy (J)"]) {
    assert(kept.includes(text), `${kept}`);
  }
  assert(textsOf((await plotHistory(report, { model })).svg).includes("time (Myr)"));
  assert(
    textsOf((await plotHistory(report, { model, units: { time: "s" } })).svg).includes("time (s)"),
  );
});
