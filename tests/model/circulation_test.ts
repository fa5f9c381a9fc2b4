import { assertEquals } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { tempDir } from "../_helpers.ts";

const program = new URL("./circulation_ranks.ts", import.meta.url);

Deno.test("particles that circulate across ranks come back in every byte, with all histories", async (t) => {
  using dir = tempDir();
  const earlier: number[] = [];
  for (const count of [3, 1, 4, 2]) {
    await t.step(`${count} workers, files of ${earlier.join(", ") || "their own"}`, async () => {
      const results = await runRanks(count, program, [dir.path, [...earlier]], {
        onConsole: () => {},
      });
      assertEquals(results, new Array(count).fill(4));
    });
    earlier.push(count);
  }
});
