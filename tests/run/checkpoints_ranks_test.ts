import { assertEquals } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { tempDir, testNeeding } from "../_helpers.ts";

const program = new URL("./_all.ts", import.meta.url);

Deno.test("1 to 4 workers: checkpoints are taken, kept and found alike by all, and go on on any number of them", async (t) => {
  using dir = tempDir();
  const earlier: number[] = [];
  for (const count of [2, 1, 4, 3]) {
    // A new thread is slow for a second: here the options are gone through on one number of ranks.
    const all = count === 3;
    const others = earlier.join(", ") || "no others";
    await t.step(`${count} workers, after ${others}`, async () => {
      const results = await runRanks(count, program, [dir.path, [...earlier], all]);
      assertEquals(results, new Array(count).fill(all ? 17 : 6));
    });
    earlier.push(count);
  }
});

testNeeding({ run: true }, "1, 2 and 4 workers, every option: takes longer", async () => {
  for (const count of [1, 2, 4]) {
    using dir = tempDir();
    assertEquals(
      await runRanks(count, program, [dir.path, [], true]),
      new Array(count).fill(17),
    );
  }
});
