import { assertEquals } from "@std/assert";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { tempDir, testNeeding } from "../_helpers.ts";
import { checkpointsOf, heat, runTo } from "./_run.ts";

/** What must be there when four writers took a checkpoint at each of so many steps. */
async function assertAllThere(folder: string, ids: string[], steps: number): Promise<void> {
  assertEquals(ids.sort(), ["heat", "heat-2", "heat-3", "heat-4"]);
  const { checkpoints } = JSON.parse(Deno.readTextFileSync(`${folder}/catalog.json`));
  assertEquals(checkpoints.length, 4 * steps);
  const catalog = new CheckpointCatalog(folder);
  for (const run of ids) {
    const expected = Array.from({ length: steps }, (_, i) => i + 1);
    assertEquals((await catalog.list({ run })).map(({ step }) => step), expected);
  }
  assertEquals((await catalog.runs()).map((run) => run.status), Array(4).fill("completed"));
  assertEquals(await catalog.problems(), []);
}

Deno.test("four runs of one process in one folder: each its own run, and no entry is lost", async () => {
  using dir = tempDir();
  const ids = await Promise.all([1, 2, 3, 4].map(async (seed) => {
    const { checkpoints } = checkpointsOf(heat({ seed }), dir.path, { every: { steps: 1 } });
    await runTo(checkpoints, 4);
    await checkpoints.complete();
    return checkpoints.run!.id;
  }));
  await assertAllThere(dir.path, ids, 4);
});

testNeeding(
  { run: true },
  "four processes in one folder: each its own run, and no entry is lost",
  async () => {
    using dir = tempDir();
    const script = new URL("./_writer.ts", import.meta.url).pathname;
    const ids = await Promise.all([1, 2, 3, 4].map(async (seed) => {
      const args = ["run", "--no-check", "--allow-read", "--allow-write", script, dir.path];
      const { stdout, success } = await new Deno.Command(Deno.execPath(), {
        args: [...args, `${seed}`],
        stderr: "inherit",
      }).output();
      assertEquals(success, true);
      return new TextDecoder().decode(stdout).trim();
    }));
    await assertAllThere(dir.path, ids, 20);
  },
);
