import { assertEquals } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";

const program = new URL("./restore_ranks.ts", import.meta.url);

for (const count of [1, 2, 3, 4]) {
  Deno.test(`${count} workers: restore puts back every byte on every rank, or nothing anywhere`, async () => {
    assertEquals(await runRanks(count, program), new Array(count).fill(10));
  });
}
