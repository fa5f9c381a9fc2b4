import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { SnapshotCorruptError } from "../../src/errors.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { Checkpoints } from "../../src/run/checkpoints.ts";
import { CheckpointError } from "../../src/errors.ts";
import { denoLayer, type FileLayer } from "../../src/snapshot/file/file_layer.ts";
import { tempDir } from "../_helpers.ts";
import { checkpointsOf, heat, runTo, step } from "./_run.ts";

const names = (path: string) => Array.from(Deno.readDirSync(path), ({ name }) => name).sort();

Deno.test("afterStep saves where it is due, under names that say run and step, with JSON beside", async () => {
  using dir = tempDir();
  const { checkpoints } = checkpointsOf(heat(), dir.join("a", "b"), { every: { steps: 10 } });
  await runTo(checkpoints, 25);
  const folder = dir.join("a", "b");
  assertEquals(names(folder).filter((name) => !name.startsWith(".")), [
    "catalog.json",
    "heat-step10.snap.h5",
    "heat-step10.snap.json",
    "heat-step20.snap.h5",
    "heat-step20.snap.json",
    "heat.log.jsonl",
    "heat.run.json",
  ]);
  const record = JSON.parse(Deno.readTextFileSync(`${folder}/heat-step20.snap.json`));
  assertEquals([record.run, record.step, record.dt, record.toolkit_version], [
    "heat",
    20,
    0.1,
    "0.1.0",
  ]);
  assertEquals(record.file_bytes, Deno.statSync(`${folder}/heat-step20.snap.h5`).size);
  assert(/^xxh64:[0-9a-f]{16}$/.test(record.checksum));
  await checkpoints.close();
});

Deno.test("with start, step 0 is saved too; without, it is not", async () => {
  for (const [start, expected] of [[true, [0, 2]], [false, [2]]] as const) {
    using dir = tempDir();
    const { checkpoints } = checkpointsOf(heat(), dir.path, { every: { steps: 2, start } });
    await checkpoints.afterStep();
    await runTo(checkpoints, 3);
    assertEquals((await checkpoints.list()).map((it) => it.step), [...expected]);
    await checkpoints.close();
  }
});

Deno.test("latest, at and select find checkpoints; load puts the model back to the byte", async () => {
  using dir = tempDir();
  const model = heat();
  const { checkpoints } = checkpointsOf(model, dir.path, { every: { steps: 5 } });
  await runTo(checkpoints, 10);
  using at10 = model.saveState();
  await runTo(checkpoints, 23);
  assertEquals((await checkpoints.latest())?.step, 20);
  assertEquals((await checkpoints.at({ step: 14 }))?.step, 10);
  assertEquals((await checkpoints.at({ time: 1.5 }))?.step, 15);
  assertEquals(await checkpoints.at({ step: 4 }), null);
  assertEquals((await checkpoints.select(0)).step, 5);
  assertEquals((await checkpoints.select(-3)).step, 10);
  await assertRejects(() => checkpoints.select(4), RangeError, "there are only 4");
  await assertRejects(() => checkpoints.at({}), TypeError);
  await checkpoints.load((await checkpoints.at({ step: 10 }))!);
  using back = model.saveState();
  assertEquals(diffSnapshots(at10, back), []);
  await checkpoints.close();
});

Deno.test("a model put back behind the last checkpoint saves the same steps again", async () => {
  using dir = tempDir();
  const { checkpoints } = checkpointsOf(heat(), dir.path, { every: { steps: 5 } });
  await runTo(checkpoints, 20);
  await checkpoints.load((await checkpoints.at({ step: 10 }))!);
  await runTo(checkpoints, 16);
  const entries = await checkpoints.list();
  // In order of saving: the newest is the one to go on from.
  assertEquals(entries.map((it) => it.step), [5, 10, 20, 15]);
  await checkpoints.close();
});

Deno.test("keep is applied after each save; a dry run says what would go and why", async () => {
  using dir = tempDir();
  const { checkpoints } = checkpointsOf(heat(), dir.path, {
    every: { steps: 1 },
    keep: { last: 3 },
  });
  await runTo(checkpoints, 2);
  await checkpoints.save({ labels: ["pinned"] });
  await runTo(checkpoints, 8);
  assertEquals((await checkpoints.list()).map((it) => it.step), [2, 6, 7, 8]);
  const dry = await checkpoints.prune({ dryRun: true, keep: { last: 1 } });
  assertEquals(dry.removed.map(({ entry, why }) => [entry.step, why]), [
    [6, "no rule keeps it"],
    [7, "no rule keeps it"],
  ]);
  assertEquals(dry.kept.map(({ why }) => why), ["label pinned", "the newest"]);
  assertEquals((await checkpoints.list()).length, 4);
  await checkpoints.label((await checkpoints.select(0))!, { pinned: false });
  const done = await checkpoints.prune({ keep: { last: 1 } });
  assertEquals(done.removed.length, 3);
  assertEquals(names(dir.path).filter((name) => name.includes("step")), [
    "heat-step8.snap.h5",
    "heat-step8.snap.json",
  ]);
  await checkpoints.close();
});

Deno.test("the best by a label that afterStep gives stay", async () => {
  using dir = tempDir();
  const { checkpoints } = checkpointsOf(heat(), dir.path, {
    every: { steps: 1 },
    labels: ({ tracker }) => ({ misfit: Math.abs(tracker.step - 3) }),
    keep: { best: { by: "misfit", count: 2 } },
  });
  await runTo(checkpoints, 7);
  assertEquals((await checkpoints.list()).map((it) => it.step), [3, 4, 7]);
  await checkpoints.close();
});

Deno.test("incremental saves link to the last whole one, and load the same bytes", async () => {
  using dir = tempDir();
  const model = heat();
  const { checkpoints } = checkpointsOf(model, dir.path, { every: { steps: 1 }, incremental: 3 });
  // Large enough to be worth a link.
  model.tracker.table = new Float64Array(4000).map((_, i) => Math.sqrt(i));
  await runTo(checkpoints, 7);
  const entries = await checkpoints.list();
  assertEquals(entries.map((it) => it.needs.length), [0, 1, 1, 0, 1, 1, 0]);
  assert(entries[1].bytes < entries[0].bytes - 20_000);
  const dry = await checkpoints.prune({ dryRun: true, keep: { last: 2 } });
  assertEquals(dry.kept.map(({ entry }) => entry.step), [4, 6, 7]);
  using now = model.saveState();
  await checkpoints.load(entries[4]);
  assertEquals(model.tracker.step, 5);
  await runTo(checkpoints, 7);
  using again = model.saveState();
  assertEquals(diffSnapshots(now, again), []);
  await checkpoints.close();
});

Deno.test("background saves hold the state of their step; complete waits for them", async () => {
  using dir = tempDir();
  const model = heat();
  const { checkpoints } = checkpointsOf(model, dir.path, {
    every: { steps: 4 },
    keep: { last: 2 },
    background: true,
  });
  const tokens = [];
  while (model.tracker.step < 12) {
    step(model);
    await checkpoints.afterStep();
    tokens.push(model.saveState());
  }
  await checkpoints.complete();
  const entries = await checkpoints.list();
  assertEquals(entries.map((it) => it.step), [8, 12]);
  await checkpoints.load(entries[0]);
  using back = model.saveState();
  assertEquals(diffSnapshots(tokens[7], back), []);
  await checkpoints.close();
});

Deno.test("a background save that fails is counted, and tried again at a later step", async () => {
  using dir = tempDir();
  const { checkpoints, warnings } = checkpointsOf(heat(), dir.path, {
    every: { steps: 1 },
    background: true,
  });
  Deno.mkdirSync(dir.join("heat-step1.snap.h5"));
  await runTo(checkpoints, 1);
  await checkpoints.flush();
  assertEquals([checkpoints.failures, warnings.length], [1, 1]);
  assertStringIncludes(warnings[0], "is a folder");
  await runTo(checkpoints, 2);
  await checkpoints.flush();
  assertEquals(checkpoints.failures, 0);
  assertEquals((await checkpoints.list()).map((it) => it.step), [2]);
  await checkpoints.close();
});

Deno.test("a checkpoint that somebody's own snapshot needs as its base is not removed", async () => {
  using dir = tempDir();
  const model = heat();
  model.tracker.table = new Float64Array(4000);
  const { checkpoints, warnings } = checkpointsOf(model, dir.path);
  const first = await checkpoints.save();
  await model.saveState({ file: dir.join("mine.h5"), base: first.path });
  step(model);
  await checkpoints.save();
  const { removed, kept } = await checkpoints.prune({ keep: { last: 1 } });
  assertEquals([removed.length, kept.length], [0, 2]);
  assertStringIncludes(warnings[0], '"mine.h5" holds only what changed since it');
  Deno.removeSync(dir.join("mine.h5"));
  assertEquals((await checkpoints.prune({ keep: { last: 1 } })).removed.length, 1);
  await checkpoints.close();
});

Deno.test("sidecars of a checkpoint count in its size and go with it", async () => {
  using dir = tempDir();
  const { checkpoints } = checkpointsOf(heat(), dir.path, {
    every: { steps: 1 },
    keep: { last: 1 },
    layout: "sidecars",
  });
  await runTo(checkpoints, 2);
  const [entry] = await checkpoints.list();
  assert(entry.bytes > entry.fileBytes);
  assertEquals(names(dir.path).filter((name) => name.startsWith("heat-step")), [
    "heat-step2.snap.bulk",
    "heat-step2.snap.h5",
    "heat-step2.snap.json",
  ]);
  await checkpoints.load(entry);
  await checkpoints.close();
});

/** A disk that is full as long as `full` says so. */
function fillingLayer(full: () => boolean): FileLayer {
  return {
    ...denoLayer,
    open(path, mode) {
      if (full() && path.includes("-step") && mode !== "read") {
        throw Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
      }
      return denoLayer.open(path, mode);
    },
  };
}

Deno.test("a failing save is reported, counted, and tried again at the next step", async () => {
  using dir = tempDir();
  let full = true;
  const layer = fillingLayer(() => full);
  const { checkpoints, warnings } = checkpointsOf(heat(), dir.path, { every: { steps: 5 }, layer });
  await runTo(checkpoints, 6);
  assertEquals([checkpoints.failures, warnings.length], [2, 2]);
  assertStringIncludes(warnings[0], "failure 1 of 5");
  assertStringIncludes(warnings[0], "The disk is full");
  full = false;
  await runTo(checkpoints, 11);
  assertEquals(checkpoints.failures, 0);
  assertEquals((await checkpoints.list()).map((it) => it.step), [7, 10]);
  await checkpoints.close();
});

Deno.test("after maxFailures in a row, or at once with onError throw, afterStep throws", async () => {
  using dir = tempDir();
  const layer = fillingLayer(() => true);
  const patient = checkpointsOf(heat(), dir.path, { every: { steps: 1 }, layer, maxFailures: 3 });
  const error = await assertRejects(
    () => runTo(patient.checkpoints, 9),
    CheckpointError,
    "3 check",
  );
  assertEquals([error.attempts, patient.checkpoints.model.tracker.step], [3, 3]);
  const strict = checkpointsOf(heat({ name: "strict" }), dir.path, {
    every: { steps: 1 },
    layer,
    onError: "throw",
  });
  await assertRejects(() => runTo(strict.checkpoints, 9), Error, "The disk is full");
  assertEquals(strict.checkpoints.model.tracker.step, 1);
  await patient.checkpoints.close();
  await strict.checkpoints.close();
});

Deno.test("a value that cannot be saved is a failed save, not a stopped run", async () => {
  using dir = tempDir();
  const model = heat();
  const { checkpoints, warnings } = checkpointsOf(model, dir.path, { every: { steps: 1 } });
  model.tracker.callback = () => 1;
  await runTo(checkpoints, 1);
  assertStringIncludes(warnings[0], "tracker.callback");
  await assertRejects(() => checkpoints.save(), Error, "tracker.callback");
  await checkpoints.close();
});

Deno.test("a damaged newest checkpoint is skipped with a warning; asked for by name it is an error", async () => {
  using dir = tempDir();
  const { checkpoints, warnings } = checkpointsOf(heat(), dir.path, { every: { steps: 5 } });
  await runTo(checkpoints, 15);
  const newest = (await checkpoints.latest())!;
  const bytes = Deno.readFileSync(newest.path);
  bytes[bytes.length >> 1] ^= 1;
  Deno.writeFileSync(newest.path, bytes);
  await assertRejects(() => checkpoints.load(newest), SnapshotCorruptError);
  assertEquals((await checkpoints.load())?.step, 10);
  assertStringIncludes(warnings[0], "heat-step15.snap.h5");
  await checkpoints.close();
});

Deno.test("a lost or damaged catalog, or one that lies, is made again from the folder", async () => {
  using dir = tempDir();
  const { checkpoints } = checkpointsOf(heat(), dir.path, { every: { steps: 5 } });
  await runTo(checkpoints, 15);
  await checkpoints.label(await checkpoints.select(1), { phase: "ridge" });
  const before = await checkpoints.list();
  const path = dir.join("catalog.json");
  const text = Deno.readTextFileSync(path);
  const harms: [string, () => void][] = [
    ["lost", () => Deno.removeSync(path)],
    ["empty", () => Deno.writeTextFileSync(path, "")],
    ["cut short", () => Deno.writeTextFileSync(path, text.slice(0, 300))],
    ["changed", () => Deno.writeTextFileSync(path, text.replace('"step": 15', '"step": 16'))],
    ["something else", () => Deno.writeTextFileSync(path, "[1, 2]")],
    ["without its JSON files", () => {
      for (const name of names(dir.path)) {
        if (name.endsWith(".snap.json")) Deno.removeSync(dir.join(name));
      }
      Deno.removeSync(path);
    }],
  ];
  for (const [what, harm] of harms) {
    harm();
    const found = await new CheckpointCatalog(dir.path).list();
    // Labels given later stand in the JSON file alone.
    const expected = what === "without its JSON files"
      ? before.map((it) => ({ ...it, labels: {} }))
      : before;
    assertEquals(found, expected, what);
    assertEquals(await new CheckpointCatalog(dir.path).list(), expected, `${what}, again`);
  }
  await checkpoints.close();
});

Deno.test("foreign files are left alone, half-written and damaged ones are reported", async () => {
  using dir = tempDir();
  const model = heat();
  const { checkpoints } = checkpointsOf(model, dir.path, {
    every: { steps: 1 },
    keep: { last: 1 },
  });
  Deno.writeTextFileSync(dir.join("notes.txt"), "mine");
  await model.saveState({ file: dir.join("other-step1.snap.h5") });
  Deno.writeTextFileSync(dir.join("heat-step9.snap.h5"), "no snapshot");
  const half = ".heat-step3.snap.h5.01234567-89ab-cdef-0123-456789abcdef.tmp";
  Deno.writeTextFileSync(dir.join(half), "half");
  await runTo(checkpoints, 2);
  assertEquals((await checkpoints.list({ run: "all" })).map((it) => it.file), [
    "heat-step2.snap.h5",
  ]);
  const problems = await checkpoints.problems();
  assertEquals(problems.length, 2);
  assertStringIncludes(problems[0], "heat-step9.snap.h5");
  assertStringIncludes(problems[1], "incomplete");
  for (const name of ["notes.txt", "other-step1.snap.h5", "heat-step9.snap.h5", half]) {
    assert(names(dir.path).includes(name), name);
  }
  await checkpoints.close();
});

Deno.test("advance takes checkpoints through onStep", async () => {
  using dir = tempDir();
  const model = heat();
  const { checkpoints } = checkpointsOf(model, dir.path, { every: { time: 1 } });
  await model.advance({
    dt: 0.25,
    until: 3,
    step: (dt) => void (model.tracker.sum = (model.tracker.sum ?? 0) + dt),
    onStep: () => checkpoints.afterStep(),
  });
  assertEquals((await checkpoints.list()).map((it) => it.time), [1, 2, 3]);
  await checkpoints.close();
});

Deno.test("options that cannot be meant are refused at construction", () => {
  const model = heat();
  const wrong = (options: object) => () => new Checkpoints(model, "x", options);
  assertThrows(wrong({ every: { steps: 0 } }), RangeError, "every.steps");
  assertThrows(wrong({ keep: { last: -1 } }), RangeError, "keep.last");
  assertThrows(wrong({ mode: "w" }), TypeError, "mode");
  assertThrows(wrong({ onError: "ignore" }), TypeError, "onError");
  assertThrows(wrong({ maxFailures: 0 }), RangeError, "maxFailures");
  assertThrows(wrong({ level: 3 }), TypeError, "level");
  assertThrows(wrong({ incremental: 0.5 }), RangeError, "incremental");
});
