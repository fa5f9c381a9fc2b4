/** However a checkpoint is saved, its file says the same of itself, and is enough to make the catalog again. */
import { assert, assertEquals } from "@std/assert";
import { readSnapshotMetadata } from "../../mod.ts";
import type { CheckpointEntry } from "../../src/run/checkpoint_entry.ts";
import { tempDir } from "../_helpers.ts";
import { checkpointsOf, heat, runTo, type TestOptions } from "./_run.ts";

/** Checkpoints of a few steps; what the catalog lists, and lists again from the files alone. */
async function savedTwice(folder: string, options: TestOptions) {
  const model = heat();
  // Large enough to be linked, where there is a base, and never changed.
  model.tracker.table = new Float64Array(4000);
  const { checkpoints } = checkpointsOf(model, folder, {
    every: { steps: 2 },
    labels: ({ tracker }) => ({ phase: tracker.step > 3 ? "late" : "early", step: tracker.step }),
    now: () => new Date(1_700_000_000_000 + 1000 * model.tracker.step),
    ...options,
  });
  await runTo(checkpoints, 6);
  await checkpoints.close();
  const listed = () => checkpointsOf(heat(), folder).checkpoints.list({ run: "all" });
  const before = await listed();
  for (const { name } of [...Deno.readDirSync(folder)]) {
    if (/^catalog\.json$|\.snap\.json$/.test(name)) Deno.removeSync(`${folder}/${name}`);
  }
  return { before, again: await listed() };
}

const ways: Record<string, TestOptions> = {
  "in the foreground": {},
  "in the background": { background: true },
  "with a base": { incremental: 2 },
  "with a base, in the background": { incremental: 2, background: true },
};

for (const [way, options] of Object.entries(ways)) {
  Deno.test(`a catalog made from the files alone has the same entries, labels included: ${way}`, async () => {
    using dir = tempDir();
    const { before, again } = await savedTwice(dir.path, options);
    assertEquals(before.map(({ step, labels }) => [step, labels]), [
      [2, { phase: "early", step: 2 }],
      [4, { phase: "late", step: 4 }],
      [6, { phase: "late", step: 6 }],
    ]);
    assert(before.every(({ dataBytes }) => dataBytes > 0));
    assertEquals(before.some(({ needs }) => needs.length > 0), options.incremental !== undefined);
    assertEquals(again, before);
  });
}

Deno.test("a file saved in the background has the metadata of one saved in the foreground", async () => {
  using dir = tempDir();
  using other = tempDir();
  const here = await savedTwice(dir.path, {});
  const there = await savedTwice(other.path, { background: true });
  const metadata = async ({ before }: { before: readonly CheckpointEntry[] }) =>
    await Promise.all(before.map(({ path }) => readSnapshotMetadata(path)));
  assertEquals(await metadata(there), await metadata(here));
});
