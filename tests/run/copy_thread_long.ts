import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Model } from "../../src/model/model.ts";
import { FolderStore } from "../../src/run/folder_store.ts";
import { Copier } from "../../src/run/copy_thread.ts";
import { SnapshotCorruptError } from "../../src/errors.ts";
import { workerThreads } from "../../src/deps/worker_threads.ts";
import { denoLayer } from "../../src/snapshot/file/file_layer.ts";
import { readTailOf } from "../../src/snapshot/file/tail_reader.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";

/** Does something while files cannot be opened for it in this thread. */
async function withoutOpening(work: () => Promise<void>): Promise<void> {
  const { open } = Deno;
  Deno.open = () => Promise.reject(new Error("opened here"));
  try {
    await work();
  } finally {
    Deno.open = open;
  }
}

Deno.test("a large file is copied into a folder in a thread, with its errors; others, and without a thread, here", async () => {
  using dir = tempDir();
  const model = new Model({ name: "big" }), name = "big.snap.h5", path = dir.join(name);
  model.tracker.table = new Float64Array(1 << 20).map((_, i) => Math.sqrt(i));
  await model.saveState({ file: path });
  const { digest } = readTailOf(denoLayer, path).trailer, file = { name, path, digest };
  const store = new FolderStore(dir.join("slow")), copy = dir.join("slow", name);
  const said: string[] = [], copier = new Copier((text) => said.push(text));
  const send = (to: FolderStore, what = file) => copier.send(denoLayer, to, what);
  const assertCopied = () => {
    assertSameBytes(Deno.readFileSync(copy), Deno.readFileSync(path));
    Deno.removeSync(copy);
  };
  await withoutOpening(async () => {
    await send(store);
    assertCopied();
    // Errors are of their class, and the thread goes on.
    const wrong = { ...file, digest: "0123456789abcdef" };
    await assertRejects(() => send(store, wrong), SnapshotCorruptError, "0123456789abcdef");
    await send(store);
    assertCopied();
    // A store of the user's is told what it asked for, also if it began as a folder.
    class Own extends FolderStore {}
    await assertRejects(() => send(new Own(store.location)), Error, "opened here");
    await copier.end();
  });
  assertEquals(said, []);

  const threads = workerThreads(), { Worker } = threads;
  threads.Worker = class {
    constructor() {
      throw new Error("no more threads");
    }
  } as unknown as typeof Worker;
  try {
    await send(store);
  } finally {
    threads.Worker = Worker;
  }
  assertCopied();
  assertEquals(said.length, 1);
  assertStringIncludes(said[0], "between the steps from now on");
  assert(said[0].endsWith("no more threads"), said[0]);
});
