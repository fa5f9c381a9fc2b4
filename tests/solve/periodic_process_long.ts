import { assert, assertEquals } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { tempDir } from "../_helpers.ts";
import { periodicRun } from "./_periodic_run.ts";

const program = new URL("./periodic_program.ts", import.meta.url);

Deno.test("a run on a torus goes on in a fresh process, and after a step put back, with the same bytes", async () => {
  using folder = tempDir();
  const { model, swarm, advance } = periodicRun();
  advance(0, 2);
  const middle = await model.saveState({ file: folder.join("middle.snap.h5") });
  advance(2, 4);
  const end = await model.saveState({ file: folder.join("end.snap.h5") });
  assert(swarm.wraps.data.some((count) => count !== 0));

  const to = folder.join("fresh.snap.h5");
  const access = [`--allow-read=${folder.path}`, `--allow-write=${folder.path}`];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", ...access, program.pathname, middle, to],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  assertEquals(await diffSnapshots(end, to), []);

  const again = periodicRun();
  again.advance(0, 2);
  using before = again.model.saveState();
  again.advance(0, 1);
  again.model.loadState(before);
  again.advance(2, 4);
  assertEquals(
    await diffSnapshots(end, await again.model.saveState({ file: folder.join("back.snap.h5") })),
    [],
  );
});
