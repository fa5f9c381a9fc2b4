/** What paths, links and names lead to, and that nothing is deleted which the toolkit did not write. @module */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { relative } from "@std/path";
import { SnapshotFormatError } from "../../src/errors.ts";
import type { FileOptions } from "../../src/archive/file_options.ts";
import { dependentsOf } from "../../src/snapshot/file/dependents.ts";
import { denoLayer } from "../../src/snapshot/file/file_layer.ts";
import { consolidateFile, removeSnapshotFile } from "../../src/archive/manage.ts";
import { sidecarEnding, temporaryPath } from "../../src/snapshot/file/temporary_names.ts";
import { writeEntries } from "../../src/archive/write_entries.ts";
import { type TempDir, tempDir } from "../_helpers.ts";
import { type Entries, layerWith, metadata, sampleEntries, sourceOf } from "./_entries.ts";
import { assertLoads, N, names, save, sidecars } from "./_saving.ts";

/** The same entries with one number changed. */
function changed(): Entries {
  const entries = sampleEntries(N), key = "meshes/Mesh_0/variables/T", entry = entries.get(key)!;
  const data = (entry.data as Float64Array).slice();
  data[0] += 1;
  return new Map(entries).set(key, { ...entry, data });
}

Deno.test("relative paths above the working folder: sidecars, increments, bases in other folders", async () => {
  using dir = tempDir();
  Deno.mkdirSync(dir.join("work/deep"), { recursive: true });
  Deno.mkdirSync(dir.join("other"));
  const work = relative(Deno.cwd(), dir.join("work")),
    other = relative(Deno.cwd(), dir.join("other"));
  assert(work.startsWith(".."), work);
  for (const folder of [work, `${work}/deep/../../other`]) {
    const path = `${folder}/a.snap.h5`, base = `${folder}/base.snap.h5`;
    assertEquals(await save(path, sidecars), path);
    await save(path, sidecars);
    await assertLoads(path);
    await save(base);
    await save(`${folder}/inc.snap.h5`, { base });
    await save(`${other}/far.snap.h5`, { base });
    await assertLoads(`${folder}/inc.snap.h5`);
    await assertLoads(`${other}/far.snap.h5`);
  }
  await assertLoads(dir.join("work/a.snap.h5"));
  Deno.renameSync(dir.join("other"), dir.join("moved"));
  await assertLoads(dir.join("moved/a.snap.h5"));
  await assertLoads(dir.join("moved/inc.snap.h5"));
});

Deno.test("names that differ in their endings only keep their own sidecars", async () => {
  using dir = tempDir();
  const all = ["s.snap.h5", "s.snap.H5", "s.h5", "s.hdf5", "s", "s.snap", "a:b.h5", "a\\b.snap.h5"];
  for (const name of all) await save(dir.join(name), sidecars);
  for (const name of all) await save(dir.join(name), sidecars, changed());
  for (const name of all) await assertLoads(dir.join(name), changed());
  for (const name of all.slice(1)) await removeSnapshotFile(dir.join(name));
  await assertLoads(dir.join("s.snap.h5"), changed());
  assertEquals(names(dir.path), ["s.snap.bulk", "s.snap.h5"]);
});

Deno.test("a link to a snapshot loads what the snapshot needs, and is a base like the snapshot itself", async () => {
  using dir = tempDir();
  Deno.mkdirSync(dir.join("runs"));
  const s0 = dir.join("runs/s0.snap.h5"), latest = dir.join("latest.snap.h5");
  await save(s0, sidecars);
  Deno.symlinkSync("runs/s0.snap.h5", latest);
  await assertLoads(latest);
  await save(dir.join("runs/s1.snap.h5"), { base: latest });
  // The increment needs s0 and not the link, which may lead elsewhere later.
  Deno.removeSync(latest);
  Deno.symlinkSync("runs/s1.snap.h5", latest);
  await assertLoads(dir.join("runs/s1.snap.h5"));
  await assertLoads(latest);
  await assertRejects(() => save(s0), SnapshotFormatError, "s1.snap.h5 hold(s) only what changed");
  await assertRejects(() => removeSnapshotFile(s0), SnapshotFormatError, "s1.snap.h5");
  await assertRejects(
    () => save(dir.join("runs/s1.snap.h5"), { base: latest }),
    RangeError,
    "base",
  );
  // A save to the link makes a file of its own; what the link led to stays.
  await save(latest, sidecars, changed());
  assert(!Deno.lstatSync(latest).isSymlink);
  await assertLoads(latest, changed());
  await assertLoads(dir.join("runs/s1.snap.h5"));
});

Deno.test("a folder behind a link, and folders whose .. is not what the text says", async () => {
  using dir = tempDir();
  Deno.mkdirSync(dir.join("disk/big/runs"), { recursive: true });
  Deno.mkdirSync(dir.join("home"));
  Deno.symlinkSync(dir.join("disk/big/runs"), dir.join("home/runs"));
  await save(dir.join("home/base.snap.h5"));
  await save(dir.join("home/runs/inc.snap.h5"), { base: dir.join("home/base.snap.h5") });
  await save(dir.join("home/runs/s.snap.h5"), sidecars);
  for (const folder of ["home/runs", "disk/big/runs"]) {
    await assertLoads(dir.join(folder, "inc.snap.h5"));
    await assertLoads(dir.join(folder, "s.snap.h5"));
  }
});

Deno.test("a link or a file in the place of the folder of sidecars is refused, and nothing behind it changes", async () => {
  using dir = tempDir();
  const path = dir.join("s.snap.h5"), bulk = dir.join("s.snap.bulk");
  Deno.mkdirSync(dir.join("precious/sub"), { recursive: true });
  Deno.writeTextFileSync(dir.join("precious/thesis.tex"), "years");
  Deno.symlinkSync(dir.join("precious"), bulk);
  await save(path);
  await assertRejects(() => save(path, sidecars), SnapshotFormatError, "is a link");
  assertEquals(names(dir.path), ["precious", "s.snap.bulk", "s.snap.h5"]);
  Deno.removeSync(bulk);
  await save(path, sidecars);
  Deno.renameSync(bulk, dir.join("real"));
  for (const { name } of Deno.readDirSync(dir.join("real"))) {
    Deno.copyFileSync(dir.join("real", name), dir.join("precious", name));
  }
  Deno.symlinkSync(dir.join("precious"), bulk);
  const before = names(dir.join("precious"));
  await save(path);
  await removeSnapshotFile(path);
  assertEquals(names(dir.join("precious")), before);
  Deno.removeSync(bulk);
  Deno.writeTextFileSync(bulk, "mine");
  await assertRejects(() => save(path, sidecars), SnapshotFormatError, "is not a folder");
  assertEquals(Deno.readTextFileSync(bulk), "mine");
});

Deno.test("of a folder of sidecars only what the snapshot lists is deleted, if nothing else needs it", async () => {
  using dir = tempDir();
  const path = dir.join("s.snap.h5"), bulk = dir.join("s.snap.bulk");
  await save(path, sidecars);
  Deno.writeTextFileSync(dir.join("s.snap.bulk/notes.txt"), "mine");
  Deno.mkdirSync(dir.join("s.snap.bulk/folder"));
  // A copy of the wrapper still needs the sidecars.
  Deno.copyFileSync(path, dir.join("copy.snap.h5"));
  const first = names(bulk);
  await save(path, sidecars, changed());
  await assertLoads(dir.join("copy.snap.h5"));
  await assertLoads(path, changed());
  await removeSnapshotFile(path);
  assertEquals(names(bulk), first);
  await removeSnapshotFile(dir.join("copy.snap.h5"));
  assertEquals(names(bulk), ["folder", "notes.txt"]);
});

Deno.test("a removed link leaves what it leads to", async () => {
  using dir = tempDir();
  Deno.mkdirSync(dir.join("runs"));
  await save(dir.join("runs/s.snap.h5"), sidecars);
  Deno.symlinkSync("runs/s.snap.h5", dir.join("latest.snap.h5"));
  await removeSnapshotFile(dir.join("latest.snap.h5"));
  assertEquals(names(dir.path), ["runs"]);
  await assertLoads(dir.join("runs/s.snap.h5"));
});

Deno.test("an increment and a new save of its base at one time: one of them is refused", async () => {
  using dir = tempDir();
  for (const layout of ["single", "sidecars"] as const) {
    for (const order of [0, 1]) {
      const base = dir.join(`${layout}${order}.snap.h5`),
        inc = dir.join(`${layout}${order}i.snap.h5`);
      await save(base, { layout });
      const saves = [() => save(inc, { base }), () => save(base, { layout }, changed())];
      if (order === 1) saves.reverse();
      const results = await Promise.allSettled(saves.map((start) => start()));
      assertEquals(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
      const [first] = order === 0 ? results : results.toReversed();
      if (first.status === "fulfilled") await assertLoads(inc);
      else await assertLoads(base, changed());
      assertEquals(names(dir.path).filter((name) => name.endsWith(".tmp")), []);
    }
  }
});

Deno.test("a base that is replaced while an increment is written is noticed before the increment has its name", async () => {
  using dir = tempDir();
  const base = dir.join("base.snap.h5"), inc = dir.join("inc.snap.h5");
  await save(base);
  const other = dir.join("other.snap.h5");
  await save(other, {}, changed());
  const replacing = layerWith((operation, path) => {
    if (operation === "truncate" && path.includes(".inc.")) Deno.copyFileSync(other, base);
  });
  const options = { base, layer: replacing };
  await assertRejects(
    () => writeEntries(inc, sourceOf(sampleEntries(N)), metadata, options),
    SnapshotFormatError,
    "was replaced or deleted while it was being written",
  );
  assertEquals(names(dir.path), ["base.snap.h5", "other.snap.h5"]);
});

/** A snapshot with sidecars, in the middle of whose replacement or deletion the process dies. */
async function interrupted(dir: TempDir, work: (path: string, layer: object) => Promise<unknown>) {
  const path = dir.join("s.snap.h5");
  await save(path, sidecars);
  let removals = 0;
  const layer = layerWith(() => {});
  const dying = {
    ...layer,
    remove: (name: string) => {
      if (removals++ >= 1) throw new Error("the process dies");
      layer.remove(name);
    },
  };
  await work(path, dying).catch(() => {});
}

Deno.test("what an interrupted replacement or deletion has left is deleted by the next one in the folder", async () => {
  using dir = tempDir();
  await interrupted(
    dir,
    (path, layer) =>
      writeEntries(
        path,
        sourceOf(changed()),
        metadata,
        { layout: "sidecars", ...{ layer } } as FileOptions,
      ),
  );
  assert(names(dir.join("s.snap.bulk")).length > 3);
  await assertLoads(dir.join("s.snap.h5"), changed());
  await save(dir.join("s.snap.h5"), sidecars);
  assertEquals(names(dir.join("s.snap.bulk")).length, 3);
  await interrupted(dir, (path, layer) => removeSnapshotFile(path, { layer } as object));
  assert(!names(dir.path).includes("s.snap.h5"));
  assert(names(dir.join("s.snap.bulk")).length > 0);
  await save(dir.join("t.snap.h5"));
  assertEquals(names(dir.path), ["t.snap.h5"]);
});

Deno.test("the files for ParaView replace their own kind only", async () => {
  using dir = tempDir();
  Deno.writeTextFileSync(dir.join("s.hdf"), "mine");
  await assertRejects(() => save(dir.join("s.snap.h5"), { view: "beside" }), RangeError, "s.hdf");
  assertEquals(names(dir.path), ["s.hdf"]);
  Deno.removeSync(dir.join("s.hdf"));
  await save(dir.join("s.snap.h5"), { view: "beside" });
  await save(dir.join("s.snap.h5"), { view: "beside" });
  assert(names(dir.path).includes("s.hdf"));
});

Deno.test("a base that a snapshot in another folder needs is neither replaced nor deleted", async () => {
  using dir = tempDir();
  for (const folder of ["x", "y", "z"]) Deno.mkdirSync(dir.join(folder));
  for (const options of [{}, sidecars]) {
    const base = dir.join("x/base.snap.h5"), far = dir.join("y/far.snap.h5");
    await save(base, options);
    for (const round of [0, 1]) await save(dir.join(`z/more${round}.snap.h5`), { base });
    await save(far, { base });
    for (const file of names(dir.join("z"))) Deno.removeSync(dir.join("z", file));
    await assertRejects(() => save(base, {}, changed()), SnapshotFormatError, far);
    await assertRejects(() => removeSnapshotFile(base), SnapshotFormatError, far);
    assertEquals(dependentsOf(denoLayer, base), [far]);
    await assertLoads(far);
    // A snapshot that needs it no more, or is gone, holds nothing back, and no note stays.
    await consolidateFile(far);
    await save(base, {}, changed());
    assertEquals(names(dir.join("x")), ["base.snap.h5"]);
    await assertLoads(far);
    await save(far, { base });
    Deno.removeSync(far);
    await removeSnapshotFile(base);
    assertEquals(names(dir.join("x")), []);
  }
});

Deno.test("names as long as a file system allows are saved, and what a dead writer left of them goes", async () => {
  using dir = tempDir();
  for (const letter of ["x", "é"]) {
    const name = letter.repeat(letter === "x" ? 245 : 122), path = dir.join(`${name}.snap.h5`);
    const id = crypto.randomUUID(), bulk = dir.join(`${name}.snap.bulk`);
    await save(path, sidecars);
    const left = `mesh_Mesh_0${sidecarEnding(id)}`;
    Deno.writeTextFileSync(`${bulk}/${left}`, "half");
    Deno.writeTextFileSync(temporaryPath(path, id), "half");
    await save(path, sidecars);
    await assertLoads(path);
    assert(!names(bulk).includes(left));
    await save(dir.join("inc.snap.h5"), { base: path });
    await assertLoads(dir.join("inc.snap.h5"));
    await removeSnapshotFile(dir.join("inc.snap.h5"));
    await removeSnapshotFile(path);
    assertEquals(names(dir.path), []);
  }
});
