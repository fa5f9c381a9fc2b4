/** What a snapshot needs is kept, whatever the names of the files are. @module */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { removeSnapshotFile } from "../../src/archive/manage.ts";
import { SnapshotFormatError } from "../../src/errors.ts";
import { anchored, pathOf } from "../../src/snapshot/file/paths.ts";
import { tempDir } from "../_helpers.ts";
import { assertLoads, names, save, sidecars } from "./_saving.ts";

Deno.test("an increment keeps its base, whatever its name and the names of other files", async () => {
  using dir = tempDir();
  const base = dir.join("base.snap.h5");
  await save(base);
  for (
    const name of [
      "inc",
      "inc.snap",
      ".inc.h5",
      "inc.h5.bak",
      "inc.json",
      "inc.snap.json",
      "x.lock",
    ]
  ) {
    const path = dir.join(name);
    await save(path, { base });
    await assertRejects(() => save(base), SnapshotFormatError, path);
    await assertRejects(() => removeSnapshotFile(base), SnapshotFormatError, path);
    await assertLoads(path);
    await removeSnapshotFile(path);
  }
  await save(base);
  assertEquals(names(dir.path), ["base.snap.h5"]);
});

Deno.test("a base is kept for an increment in another folder that was renamed, and for a renamed folder", async () => {
  using dir = tempDir();
  for (const folder of ["x", "y"]) Deno.mkdirSync(dir.join(folder));
  const base = dir.join("x/base.snap.h5"), far = dir.join("y/far.snap.h5");
  await save(base);
  await save(far, { base });
  for (const [from, to] of [["y/far.snap.h5", "y/kept"], ["y", "z"]]) {
    Deno.renameSync(dir.join(from), dir.join(to));
    const now = dir.join(to.includes("/") ? to : `${to}/far.snap.h5`);
    await assertRejects(() => save(base), SnapshotFormatError, now);
    await assertLoads(now);
    Deno.renameSync(dir.join(to), dir.join(from));
  }
  Deno.removeSync(dir.join("y"), { recursive: true });
  await save(base);
});

Deno.test("sidecars stay while a second name of their snapshot needs them, and go when only links are left", async () => {
  using dir = tempDir();
  const path = dir.join("s.snap.h5");
  for (const name of ["kept", "s.snap.h5~", ".s.snap.h5"]) {
    const kept = dir.join(name);
    await save(path, sidecars);
    Deno.linkSync(path, kept);
    await save(path, sidecars);
    await removeSnapshotFile(path);
    await assertLoads(kept);
    await removeSnapshotFile(kept);
    assertEquals(names(dir.path), []);
  }
  await save(path, sidecars);
  Deno.symlinkSync("s.snap.h5", dir.join("latest.snap.h5"));
  await removeSnapshotFile(path);
  assertEquals(names(dir.path), ["latest.snap.h5"]);
});

Deno.test("a file URL is taken for the whole of its path, or refused", () => {
  assertEquals(pathOf("file:///tmp/a%23b%25.h5"), "/tmp/a#b%.h5");
  assertEquals(pathOf("/tmp/a#b?c%.h5"), "/tmp/a#b?c%.h5");
  for (const text of ["file:///tmp/run#1.h5", "file:///tmp/run?1.h5", "file:///tmp/100%.h5"]) {
    assertThrows(() => pathOf(text), TypeError, "without file://");
  }
  assertThrows(() => pathOf(new URL("file:///tmp/run#1.h5")), TypeError, "%23");
  assertEquals(anchored(""), "");
});
