import { assertEquals } from "@std/assert";
import { SelfComm } from "../../src/comm/self.ts";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { main } from "./collectives_ranks.ts";

const program = new URL("./collectives_ranks.ts", import.meta.url);

Deno.test("SelfComm: every collective gives the obvious result", () => {
  assertEquals(main(new SelfComm()), 12);
});

for (const count of [1, 2, 3, 4]) {
  Deno.test(`${count} workers: every collective gives the obvious result`, async () => {
    assertEquals(await runRanks(count, program), new Array(count).fill(12));
  });
}

Deno.test("3 workers with a tiny window: the same through many pieces", async () => {
  assertEquals(await runRanks(3, program, [], { windowBytes: 4096 }), [12, 12, 12]);
});
