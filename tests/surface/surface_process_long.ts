import { assert, assertEquals } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { tempDir } from "../_helpers.ts";
import { schemes, surfaceRun } from "./_surface_run.ts";

const program = new URL("./surface_program.ts", import.meta.url);

Deno.test("a run below a surface goes on in a fresh process, from a file, with the same bytes", async () => {
  using folder = tempDir();
  const { model, advance } = surfaceRun();
  // After every step, and so with every scheme.
  const files: string[] = [];
  for (let step = 0; step < schemes.length; step++) {
    advance(step, step + 1);
    files.push(await model.saveState({ file: folder.join(`${step}.snap.h5`) }));
  }
  for (let step = 0; step + 1 < schemes.length; step++) {
    const to = folder.join(`from_${step}.snap.h5`);
    const access = [`--allow-read=${folder.path}`, `--allow-write=${folder.path}`];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", ...access, program.pathname, files[step], to, `${step + 1}`],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    assertEquals(await diffSnapshots(files.at(-1)!, to), [], `from step ${step}`);
  }
});
