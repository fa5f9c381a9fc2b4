/** Materials that yield, through files: in a fresh process, and on any number of ranks. @module */
import { assert, assertEquals } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { tempDir, testNeeding } from "../_helpers.ts";
import { buildYielding, FIRST, sizes } from "./yielding_program.ts";

const program = new URL("./yielding_program.ts", import.meta.url);

testNeeding(
  { run: true },
  "a fresh process goes on with particles, stress and yielding to the bytes of the whole run",
  async () => {
    using dir = tempDir();
    const { model, step } = buildYielding();
    for (const dt of sizes.slice(0, FIRST)) step(dt);
    const middle = await model.saveState({ file: dir.join("middle.snap.h5") });
    for (const dt of sizes.slice(FIRST)) step(dt);
    const end = await model.saveState({ file: dir.join("end.snap.h5") });
    const resumed = dir.join("resumed.snap.h5");
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        `--allow-read=${dir.path}`,
        `--allow-write=${dir.path}`,
        program.pathname,
        middle,
        resumed,
      ],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    assertEquals(await diffSnapshots(end, resumed), []);
  },
);

Deno.test("ranks go on from files with particles, stress and yielding to the same bytes", async () => {
  using dir = tempDir();
  for (const ranks of [1, 2, 3, 4]) {
    assertEquals(await runRanks(ranks, program, [dir.path]), new Array(ranks).fill(0), `${ranks}`);
  }
});
