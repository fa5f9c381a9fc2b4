import { assertEquals } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";

const restoring = new URL("./restore_ranks.ts", import.meta.url);
const failing = new URL("./failing_ranks.ts", import.meta.url);
const unlike = new URL("./unlike_ranks.ts", import.meta.url);

for (const count of [1, 2, 3, 4]) {
  Deno.test(`${count} workers: restore puts back every byte on every rank, or nothing anywhere`, async () => {
    assertEquals(await runRanks(count, restoring), new Array(count).fill(10));
  });

  Deno.test(`${count} workers: where one rank fails, all go back, whatever the others are in`, async () => {
    assertEquals(await runRanks(count, failing), new Array(count).fill(8));
  });

  Deno.test(`${count} workers: ranks that do not do the same are refused, all of them`, async () => {
    assertEquals(await runRanks(count, unlike), new Array(count).fill(5));
  });
}
