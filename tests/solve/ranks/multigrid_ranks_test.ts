import { assertEquals } from "@std/assert";
import { runRanks } from "../../../src/comm/workers/run_ranks.ts";

const program = new URL("./multigrid_ranks.ts", import.meta.url);

for (const count of [2, 3, 4]) {
  Deno.test(`${count} workers: multigrid is put together across ranks as on one`, async () => {
    assertEquals(await runRanks(count, program), new Array(count).fill(5));
  });
}
