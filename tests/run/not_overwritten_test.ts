/** Checkpoints take no name, label or folder of something that has to stay. @module */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CheckpointError } from "../../src/errors.ts";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { CheckpointFolder } from "../../src/run/checkpoint_folder.ts";
import { removeCheckpoints } from "../../src/run/checkpoint_removal.ts";
import { denoLayer } from "../../src/snapshot/file/file_layer.ts";
import { tempDir } from "../_helpers.ts";
import { checkpointsOf, heat, runTo } from "./_run.ts";

Deno.test("items and runs with alike names, failures and foreign files keep what they have", async () => {
  using dir = tempDir();
  Deno.writeTextFileSync(dir.join("heat-a-step1.snap.h5"), "mine");
  for (const name of ["heat", "heat-a"]) {
    const { checkpoints } = checkpointsOf(heat({ name }), dir.path, { onFailure: "save" });
    checkpoints.model.tracker.step = 1;
    for (const item of ["a", "a b", "a_b", " a", "failed", null]) {
      checkpoints.item = item;
      await checkpoints.afterItem();
    }
    await checkpoints.fail(new Error("no"));
    assertEquals((await checkpoints.list()).length, 7, name);
  }
  assertEquals(Deno.readTextFileSync(dir.join("heat-a-step1.snap.h5")), "mine");
  const all = await new CheckpointCatalog(dir.path).list();
  assertEquals(all.filter(({ run }) => run === "heat").length, 7);
  const model = heat();
  for (const { path } of all) await model.loadState(path);
});

Deno.test("a snapshot that was saved by hand under the name of a checkpoint stays", async () => {
  using dir = tempDir();
  const other = heat({ name: "other" }), path = dir.join("heat-step1.snap.h5");
  other.tracker.step = 77;
  await other.saveState({ file: path });
  const { checkpoints } = checkpointsOf(heat(), dir.path, { every: { steps: 1 } });
  await runTo(checkpoints, 2);
  await checkpoints.complete();
  await other.loadState(path);
  assertEquals(other.tracker.step, 77);
});

Deno.test("labels are added to those of now, and to no checkpoint that is gone", async () => {
  using dir = tempDir();
  const { checkpoints } = checkpointsOf(heat(), dir.path, { every: { steps: 1 } });
  await runTo(checkpoints, 2);
  const [first, second] = await checkpoints.list();
  await checkpoints.label(first, ["pinned"]);
  await checkpoints.label(first, { misfit: 1 });
  await checkpoints.prune({ keep: { last: 1 } });
  const kept = (await checkpoints.list()).map(({ step, labels }) => [step, { ...labels }]);
  assertEquals(kept, [[1, { pinned: true, misfit: 1 }], [2, {}]]);
  Deno.removeSync(second.path);
  await assertRejects(() => checkpoints.label(second, ["good"]), CheckpointError, "list() again");
  checkpoints.model.tracker.step = 1;
  await checkpoints.label(first, { pinned: false });
  await checkpoints.save();
  await assertRejects(() => checkpoints.label(first, ["pinned"]), CheckpointError, "list() again");
  await assertRejects(
    () => checkpoints.save({ labels: { failure: "none" } }),
    RangeError,
    "from which none continues",
  );
  await checkpoints.close();
});

Deno.test("a run that replaces earlier ones leaves what is pinned in them", async () => {
  using dir = tempDir();
  const old = checkpointsOf(heat(), dir.path).checkpoints;
  await old.save({ labels: ["pinned"] });
  await old.complete();
  const { checkpoints } = checkpointsOf(heat(), dir.path, { mode: "overwrite" });
  await checkpoints.save();
  await checkpoints.complete();
  assertEquals((await checkpoints.list({ run: "all" })).map(({ run }) => run), ["heat", "heat-2"]);
  assertEquals((await checkpoints.runs()).length, 2);
});

Deno.test("the folder of the checkpoints is no archive, by no spelling", async () => {
  using dir = tempDir();
  const folder = dir.join("runs"), link = dir.join("link");
  for (const archive of [folder, `${folder}/`, `${folder}/.`]) {
    assertThrows(() => checkpointsOf(heat(), folder, { archive }), RangeError, "itself");
  }
  Deno.mkdirSync(folder);
  Deno.symlinkSync("runs", link);
  for (const archive of [link, `${folder}/../runs`]) {
    const { checkpoints } = checkpointsOf(heat(), folder, { archive });
    await assertRejects(() => checkpoints.save(), RangeError, "itself");
    await assertRejects(() => checkpoints.prune(), RangeError, "itself");
  }
});

Deno.test("a run that has ended ends once, and makes no other run by it", async () => {
  using dir = tempDir();
  const { checkpoints, warnings } = checkpointsOf(heat(), dir.path, { every: { steps: 1 } });
  await runTo(checkpoints, 2);
  await checkpoints.complete();
  await checkpoints.complete();
  await checkpoints.fail(new Error("behind it"));
  assertEquals((await checkpoints.runs()).map(({ id, status }) => [id, status]), [
    ["heat", "completed"],
  ]);
  assertEquals(warnings.map((text) => text.includes("behind it")), [true]);
  await runTo(checkpoints, 3);
  await checkpoints.fail(new Error("no"));
  await checkpoints.complete();
  assertEquals((await checkpoints.runs()).map(({ id, status }) => [id, status]), [
    ["heat", "completed"],
    ["heat-2", "failed"],
  ]);
});

Deno.test("a checkpoint that was pinned or saved again since it was decided to remove it stays", async () => {
  using dir = tempDir();
  const { checkpoints } = checkpointsOf(heat(), dir.path, { every: { steps: 1 } });
  await runTo(checkpoints, 3);
  const before = await checkpoints.list();
  await checkpoints.label(before[0], ["pinned"]);
  checkpoints.model.tracker.step = 2;
  await checkpoints.save();
  const folder = new CheckpointFolder(dir.path, denoLayer);
  const stay = await removeCheckpoints(folder, before);
  assertEquals(Array.from(stay, ([{ step }, why]) => `${step}: ${why}`).sort(), [
    "1: its labels were changed in the meantime",
    "2: it was saved again in the meantime",
  ]);
  assertEquals((await checkpoints.list()).map(({ step }) => step), [1, 2]);
  await checkpoints.close();
});
