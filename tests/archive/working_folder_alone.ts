/**
 * Paths that are relative to a working folder which changes. The working folder is that of the whole process, which
 * the plain test command shares among files that run at once: hence a task of its own, `deno task test:alone`.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  boxMesh,
  consolidate,
  diffSnapshots,
  inspectSnapshot,
  MeshVariable,
  Model,
  plotField,
  readNpy,
  readNpz,
  readSnapshot,
  readSnapshotMetadata,
  readTimestep,
  removeSnapshot,
  saveAnimation,
  saveViewer,
  verifySnapshot,
  writeNpy,
  writeNpz,
  writeSnapshot,
  writeTable,
  writeTimestep,
  writeView,
  writeZarr,
} from "../../mod.ts";
import { tempDir } from "../_helpers.ts";
import { assertLoads, names, save, sidecars } from "./_saving.ts";

/** Runs `work` with another working folder. */
async function inFolder(folder: string, work: () => Promise<void>): Promise<void> {
  const before = Deno.cwd();
  Deno.chdir(folder);
  try {
    await work();
  } finally {
    Deno.chdir(before);
  }
}

Deno.test("relative paths above the working folder: sidecars, increments, bases in other folders", async () => {
  using dir = tempDir();
  Deno.mkdirSync(dir.join("work/deep"), { recursive: true });
  Deno.mkdirSync(dir.join("other"));
  await inFolder(dir.join("work/deep"), async () => {
    for (const folder of ["..", "../../other"]) {
      const path = `${folder}/a.snap.h5`, base = `${folder}/base.snap.h5`;
      assertEquals(await save(path, sidecars), path);
      await save(path, sidecars);
      await assertLoads(path);
      await save(base);
      await save(`${folder}/inc.snap.h5`, { base });
      await save("../../other/far.snap.h5", { base });
      await assertLoads(`${folder}/inc.snap.h5`);
      await assertLoads("../../other/far.snap.h5");
    }
  });
  await assertLoads(dir.join("work/a.snap.h5"));
  Deno.renameSync(dir.join("other"), dir.join("moved"));
  await assertLoads(dir.join("moved/a.snap.h5"));
  await assertLoads(dir.join("moved/inc.snap.h5"));
});

Deno.test("a path means the place where it was named, also when the working folder changes later", async () => {
  using dir = tempDir();
  Deno.mkdirSync(dir.join("one"));
  Deno.mkdirSync(dir.join("two"));
  await inFolder(dir.join("one"), async () => {
    const saving = save("a.snap.h5", sidecars);
    Deno.chdir(dir.join("two"));
    await saving;
  });
  assertEquals(names(dir.join("one")), ["a.snap.bulk", "a.snap.h5"]);
  assertEquals(names(dir.join("two")), []);
});

Deno.test("each call that takes a path means the place of the moment when it was made", async () => {
  using dir = tempDir();
  const one = dir.join("one"), two = dir.join("two");
  Deno.mkdirSync(one);
  Deno.mkdirSync(two);
  const model = new Model(), token = model.saveState();
  const T = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] }), "T");
  T.set((x) => x);
  const file = "s.snap.h5", numbers = Float64Array.of(1), picture = await plotField(T);
  const calls: (() => Promise<unknown>)[] = [
    () => model.saveState({ file, layout: "sidecars", view: "full" }),
    () => model.saveState({ file: "inc.snap.h5", base: file }),
    () => model.saveState({ file: "back.snap.h5", background: true }).finished,
    () => model.saveState({ file: "after.snap.h5", base: file }),
    () => writeSnapshot("token.snap.h5", token),
    () => model.loadState(file),
    () => Model.fromSnapshot(file),
    () => readSnapshot(file),
    () => readSnapshotMetadata(file),
    () => inspectSnapshot(file),
    () => verifySnapshot(file),
    () => diffSnapshots(file, "inc.snap.h5"),
    () => writeView(file),
    () => writeTimestep(model, "series"),
    () => readTimestep("series.00000.h5", T),
    () => writeNpy("a.npy", numbers),
    () => readNpy("a.npy"),
    () => writeNpz("a.npz", { numbers }),
    () => readNpz("a.npz"),
    () => writeTable("a.csv", { numbers }),
    () => writeZarr(model, "a.zarr"),
    () => saveViewer("a.html", file),
    () => saveAnimation("a.png", [picture]),
    () => consolidate("inc.snap.h5"),
    () => removeSnapshot("token.snap.h5"),
  ];
  await inFolder(one, async () => {
    for (const call of calls) {
      Deno.chdir(one);
      const going = call();
      Deno.chdir(two);
      await going;
      assertEquals(names(two), [], String(call));
    }
  });
});
