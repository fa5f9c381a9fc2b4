import { assertEquals } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";

const program = new URL("./histories_ranks.ts", import.meta.url);

for (const count of [1, 2, 3, 4]) {
  Deno.test(`${count} workers: histories carry the same bytes as on one rank, and restore them`, async () => {
    assertEquals(await runRanks(count, program), new Array(count).fill(7));
  });
}
