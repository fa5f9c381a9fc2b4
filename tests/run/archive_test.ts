import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { verifySnapshotSync } from "../../src/archive/verify_snapshot.ts";
import { CheckpointError } from "../../src/errors.ts";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import type { CheckpointStore } from "../../src/run/checkpoint_store.ts";
import { Checkpoints } from "../../src/run/checkpoints.ts";
import { FolderStore } from "../../src/run/folder_store.ts";
import { tempDir } from "../_helpers.ts";
import { checkpointsOf, heat, runTo, step, type TestOptions } from "./_run.ts";
import { assertSameState, continued, diesWhileCopying, steps } from "./_archive.ts";
import { MapStore } from "./_store.ts";

Deno.test("what the folder does not have is found in the archive: U = B = C after the local disk is gone", async () => {
  using dir = tempDir();
  const fast = dir.join("fast"), slow = dir.join("slow");
  const options: TestOptions = { every: { steps: 1 }, keep: { last: 1 }, archive: slow };
  const first = await continued(fast, options);
  await runTo(first.checkpoints, 3);
  await first.checkpoints.flush();
  // The rules of the folder apply to the folder.
  assertEquals(steps(await first.checkpoints.list()), ["1: archive", "2: archive", "3: both"]);
  assertEquals(await first.checkpoints.problems(), []);
  // What happened is there, too, while the run goes on: up to the copy of the last checkpoint.
  const told = await new CheckpointCatalog(slow).transcript();
  assertEquals([told.summary().steps, told.events({ kinds: ["save"] }).length], [3, 3]);
  await first.checkpoints.close();

  // B: put back from the archive alone.
  Deno.removeSync(fast, { recursive: true });
  const second = await continued(fast, options);
  assertEquals([second.entry?.step, second.warnings], [3, []]);
  assertEquals(second.checkpoints.run!.resumed, 1);
  await runTo(second.checkpoints, 5);
  assertSameState(second.model, 5);
  // C: put back behind steps that are taken back.
  await second.checkpoints.load((await second.checkpoints.at({ step: 2 }))!);
  assertSameState(second.model, 2);
  await runTo(second.checkpoints, 6);
  assertSameState(second.model, 6);
  await second.checkpoints.complete();

  // The archive is a folder of checkpoints like any other.
  const catalog = new CheckpointCatalog(slow);
  assertEquals((await catalog.list()).map(({ step }) => step).toSorted(), [1, 2, 3, 4, 5, 6]);
  assertEquals([await catalog.problems(), (await catalog.runs())[0].status], [[], "completed"]);
  for (const { path } of await catalog.list()) assert(verifySnapshotSync(path).ok);
  const both = new CheckpointCatalog(dir.join("elsewhere"), { archive: slow });
  assertEquals((await both.runs()).map(({ id }) => id), ["heat"]);
  assertEquals((await both.latest())?.step, 6);
  const { transcript } = second.model;
  assert(transcript.events({ kinds: ["archive"] }).length >= 5);
  assertEquals((await new CheckpointCatalog(slow).transcript()).summary().resumes, 1);
});

Deno.test("a copy that is cut short, changed or refused is never listed, is reported, and is made later", async () => {
  using dir = tempDir();
  const store = new MapStore();
  const troubles: [string, MapStore["trouble"]][] = [
    ["read back is something else", (_, bytes) => bytes.subarray(0, bytes.length - 1)],
    [
      "read back is something else",
      (_, bytes) => bytes.map((byte, i) => i === 4000 ? ~byte : byte),
    ],
    ["disk full", () => {
      throw Object.assign(new Error("disk full"), { code: "ENOSPC" });
    }],
  ];
  const { model, checkpoints, warnings } = await continued(dir.path, {
    archive: store,
    keep: { last: 1 },
  });
  for (const [words, trouble] of troubles) {
    store.trouble = (name, bytes) => name.endsWith(".snap.h5") ? trouble(name, bytes) : bytes;
    step(model);
    const { file } = await checkpoints.save();
    const failure = await assertRejects(() => checkpoints.flush(), CheckpointError);
    assertStringIncludes(failure.message, file);
    assertStringIncludes(warnings.at(-1)!, words);
    assertEquals((await checkpoints.list()).filter(({ place }) => place !== "folder"), []);
  }
  // The folder keeps what is not in the archive yet, against its own rules.
  assertEquals(steps(await checkpoints.list()), ["1: folder", "2: folder", "3: folder"]);
  store.trouble = (_, bytes) => bytes;
  await checkpoints.flush();
  assertEquals(steps(await checkpoints.list()), ["1: archive", "2: archive", "3: both"]);
  await checkpoints.close();
});

Deno.test("what an archive never takes stays in the folder, and a resumed run copies it", async () => {
  using dir = tempDir();
  const store = new MapStore();
  store.trouble = (name, bytes) => name.endsWith(".snap.h5") ? bytes.subarray(1) : bytes;
  const options = { archive: store, keep: { last: 1 }, maxFailures: 2 };
  const { model, checkpoints } = await continued(dir.path, options);
  for (let k = 0; k < 5; k++) {
    step(model);
    await checkpoints.save();
  }
  await assertRejects(() => checkpoints.flush(), CheckpointError);
  await checkpoints.close();
  assertEquals(steps(await checkpoints.list()), [1, 2, 3, 4, 5].map((k) => `${k}: folder`));
  store.trouble = (_, bytes) => bytes;
  const next = await continued(dir.path, options);
  await next.checkpoints.close();
  assertEquals(steps(await next.checkpoints.list()), [
    ...[1, 2, 3, 4].map((k) => `${k}: archive`),
    "5: both",
  ]);
});

Deno.test("a process that dies while it copies leaves only whole checkpoints; the next one makes up for it", () =>
  diesWhileCopying(5));

Deno.test("the archive has its own rules; labels hold there, and increments keep their bases", async () => {
  using dir = tempDir();
  const store = new MapStore();
  const { checkpoints, model } = await continued(dir.path, {
    every: { steps: 1 },
    keep: { last: 1 },
    archive: store,
    archiveKeep: { every: { steps: 4 } },
    incremental: 3,
    layout: "sidecars",
  });
  // Large enough to be worth a link.
  const table = new Float64Array(4000).map((_, i) => Math.sqrt(i));
  model.tracker.table = table;
  await runTo(checkpoints, 2);
  await checkpoints.flush();
  await checkpoints.label((await checkpoints.at({ step: 2 }))!, ["pinned"]);
  await runTo(checkpoints, 9);
  await checkpoints.flush();
  const { archive } = await checkpoints.prune();
  assertEquals(archive!.kept.map(({ entry, why }) => `${entry.step}: ${why}`), [
    "1: heat-step2.snap.h5 needs it",
    "2: label pinned",
    "4: the first of its 4 steps",
    "7: heat-step9.snap.h5 needs it",
    "8: the first of its 4 steps",
    "9: the newest",
  ]);
  assertEquals((await checkpoints.list()).filter((it) => it.place !== "folder").length, 6);
  // An increment comes with its base, from the archive alone.
  await checkpoints.complete();
  using elsewhere = tempDir();
  const fresh = heat(), found = checkpointsOf(fresh, elsewhere.path, { archive: store });
  await found.checkpoints.load((await found.checkpoints.at({ step: 8 }))!);
  assertSameState(fresh, 8, { table });
  assertEquals(steps(await found.checkpoints.list()).filter((it) => it.endsWith("both")), [
    "7: both",
    "8: both",
  ]);
  await found.checkpoints.close();
  assertEquals(model.transcript.summary().pruned > 0, true);
});

Deno.test("damage is met on both sides: the archive mends the folder, and a damaged copy is skipped by name", async () => {
  using dir = tempDir();
  const fast = dir.join("fast"), slow = dir.join("slow"), options = { archive: slow };
  const first = await continued(fast, { ...options, every: { steps: 1 } });
  await runTo(first.checkpoints, 3);
  await first.checkpoints.complete();
  const spoil = (path: string, at: number) => {
    using file = Deno.openSync(path, { write: true });
    file.seekSync(at, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(64).fill(0xa5));
  };
  // In the folder: the end of one file, and the middle of another.
  Deno.truncateSync(`${fast}/heat-step3.snap.h5`, 5000);
  spoil(`${fast}/heat-step2.snap.h5`, 6000);
  const model = heat(), { checkpoints, warnings } = checkpointsOf(model, fast, options);
  await checkpoints.load((await checkpoints.at({ step: 3 }))!);
  assertSameState(model, 3);
  await checkpoints.load((await checkpoints.at({ step: 2 }))!);
  assertSameState(model, 2);
  assertEquals(warnings, ['"heat-step2.snap.h5" was damaged and is taken from the archive']);
  await checkpoints.close();

  // In the archive alone: cut short, damaged inside, and another file in its place.
  Deno.truncateSync(`${slow}/heat-step3.snap.h5`, 7000);
  spoil(`${slow}/heat-step2.snap.h5`, 6000);
  const fresh = heat(), alone = checkpointsOf(fresh, dir.join("alone"), options);
  const loaded = await alone.checkpoints.load();
  assertEquals([loaded?.step, alone.warnings.length], [1, 2]);
  assertStringIncludes(alone.warnings[0], "heat-step3.snap.h5");
  assertSameState(fresh, 1);
  Deno.copyFileSync(`${slow}/heat-step1.snap.h5`, `${slow}/heat-step2.snap.h5`);
  const other = (await alone.checkpoints.list()).find(({ step }) => step === 2)!;
  await assertRejects(() => alone.checkpoints.load(other), Error, "was expected");
  assertEquals(
    Array.from(Deno.readDirSync(dir.join("alone")), (it) => it.name).filter((name) =>
      name.includes("step2") || name.endsWith(".tmp")
    ),
    [],
  );
  await alone.checkpoints.close();
});

Deno.test("a new run never writes over an archived one, nor over what is pinned there", async () => {
  using dir = tempDir();
  const options: TestOptions = { archive: new MapStore(), every: { steps: 1 } };
  const first = await continued(dir.join("a"), options);
  await runTo(first.checkpoints, 2);
  await first.checkpoints.label((await first.checkpoints.latest())!, ["pinned"]);
  await first.checkpoints.close();
  // Without a look at what is there, on an empty local disk.
  const model = heat(), second = checkpointsOf(model, dir.join("b"), options);
  await runTo(second.checkpoints, 1);
  assertEquals(second.checkpoints.run!.id, "heat-2");
  await second.checkpoints.complete();
  // The pinned state stays where the run goes back and takes another way.
  const third = await continued(dir.join("c"), options);
  assertEquals(third.entry?.step, 2);
  await third.checkpoints.load((await third.checkpoints.at({ step: 1 }))!);
  step(third.model, 0.25);
  assertEquals((await third.checkpoints.afterStep())!.file, "heat-step2.2.snap.h5");
  await third.checkpoints.complete();
  const { archive } = options, nothing = dir.join("nothing");
  const archived = await new CheckpointCatalog(nothing, { archive }).list({ run: "heat" });
  assertEquals(archived.map(({ file }) => file), [
    "heat-step1.snap.h5",
    "heat-step2.snap.h5",
    "heat-step2.2.snap.h5",
  ]);
  assertSameState(first.model, 2);
});

Deno.test("an archive that is none, and names that lead out of it, are refused", async () => {
  using dir = tempDir();
  const store = new FolderStore(dir.join("slow"));
  await assertRejects(() => store.write("../x", store.read("y"), 1), TypeError, '"../x"');
  await assertRejects(() => store.write("a/b/c", store.read("y"), 1), TypeError);
  await assertRejects(() => store.remove(".hidden"), TypeError);
  const short = async function* () {
    yield new Uint8Array(3);
  };
  await assertRejects(() => store.write("x.h5", short(), 4), RangeError, "3 bytes were given");
  assertEquals(await store.list(), []);
  const wrong = (archive: unknown) => archive as CheckpointStore;
  const model = heat(), of = (options: TestOptions) => new Checkpoints(model, dir.path, options);
  assertThrows(() => of({ archive: wrong(3) }), TypeError, "the number 3");
  assertThrows(
    () => of({ archive: wrong({ location: "x", list() {} }) }),
    TypeError,
    "read, write",
  );
  assertThrows(() => of({ archiveKeep: { last: 1 } }), TypeError, "archiveKeep is for an archive");
  assertThrows(
    () => of({ archive: store, archiveKeep: { last: -1 } }),
    RangeError,
    "archiveKeep.last",
  );
});
