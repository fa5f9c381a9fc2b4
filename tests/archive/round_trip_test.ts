import { assert, assertEquals } from "@std/assert";
import { readMetadata, readWhole } from "../../src/archive/read_whole.ts";
import type { FileOptions } from "../../src/archive/file_options.ts";
import { writeEntries } from "../../src/archive/write_entries.ts";
import { fc } from "../_fast_check.ts";
import { tempDir } from "../_helpers.ts";
import {
  assertSameEntries,
  type Entries,
  group,
  layerWith,
  metadata,
  sampleEntries,
  sourceOf,
} from "./_entries.ts";

const layouts: Record<string, FileOptions> = {
  "one file": {},
  "sidecars": { layout: "sidecars" },
  "gzip": { compression: "gzip" },
  "sidecars with gzip": { layout: "sidecars", compression: "gzip" },
};

for (const [name, options] of Object.entries(layouts)) {
  Deno.test(`every kind of entry comes back to the last bit: ${name}`, async () => {
    using dir = tempDir();
    const path = dir.join("step42.snap.h5");
    const entries = sampleEntries();
    assertEquals(await writeEntries(path, sourceOf(entries), metadata, options), path);
    const staged = await readWhole(path);
    assertSameEntries(staged.entries, entries);
    assertSameEntries((await readWhole(path, { verify: false })).entries, entries);
  });
}

Deno.test("metadata comes back, lists decoded under their plain names", async () => {
  using dir = tempDir();
  const path = dir.join("a.h5");
  await writeEntries(path, sourceOf(new Map()), metadata);
  const found = await readMetadata(path);
  assertEquals(found, { schema_version: 1, ...metadata, mesh_names: ["Mesh_0"] });
  assert(Object.is(found.sim_time, 0.1 + 0.2));
});

Deno.test("a large dataset goes straight to the disk and back, whatever pieces the system takes", async () => {
  using dir = tempDir();
  const path = dir.join("a.h5");
  const data = new Float64Array(300_000);
  crypto.getRandomValues(new Uint8Array(data.buffer, 0, 65536));
  data[299_999] = 1;
  const entries: Entries = new Map([
    ["a", { kind: "array", data, shape: [100_000, 3], attributes: {} }],
    // A view into a larger buffer.
    ["b", { kind: "array", data: data.subarray(7, 200_007), shape: [200_000], attributes: {} }],
    ["c", {
      kind: "array",
      data: new Uint8Array(400_001).fill(7),
      shape: [400_001],
      attributes: {},
    }],
  ]);
  for (const layer of [undefined, layerWith(() => {}, true)]) {
    await writeEntries(path, sourceOf(entries), metadata, { layer });
    assertSameEntries((await readWhole(path)).entries, entries);
    assertSameEntries((await readWhole(path, { verify: false })).entries, entries);
  }
});

Deno.test("arrays over shared memory are written", async () => {
  using dir = tempDir();
  const path = dir.join("a.h5");
  const data = new Float64Array(new SharedArrayBuffer(8 * 50_000)).fill(3);
  const shared = data as unknown as Float64Array<ArrayBuffer>;
  const entries: Entries = new Map([
    ["a", { kind: "array", data: shared, shape: [50_000], attributes: {} }],
    ["b", { kind: "array", data: shared.subarray(0, 10), shape: [10], attributes: {} }],
  ]);
  await writeEntries(path, sourceOf(entries), metadata);
  assertSameEntries((await readWhole(path)).entries, entries);
});

Deno.test("a record of thousands of fields, and thousands of entries", async () => {
  using dir = tempDir();
  const path = dir.join("a.h5");
  const names = Array.from({ length: 3000 }, (_, i) => `field_${i}`);
  const values = Object.fromEntries(names.map((name, i) => [name, i % 2 ? -i / 7 : `text ${i}`]));
  const entries: Entries = new Map([["r", { ...group(values, names), kind: "record" }]]);
  for (let i = 0; i < 300; i++) {
    entries.set(`r/${i}`, {
      kind: "array",
      data: Float64Array.of(i),
      shape: [1],
      attributes: { i },
    });
  }
  await writeEntries(path, sourceOf(entries), metadata);
  assertSameEntries((await readWhole(path)).entries, entries);
});

Deno.test("any text, number, name and shape comes back (property)", async () => {
  using dir = tempDir();
  const path = dir.join("a.h5");
  const text = fc.string({ unit: "binary", maxLength: 12 });
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 })
    .map((codes) => String.fromCharCode(...codes));
  const scalar = fc.oneof(
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
    text,
    units,
  );
  const name = fc.oneof(text, units);
  const entry = fc.record({
    attributes: fc.dictionary(name, scalar, { noNullPrototype: true, maxKeys: 5 }),
    data: fc.option(fc.array(fc.double(), { maxLength: 6 })),
  });
  const model = fc.uniqueArray(fc.tuple(name, entry), { selector: ([key]) => key, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(model, async (list) => {
      const entries: Entries = new Map(list.map(([key, { attributes, data }]) => [
        `state/${key.replaceAll("%", "%25").replaceAll("/", "%2F")}`,
        data === null ? group(attributes) : {
          kind: "array",
          data: Float64Array.from(data),
          shape: [data.length, 1],
          attributes,
        },
      ]));
      await writeEntries(path, sourceOf(entries), {});
      assertSameEntries((await readWhole(path)).entries, entries);
    }),
    { numRuns: 40 },
  );
});
