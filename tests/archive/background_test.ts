import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Worker } from "node:worker_threads";
import { workerThreads } from "../../src/deps/worker_threads.ts";
import { BackgroundSaves, MOST_IN_FLIGHT } from "../../src/archive/background.ts";
import { OutgoingBackend } from "../../src/snapshot/file/outgoing_backend.ts";
import { readWhole } from "../../src/archive/read_whole.ts";
import { BufferPool } from "../../src/snapshot/pool.ts";
import { tempDir } from "../_helpers.ts";
import { assertSameEntries, type Entries, metadata, sampleEntries } from "./_entries.ts";

/** A capture of entries; coordinates and topology are frozen, as meshes have them. */
function captured(entries: Entries, pool: BufferPool): OutgoingBackend {
  const from = new OutgoingBackend(pool);
  for (const [key, entry] of entries) {
    from.put(key, entry, /coordinates|topology/.test(key) ? "share" : "copy");
  }
  return from;
}

Deno.test("a background save writes what was captured, whatever happens after", async () => {
  using dir = tempDir();
  const pool = new BufferPool();
  const saves = new BackgroundSaves();
  const entries = sampleEntries(20_000);
  const field = entries.get("meshes/Mesh_0/variables/T")!.data as Float64Array;
  for (const round of [0, 1]) {
    // The second round finds the coordinates in the thread, and other numbers in the field.
    field[0] = round;
    const path = dir.join(`${round}.snap.h5`);
    const save = saves.start(path, captured(entries, pool), metadata);
    field.fill(-1);
    assertEquals(save.state, "running");
    assertEquals(await save.finished, path);
    assertEquals(save.state, "done");
    field.set(sampleEntries(20_000).get("meshes/Mesh_0/variables/T")!.data as Float64Array);
    field[0] = round;
    assertSameEntries((await readWhole(path)).entries, entries);
  }
  assert(pool.idleBytes > 160_000, "the buffers came back");
  await saves.close();
});

Deno.test("without the event loop: at most a few in flight, and a failure shows at the next save", async () => {
  using dir = tempDir();
  const pool = new BufferPool();
  const saves = new BackgroundSaves();
  const entries = sampleEntries();
  for (let i = 0; i < 5; i++) {
    saves.start(dir.join(`${i}.h5`), captured(entries, pool), metadata);
    assert(saves.inFlight <= MOST_IN_FLIGHT);
  }
  const nowhere = dir.join("none", "a.h5");
  saves.start(nowhere, captured(entries, pool), metadata);
  let started = 0;
  const more = () => {
    for (; started < 4; started++) {
      saves.start(dir.join("after.h5"), captured(entries, pool), metadata);
    }
  };
  assertThrows(more, Deno.errors.NotFound, nowhere);
  assert(started <= MOST_IN_FLIGHT);
  await saves.finish();
  for (let i = 0; i < 5; i++) {
    assertSameEntries((await readWhole(dir.join(`${i}.h5`))).entries, entries);
  }
  await saves.close();
});

Deno.test("a failure that was looked at does not come up again", async () => {
  using dir = tempDir();
  const pool = new BufferPool();
  const saves = new BackgroundSaves();
  const entries = sampleEntries();
  const save = saves.start(dir.join("none", "a.h5"), captured(entries, pool), metadata);
  await assertRejects(() => save.finished, Deno.errors.NotFound);
  assertEquals(save.state, "failed");
  await saves.start(dir.join("a.h5"), captured(entries, pool), metadata).finished;
  saves.start(dir.path, captured(entries, pool), metadata);
  await assertRejects(() => saves.finish(), Error, "is a folder");
  await saves.finish();
  await saves.close();
});

Deno.test("models share one thread, and one that is dropped leaves nothing behind", async () => {
  using dir = tempDir();
  const modules = workerThreads() as { Worker: typeof Worker };
  const Real = modules.Worker;
  let started = 0;
  modules.Worker = class extends Real {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      started++;
    }
  };
  try {
    const entries = sampleEntries(20_000);
    let last: BackgroundSaves | undefined;
    for (let model = 0; model < 5; model++) {
      last = new BackgroundSaves();
      const path = dir.join(`${model}.h5`);
      await last.start(path, captured(entries, new BufferPool()), metadata).finished;
      assertSameEntries((await readWhole(path)).entries, entries);
    }
    assertEquals(started, 1);
    await last!.close();
  } finally {
    modules.Worker = Real;
  }
});

const onlyHere = Deno.makeTempDirSync();
Deno.test({
  name: "with permission for its folder alone, a background save is written by this thread",
  permissions: { read: [onlyHere], write: [onlyHere] },
  fn: async () => {
    try {
      const entries = sampleEntries();
      const pool = new BufferPool(), saves = new BackgroundSaves();
      const started = () => saves.start(`${onlyHere}/a.h5`, captured(entries, pool), metadata);
      for (let i = 0; i < MOST_IN_FLIGHT; i++) assertEquals(started().state, "running");
      // Nothing can write a file while this thread has not returned, so a third would only pile up.
      assertThrows(started, Deno.errors.NotCapable, "--allow-read=");
      await saves.finish();
      assertSameEntries((await readWhole(`${onlyHere}/a.h5`)).entries, entries);
      await assertRejects(
        () => saves.start(`${onlyHere}/none/a.h5`, captured(entries, pool), metadata).finished,
        Deno.errors.NotFound,
      );
      assert(pool.idleBytes > 0, "the buffers came back");
    } finally {
      Deno.removeSync(onlyHere, { recursive: true });
    }
  },
});
