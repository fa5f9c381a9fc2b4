/**
 * Paths that are relative to a working folder which changes. The working folder is that of the whole process, which
 * the plain test command shares among files that run at once: hence a task of its own, `deno task test:alone`.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { tempDir } from "../_helpers.ts";
import { assertLoads, names, save, sidecars } from "./_saving.ts";

/** Runs `work` with another working folder. */
async function inFolder(folder: string, work: () => Promise<void>): Promise<void> {
  const before = Deno.cwd();
  Deno.chdir(folder);
  try {
    await work();
  } finally {
    Deno.chdir(before);
  }
}

Deno.test("relative paths above the working folder: sidecars, increments, bases in other folders", async () => {
  using dir = tempDir();
  Deno.mkdirSync(dir.join("work/deep"), { recursive: true });
  Deno.mkdirSync(dir.join("other"));
  await inFolder(dir.join("work/deep"), async () => {
    for (const folder of ["..", "../../other"]) {
      const path = `${folder}/a.snap.h5`, base = `${folder}/base.snap.h5`;
      assertEquals(await save(path, sidecars), path);
      await save(path, sidecars);
      await assertLoads(path);
      await save(base);
      await save(`${folder}/inc.snap.h5`, { base });
      await save("../../other/far.snap.h5", { base });
      await assertLoads(`${folder}/inc.snap.h5`);
      await assertLoads("../../other/far.snap.h5");
    }
  });
  await assertLoads(dir.join("work/a.snap.h5"));
  Deno.renameSync(dir.join("other"), dir.join("moved"));
  await assertLoads(dir.join("moved/a.snap.h5"));
  await assertLoads(dir.join("moved/inc.snap.h5"));
});

Deno.test("a path means the place where it was named, also when the working folder changes later", async () => {
  using dir = tempDir();
  Deno.mkdirSync(dir.join("one"));
  Deno.mkdirSync(dir.join("two"));
  await inFolder(dir.join("one"), async () => {
    const saving = save("a.snap.h5", sidecars);
    Deno.chdir(dir.join("two"));
    await saving;
  });
  assertEquals(names(dir.join("one")), ["a.snap.bulk", "a.snap.h5"]);
  assertEquals(names(dir.join("two")), []);
});
