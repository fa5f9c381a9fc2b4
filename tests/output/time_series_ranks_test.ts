import { assertEquals } from "@std/assert";
import { runRanks } from "../../mod.ts";
import { tempDir } from "../_helpers.ts";

const program = new URL("./time_series_ranks.ts", import.meta.url);

Deno.test("timesteps of 1 to 4 workers are those of one, and are read on any number of ranks", async (t) => {
  using dir = tempDir();
  const earlier: number[] = [];
  for (const count of [3, 1, 4, 2]) {
    await t.step(`${count} workers, files of ${earlier.join(", ") || "their own"}`, async () => {
      const results = await runRanks(count, program, [dir.path, [...earlier]]);
      assertEquals(results, new Array(count).fill(5));
    });
    earlier.push(count);
  }
});
