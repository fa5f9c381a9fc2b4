/** Run by `deno task test:long`: waits until the thread of background saves ends by itself. */
import { assertEquals } from "@std/assert";
import type { Worker } from "node:worker_threads";
import { boxMesh, MeshVariable, Model } from "../../mod.ts";
import { workerThreads } from "../../src/deps/worker_threads.ts";
import { tempDir } from "../_helpers.ts";

Deno.test("the thread of background saves ends when there is nothing to save, and starts again", async () => {
  using dir = tempDir();
  const modules = workerThreads() as { Worker: typeof Worker };
  const Real = modules.Worker;
  const workers: Worker[] = [];
  modules.Worker = class extends Real {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      workers.push(this);
    }
  };
  try {
    const model = new Model();
    const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [200, 200] });
    const u = new MeshVariable(mesh, "u");
    for (const value of [1, 2]) {
      u.set(value);
      const path = dir.join(`${value}.snap.h5`);
      await model.saveState({ file: path, background: true }).finished;
      assertEquals(workers.length, value);
      const { promise, resolve } = Promise.withResolvers<number>();
      workers.at(-1)!.on("exit", resolve);
      workers.at(-1)!.ref();
      assertEquals(await promise, 0);
      u.set(0);
      await model.loadState(path);
      assertEquals(u.min(), value);
    }
  } finally {
    modules.Worker = Real;
  }
});
