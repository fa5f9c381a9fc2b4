import { assertEquals } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";

const program = new URL("./particles_ranks.ts", import.meta.url);

for (const count of [1, 2, 3, 4]) {
  Deno.test(`${count} workers: fields made from particles are those of one rank`, async () => {
    const results = await runRanks(count, program, [], { onConsole: () => {} });
    assertEquals(results, new Array(count).fill(8));
  });
}
