/** Saving and loading the sample entries by path. @module */
import { assertEquals } from "@std/assert";
import type { FileOptions } from "../../src/archive/file_options.ts";
import { readWhole } from "../../src/archive/read_whole.ts";
import { verifySnapshotSync } from "../../src/archive/verify_snapshot.ts";
import { writeEntries } from "../../src/archive/write_entries.ts";
import { assertSameEntries, type Entries, metadata, sampleEntries, sourceOf } from "./_entries.ts";

/** The layout in which files can be lost. */
export const sidecars: FileOptions = { layout: "sidecars" };

/** The number of elements of large entries. */
export const N = 2000;

/** Saves entries; resolves to the path. */
export async function save(
  path: string,
  options: FileOptions = {},
  entries: Entries = sampleEntries(N),
): Promise<string> {
  return await writeEntries(path, sourceOf(entries), metadata, options);
}

/** Asserts that a file has exactly these entries, and no fault. */
export async function assertLoads(
  path: string,
  entries: Entries = sampleEntries(N),
): Promise<void> {
  assertSameEntries((await readWhole(path)).entries, entries);
  assertEquals(verifySnapshotSync(path).problems, []);
}

/** The names in a folder, sorted. */
export function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}
