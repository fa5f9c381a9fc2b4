/**
 * Nothing takes its name before it is on the disk: otherwise a power failure could leave a name with nothing
 * behind it. The same for ranks is in `files_ranks.ts`.
 */
import { assert, assertEquals } from "@std/assert";
import { writeViewFiles } from "../../src/archive/view/link_files.ts";
import { writeEntries } from "../../src/archive/write_entries.ts";
import { writeJson } from "../../src/run/json_files.ts";
import type { FileOptions } from "../../src/archive/file_options.ts";
import { tempDir } from "../_helpers.ts";
import { metadata, sampleEntries, sourceOf } from "./_entries.ts";
import { FlushWatch } from "./_flushes.ts";

const kinds: Record<string, FileOptions> = {
  "one file": {},
  "sidecars": { layout: "sidecars" },
  "files for a double click": { view: "beside" },
};

for (const [kind, options] of Object.entries(kinds)) {
  Deno.test(`everything is flushed before a file takes its name, and the name after: ${kind}`, async () => {
    using dir = tempDir();
    const watch = new FlushWatch(dir.join("notes")), path = dir.join("saves", "a.snap.h5");
    Deno.mkdirSync(dir.join("saves"));
    for (const entries of [sampleEntries(), sampleEntries(60_000)].map(sourceOf)) {
      await writeEntries(path, entries, metadata, { ...options, layer: watch.layer });
    }
    assertEquals(watch.problems, []);
    assertEquals(watch.left, []);
    assert(watch.renames >= 2);
  });
}

Deno.test("everything is flushed before a file takes its name, and the name after: small files", async () => {
  using dir = tempDir();
  const watch = new FlushWatch(dir.join("notes"));
  writeJson(watch.layer, dir.join("a.json"), { a: 1 });
  const path = dir.join("a.snap.h5");
  await writeEntries(path, sourceOf(sampleEntries()), metadata);
  await writeViewFiles(path, { layer: watch.layer });
  assertEquals(watch.problems, []);
  assertEquals(watch.left, []);
  assertEquals(watch.renames, 2);
});
