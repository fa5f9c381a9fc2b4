import { assertEquals } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";

const program = new URL("./solvers_ranks.ts", import.meta.url);

for (const count of [1, 2, 3, 4]) {
  Deno.test(`${count} workers: solvers give what they give on one rank`, async () => {
    assertEquals(await runRanks(count, program), new Array(count).fill(8));
  });
}

for (const count of [1, 2, 3, 4]) {
  Deno.test(`${count} workers: what a function does on one rank is the error of all`, async () => {
    const failing = new URL("./one_rank_fails_ranks.ts", import.meta.url);
    assertEquals(await runRanks(count, failing), new Array(count).fill(14));
  });
}
