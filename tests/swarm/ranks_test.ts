import { assertEquals } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";

const program = new URL("./swarm_ranks.ts", import.meta.url);

for (const count of [1, 2, 3, 4]) {
  Deno.test(`${count} workers: particles move and migrate as on one rank`, async () => {
    assertEquals(await runRanks(count, program), new Array(count).fill(6));
  });
}

const changes = new URL("./population_ranks.ts", import.meta.url);

for (const count of [1, 2, 3, 4]) {
  Deno.test(`${count} workers: whatever changes the population, no particle is lost or doubled`, async () => {
    assertEquals(await runRanks(count, changes), new Array(count).fill(6));
  });
}
