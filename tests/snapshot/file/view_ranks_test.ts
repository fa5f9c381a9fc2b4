import { assertEquals } from "@std/assert";
import { runRanks } from "../../../src/comm/workers/run_ranks.ts";

const program = new URL("./view_ranks.ts", import.meta.url);

for (const count of [1, 2, 3, 4]) {
  Deno.test(`${count} workers: the view for ParaView shows everything once, as one rank would`, async () => {
    assertEquals(await runRanks(count, program), new Array(count).fill(9));
  });
}
