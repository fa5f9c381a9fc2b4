import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { CheckpointError, RunIdentityError } from "../../src/errors.ts";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { entryFromJson, entryToJson } from "../../src/run/checkpoint_entry.ts";
import { resumeOrStart } from "../../src/run/resume.ts";
import { denoLayer, type FileLayer, type LayerFile } from "../../src/snapshot/file/file_layer.ts";
import { tempDir } from "../_helpers.ts";
import { entryAt } from "./_entries.ts";
import { checkpointsOf, heat, runTo, type TestOptions } from "./_run.ts";

/** Runs a script in a folder until a step, and ends without a word. */
async function run(folder: string, until: number, options: TestOptions = {}): Promise<void> {
  const { checkpoints } = checkpointsOf(heat(), folder, { every: { steps: 1 }, ...options });
  await resumeOrStart(checkpoints.model, checkpoints);
  await runTo(checkpoints, until);
  await checkpoints.close();
}

/** Puts one file in the place of another of the same size; maybe with the time of the one that was there. */
function exchange(file: string, by: string, sameTime = false): void {
  const { atime, mtime, size } = Deno.statSync(file);
  assertEquals(Deno.statSync(by).size, size);
  Deno.copyFileSync(by, file);
  if (sameTime) Deno.utimeSync(file, atime!, mtime!);
}

Deno.test("a file that was exchanged for one of the same size is listed as what it holds", async () => {
  using dir = tempDir();
  await run(dir.path, 5);
  exchange(dir.join("heat-step5.snap.h5"), dir.join("heat-step2.snap.h5"));
  const { checkpoints, warnings } = checkpointsOf(heat(), dir.path);
  const listed = (await checkpoints.list()).map(({ file, step }) => `${file} ${step}`);
  assertEquals(listed.filter((line) => line.endsWith(" 2")).sort(), [
    "heat-step2.snap.h5 2",
    "heat-step5.snap.h5 2",
  ]);
  assertStringIncludes((await checkpoints.problems()).join(), "heat-step5.snap.h5: holds step 2");
  const { entry, message } = await resumeOrStart(checkpoints.model, checkpoints);
  assertEquals([entry?.step, checkpoints.model.tracker.step, warnings.length], [4, 4, 1]);
  assertStringIncludes(message, "holds step 2");
  await checkpoints.close();
});

Deno.test("a file that nothing but its content tells from what was there is not taken for it", async () => {
  using dir = tempDir();
  await run(dir.path, 5);
  exchange(dir.join("heat-step5.snap.h5"), dir.join("heat-step2.snap.h5"), true);
  const { checkpoints, warnings } = checkpointsOf(heat(), dir.path);
  const { entry, skipped } = await resumeOrStart(checkpoints.model, checkpoints);
  assertEquals([entry?.step, checkpoints.model.tracker.step], [4, 4]);
  assertEquals(skipped, warnings);
  assertStringIncludes(skipped.join(), "holds step 2");
  await checkpoints.close();
});

Deno.test("an entry whose file was exchanged after it was listed is refused, and nothing is changed", async () => {
  using dir = tempDir();
  await run(dir.path, 3);
  const { checkpoints } = checkpointsOf(heat(), dir.path);
  const last = (await checkpoints.latest())!;
  exchange(last.path, dir.join("heat-step1.snap.h5"));
  const error = await assertRejects(() => checkpoints.load(last), CheckpointError);
  assertStringIncludes(error.message, "holds step 1");
  assertEquals(checkpoints.model.tracker.step, 0);
});

const losses: Record<string, (path: string) => void> = {
  "is gone": (path) => Deno.removeSync(path),
  "is cut off": (path) => Deno.writeTextFileSync(path, "{"),
  "is of another program": (path) => Deno.writeTextFileSync(path, '{"format":"other"}'),
  "has dates that are none": (path) => {
    const record = JSON.parse(Deno.readTextFileSync(path));
    Deno.writeTextFileSync(path, JSON.stringify({ ...record, started_at: "yesterday" }));
  },
  "is of another run": (path) => {
    const record = JSON.parse(Deno.readTextFileSync(path));
    Deno.writeTextFileSync(path, JSON.stringify({ ...record, id: "cold", name: "cold" }));
  },
};

for (const [what, lose] of Object.entries(losses)) {
  Deno.test(`a run whose record ${what} continues, and says so`, async () => {
    using dir = tempDir();
    await run(dir.path, 3);
    lose(dir.join("heat.run.json"));
    const { checkpoints, warnings } = checkpointsOf(heat(), dir.path);
    const { entry, message, run: record } = await resumeOrStart(checkpoints.model, checkpoints);
    assertEquals([record.id, entry?.step, checkpoints.model.tracker.step], ["heat", 3, 3]);
    for (const words of [message, warnings.join()]) assertStringIncludes(words, "lost or damaged");
    await checkpoints.close();
    // The record is whole again.
    const again = checkpointsOf(heat(), dir.path);
    assertEquals((await resumeOrStart(again.checkpoints.model, again.checkpoints)).skipped, []);
    assertNotEquals(again.checkpoints.run!.identity, {});
    await again.checkpoints.close();
    // Another model is still refused.
    lose(dir.join("heat.run.json"));
    const other = checkpointsOf(heat({ kappa: 3 }), dir.path).checkpoints;
    await assertRejects(() => resumeOrStart(other.model, other), RunIdentityError, "is lost");
  });
}

Deno.test("a damaged file of another run is not ours, also where one id begins with the other", async () => {
  using dir = tempDir();
  await run(dir.path, 2);
  const beside = checkpointsOf(heat(), dir.path, { every: { steps: 1 } });
  await beside.checkpoints.begin();
  await runTo(beside.checkpoints, 2);
  assertEquals(beside.checkpoints.run?.id, "heat-2");
  await beside.checkpoints.complete();
  Deno.truncateSync(dir.join("heat-2-step2.snap.h5"), 3000);
  const resumed = async () => {
    const { checkpoints, warnings } = checkpointsOf(heat(), dir.path);
    const { run, skipped } = await resumeOrStart(checkpoints.model, checkpoints);
    await checkpoints.close();
    assertEquals([run.id, skipped], ["heat", warnings]);
    return skipped.length;
  };
  assertEquals(await resumed(), 0);
  // The name alone tells as well, and an item of ours that has the name of the other run's number is ours.
  Deno.removeSync(dir.join("heat-2-step2.snap.json"));
  assertEquals(await resumed(), 0);
  const own = JSON.stringify({ run: "heat" });
  Deno.writeTextFileSync(dir.join("heat-2-step2.snap.json"), own);
  assertEquals(await resumed(), 1);
});

/** A disk that counts what it is asked for. */
function counting(): { layer: FileLayer; counts: { listed: number; catalog: number } } {
  const counts = { listed: 0, catalog: 0 };
  const layer: FileLayer = {
    ...denoLayer,
    list: (path) => {
      const names = denoLayer.list(path);
      counts.listed += names.length;
      return names;
    },
    open: (path, mode) => {
      const file = denoLayer.open(path, mode), isCatalog = path.includes("catalog");
      const counted = (bytes: number) => (counts.catalog += isCatalog ? bytes : 0, bytes);
      const counting: LayerFile = {
        read: (target, position) => counted(file.read(target, position)),
        write: (source, position) => counted(file.write(source, position)),
        truncate: (size) => file.truncate(size),
        size: () => file.size(),
        flush: () => {},
        tryLock: () => file.tryLock(),
        lock: () => file.lock(),
        lockShared: () => file.lockShared(),
        close: () => file.close(),
      };
      return counting;
    },
    syncDirectory: () => {},
  };
  return { layer, counts };
}

Deno.test("a save costs the same whatever stands in the folder", async () => {
  using dir = tempDir();
  const { layer, counts } = counting();
  await run(dir.path, 30, { layer });
  // As if there were a thousand of them.
  for (let i = 0; i < 1000; i++) Deno.writeTextFileSync(dir.join(`foreign${i}.txt`), "");
  const { checkpoints } = checkpointsOf(heat(), dir.path, { every: { steps: 1 }, layer });
  await resumeOrStart(checkpoints.model, checkpoints);
  // A folder that has just outgrown "small" is listed at the second save; then it has credit for more than ten.
  await runTo(checkpoints, 32);
  counts.listed = counts.catalog = 0;
  await runTo(checkpoints, 42);
  // One line of the journal each, written once and read once; the folder was listed before the first save.
  assert(counts.catalog < 10 * 2500, `${counts.catalog} bytes of catalog`);
  assertEquals(counts.listed, 0);
  await checkpoints.close();
});

Deno.test("keep with many checkpoints looks at the folder only when something can go", async () => {
  using dir = tempDir();
  const { layer, counts } = counting();
  const keep = { last: 2, every: { steps: 2 } };
  const { checkpoints } = checkpointsOf(heat(), dir.path, { every: { steps: 1 }, keep, layer });
  await runTo(checkpoints, 12);
  assertEquals((await checkpoints.list()).map((it) => it.step), [1, 2, 4, 6, 8, 10, 11, 12]);
  counts.listed = 0;
  await runTo(checkpoints, 13);
  const steps = (await checkpoints.list()).map((it) => it.step);
  assertEquals(steps, [1, 2, 4, 6, 8, 10, 12, 13]);
  // A pin that this process has set counts at once.
  await checkpoints.label((await checkpoints.at({ step: 13 }))!, ["pinned"]);
  await runTo(checkpoints, 16);
  assertEquals((await checkpoints.list()).map((it) => it.step).slice(-5), [12, 13, 14, 15, 16]);
  await checkpoints.close();
});

Deno.test("a journal that is cut off, or of another catalog, costs time and nothing else", async () => {
  using dir = tempDir();
  const { checkpoints } = checkpointsOf(heat(), dir.path, { every: { steps: 1 } });
  await runTo(checkpoints, 5);
  const expected = await checkpoints.list();
  const journal = dir.join(".catalog.journal"), whole = Deno.readFileSync(journal);
  const files = [dir.join("catalog.json"), journal];
  const [catalog] = files.map((file) => Deno.readFileSync(file));
  const harms: Record<string, () => void> = {
    "the last line is cut off": () => Deno.writeFileSync(journal, whole.subarray(0, -20)),
    "a byte is wrong": () =>
      Deno.writeFileSync(journal, whole.map((byte, i) => i === whole.length >> 1 ? 33 : byte)),
    "zeros after a power failure": () =>
      Deno.writeFileSync(journal, whole.map((byte, i) => i > whole.length >> 1 ? 0 : byte)),
    "the catalog is gone": () => Deno.removeSync(files[0]),
    "the catalog is of another time": () =>
      Deno.writeTextFileSync(
        files[0],
        new TextDecoder().decode(catalog).replace("xxh64:", "xxh64:0"),
      ),
    "the journal is gone": () => Deno.removeSync(journal),
  };
  for (const [what, harm] of Object.entries(harms)) {
    Deno.writeFileSync(files[0], catalog);
    Deno.writeFileSync(journal, whole);
    harm();
    const other = new CheckpointCatalog(dir.path);
    assertEquals(await other.list(), expected, what);
    // It was repaired, and what follows is listed as well.
    assertEquals(await new CheckpointCatalog(dir.path).list(), expected, what);
    assertEquals(await checkpoints.list(), expected, what);
  }
  await runTo(checkpoints, 6);
  assertEquals((await new CheckpointCatalog(dir.path).list()).length, 6);
  await checkpoints.close();
  // Whoever reads the catalog without the toolkit finds everything in it when the run has ended.
  assertEquals(JSON.parse(Deno.readTextFileSync(files[0])).checkpoints.length, 6);
});

/** A disk of which this process may only read, or that is mounted so. */
function readOnly(refusal: () => Error): FileLayer {
  const refuse = () => {
    throw refusal();
  };
  return {
    ...denoLayer,
    open: (path, mode) => mode === "read" ? denoLayer.open(path, mode) : refuse(),
    rename: refuse,
    remove: refuse,
    makeDirectory: refuse,
    syncDirectory: refuse,
  };
}

const refusals = {
  "permission to read only": () => new Deno.errors.NotCapable("Requires write access"),
  "a folder of another user": () => new Deno.errors.PermissionDenied("Permission denied"),
  "a disk that is read-only": () => Object.assign(new Error("Read-only"), { code: "EROFS" }),
};

for (const [what, refusal] of Object.entries(refusals)) {
  Deno.test(`with ${what}, checkpoints are listed and loaded; to resume is refused and changes nothing`, async () => {
    using dir = tempDir();
    await run(dir.path, 3);
    const { checkpoints, warnings } = checkpointsOf(heat(), dir.path, { layer: readOnly(refusal) });
    const { model } = checkpoints;
    await assertRejects(() => resumeOrStart(model, checkpoints), Error);
    assertEquals(model.tracker.step, 0);
    assertEquals((await checkpoints.load())?.step, 3);
    assertEquals([model.tracker.step, warnings.length], [3, 1]);
    assertStringIncludes(warnings[0], "not continued here");
    assertEquals((await checkpoints.load((await checkpoints.select(0))!))?.step, 1);
    assertEquals(model.tracker.step, 1);
    // A run that is alive is known to be so.
    const holder = checkpointsOf(heat(), dir.path).checkpoints;
    await resumeOrStart(holder.model, holder);
    assertEquals((await checkpoints.runs())[0].status, "running");
    await holder.close();
    await checkpoints.close();
  });
}

Deno.test("a relative folder is that of the time of construction; links, .. and backslashes lead to the same", async () => {
  using dir = tempDir();
  const before = Deno.cwd();
  for (const name of ["one", "two", "one/back\\slash\\"]) Deno.mkdirSync(dir.join(name));
  Deno.symlinkSync("one", dir.join("link"));
  try {
    Deno.chdir(dir.join("two"));
    const folders = [
      "../one/back\\slash\\",
      "../link/back\\slash\\/",
      `../link/../link/back\\slash\\`,
    ];
    for (const [i, folder] of folders.entries()) {
      const { checkpoints } = checkpointsOf(heat({ name: `run${i}` }), folder, {
        every: { steps: 1 },
        layout: i === 2 ? "single" : "sidecars",
      });
      Deno.chdir(dir.path);
      await runTo(checkpoints, 2);
      const { step } = checkpoints.model.tracker;
      await checkpoints.complete();
      for (const path of [checkpoints.directory, dir.join("one/back\\slash\\")]) {
        const other = checkpointsOf(heat({ name: `run${i}` }), path).checkpoints;
        const own = (await other.list()).filter((it) => it.run === `run${i}`);
        await other.load(own.at(-1));
        assertEquals([own.length, other.model.tracker.step], [2, step], folder);
        await other.close();
      }
      Deno.chdir(dir.join("two"));
    }
  } finally {
    Deno.chdir(before);
  }
  assertEquals(Array.from(Deno.readDirSync(dir.join("two"))), []);
});

Deno.test("labels that JSON does not have keep their value, in the catalog, beside the file and in it", async () => {
  using dir = tempDir();
  const { checkpoints } = checkpointsOf(heat(), dir.path);
  const labels = { a: NaN, b: -Infinity, c: -0, d: "NaN", e: true, f: 1e-300 };
  await checkpoints.save({ labels });
  await checkpoints.complete();
  const listed = async () => (await new CheckpointCatalog(dir.path).list())[0].labels;
  assertEquals(await listed(), labels);
  Deno.removeSync(dir.join("catalog.json"));
  assertEquals(await listed(), labels);
  Deno.removeSync(dir.join("catalog.json"));
  Deno.removeSync(dir.join("heat-step0.snap.json"));
  const found = await listed();
  assertEquals(found, labels);
  assert(Object.is(found.c, -0));
});

Deno.test("a record whose numbers cannot be those of a checkpoint is none", () => {
  const record = entryToJson(entryAt(3)),
    read = (changes: object) => entryFromJson({ ...record, ...changes }, (file) => `/runs/${file}`);
  assertEquals(read({}), entryAt(3));
  for (const step of [0.5, 1e308, Infinity, null, "3"]) assertEquals(read({ step }), null);
  for (const level of [-1, 0.5, 3, Infinity, true]) assertEquals(read({ level }), null);
  for (const name of ["sequence", "bytes", "file_bytes", "data_bytes"]) {
    for (const value of [-1, 0.5, 1e308, NaN, "1"]) assertEquals(read({ [name]: value }), null);
  }
});
