import { assertEquals } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { tempDir, testNeeding } from "../_helpers.ts";

const program = new URL("./_all.ts", import.meta.url);

testNeeding({ run: true }, "1, 2 and 4 workers, every option: takes longer", async () => {
  for (const count of [1, 2, 4]) {
    using dir = tempDir();
    assertEquals(
      await runRanks(count, program, [dir.path, [], true]),
      new Array(count).fill(17),
    );
  }
});
