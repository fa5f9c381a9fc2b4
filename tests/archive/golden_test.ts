/**
 * Files written by released versions load for ever. They were made by
 * `deno run --allow-read --allow-write tests/archive/make_golden.ts`, once; never make them again.
 */
import { assert, assertEquals } from "@std/assert";
import { readMetadata, readWhole } from "../../src/archive/read_whole.ts";
import { verifySnapshot } from "../../src/archive/disk.ts";
import { assertSameEntries } from "./_entries.ts";
import { goldenEntries, goldenMetadata } from "./_golden.ts";

for (const name of ["v1.snap.h5", "v1_sidecars.snap.h5", "v1_gzip.snap.h5", "v1_changed.snap.h5"]) {
  Deno.test(`a file written by version 1 loads: ${name}`, async () => {
    const path = new URL(`../data/snapshots/${name}`, import.meta.url);
    const { entries } = await readWhole(path);
    assertSameEntries(entries, goldenEntries(name === "v1_changed.snap.h5"));
    const metadata = await readMetadata(path);
    for (const [key, value] of Object.entries(goldenMetadata)) {
      assert(Object.is(metadata[key], value), key);
    }
    assertEquals((await verifySnapshot(path)).ok, true);
  });
}
