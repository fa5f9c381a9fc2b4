import { assertEquals, assertThrows } from "@std/assert";
import { ensureDir, ensureDirSync, exists, existsSync, walkSync } from "@std/fs";
import { basename, dirname, extname, fromFileUrl, join, relative, toFileUrl } from "@std/path";
import { tempDir } from "../_helpers.ts";

Deno.test("exists() and ensureDir() agree in both forms", async () => {
  using dir = tempDir();
  const deep = dir.join("a", "b");
  assertEquals([await exists(deep), existsSync(deep)], [false, false]);
  await ensureDir(deep);
  ensureDirSync(deep);
  assertEquals([await exists(deep), existsSync(toFileUrl(deep))], [true, true]);
});

Deno.test("walkSync() yields the folder itself, then what is below, and honours its options", () => {
  using dir = tempDir();
  ensureDirSync(dir.join("a", "skipped"));
  for (const name of ["one.ts", "a/two.ts", "a/three.md", "a/skipped/four.ts"]) {
    Deno.writeTextFileSync(dir.join(name), "");
  }
  const found = (options?: Parameters<typeof walkSync>[1]) =>
    [...walkSync(dir.path, options)].map((it) => relative(dir.path, it.path)).sort();
  assertEquals(found(), [
    "",
    "a",
    "a/skipped",
    "a/skipped/four.ts",
    "a/three.md",
    "a/two.ts",
    "one.ts",
  ]);
  assertEquals(found({ exts: ["ts"], skip: [/skipped/] }), ["a/two.ts", "one.ts"]);
  assertEquals(found({ includeDirs: false, exts: [".md"] }), ["a/three.md"]);
  assertThrows(() => [...walkSync(dir.join("nowhere"))], Deno.errors.NotFound);
});

Deno.test("paths are taken apart and turned into URLs and back", () => {
  const path = join("/runs", "..", "runs", "a b", "step42.snap.h5");
  assertEquals(path, "/runs/a b/step42.snap.h5");
  assertEquals([dirname(path), basename(path, ".h5"), extname(path)], [
    "/runs/a b",
    "step42.snap",
    ".h5",
  ]);
  assertEquals(toFileUrl(path).href, "file:///runs/a%20b/step42.snap.h5");
  assertEquals(fromFileUrl(toFileUrl(path)), path);
});
