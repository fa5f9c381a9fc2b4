/** Run by `deno task test:long`: a rank throws while the others wait for it. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { phases, thrown } from "./thrown_program.ts";

const program = new URL("./thrown_program.ts", import.meta.url);

// A second is enough on an idle machine; this one may be busy, and only a hang takes longer than a minute.
Object.keys(phases).forEach((phase, i) => {
  const ranks = i + 1;
  Deno.test(`${ranks} workers: one that throws while the others are in ${phase} ends all of them at once`, async () => {
    const error = await assertRejects(
      () => runRanks(ranks, program, [phase], { timeoutSeconds: 60 }),
      RangeError,
    );
    const ended = Date.now();
    assertMatch(error.message, thrown);
    assertEquals((error as Error & { rank: number }).rank, ranks - 1);
    assert(ended - Number(thrown.exec(error.message)![1]) < 60_000);
  });
});
