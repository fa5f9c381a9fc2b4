/** Writes the files of tests/data/snapshots; run once for each version of the format. */
import { writeEntries } from "../../src/archive/write_entries.ts";
import { sourceOf } from "./_entries.ts";
import { goldenEntries, goldenMetadata } from "./_golden.ts";

const folder = new URL("../data/snapshots/", import.meta.url);
Deno.mkdirSync(folder, { recursive: true });
const at = (name: string) => new URL(`${name}.snap.h5`, folder);
const entries = sourceOf(goldenEntries());
await writeEntries(at("v1"), entries, goldenMetadata);
await writeEntries(at("v1_sidecars"), entries, goldenMetadata, { layout: "sidecars" });
await writeEntries(at("v1_gzip"), entries, goldenMetadata, { compression: "gzip" });
const changed = sourceOf(goldenEntries(true));
await writeEntries(at("v1_changed"), changed, goldenMetadata, { base: at("v1") });
