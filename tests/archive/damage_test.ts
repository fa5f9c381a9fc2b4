import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { SnapshotCorruptError, SnapshotFormatError, TimestashError } from "../../src/errors.ts";
import { readMetadata, readWhole } from "../../src/archive/read_whole.ts";
import { encodeTail } from "../../src/snapshot/file/trailer.ts";
import { verifySnapshot } from "../../src/archive/disk.ts";
import { writeEntries } from "../../src/archive/write_entries.ts";
import { fc } from "../_fast_check.ts";
import { tempDir } from "../_helpers.ts";
import { assertSameEntries, metadata, sampleEntries, sourceOf } from "./_entries.ts";

Deno.test("any single flipped bit: refused with a typed error, or exactly the saved data (property)", async () => {
  using dir = tempDir();
  const path = dir.join("a.h5"), flipped = dir.join("b.h5");
  const entries = sampleEntries();
  entries.delete("state/b");
  await writeEntries(path, sourceOf(entries), metadata);
  const bytes = Deno.readFileSync(path);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.integer({ min: 0, max: bytes.length - 1 }),
        fc.integer({ min: bytes.length - 64, max: bytes.length - 1 }),
      ),
      fc.integer({ min: 0, max: 7 }),
      async (at, bit) => {
        const copy = bytes.slice();
        copy[at] ^= 1 << bit;
        Deno.writeFileSync(flipped, copy);
        try {
          assertSameEntries((await readWhole(flipped)).entries, entries);
        } catch (error) {
          assert(error instanceof TimestashError, String(error));
          assertStringIncludes(error.message, flipped);
        }
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("a file cut short anywhere is refused as damaged", async () => {
  using dir = tempDir();
  const path = dir.join("a.h5");
  await writeEntries(path, sourceOf(sampleEntries()), metadata);
  const bytes = Deno.readFileSync(path);
  for (const length of [bytes.length - 1, bytes.length - 64, bytes.length >> 1, 3000]) {
    Deno.writeFileSync(path, bytes.subarray(0, length));
    const error = await assertRejects(() => readWhole(path), SnapshotCorruptError);
    assertEquals(error.path, path);
    assertStringIncludes(error.message, "cut short");
  }
  Deno.writeFileSync(path, bytes);
  Deno.writeFileSync(path, Uint8Array.of(0), { append: true });
  await assertRejects(() => readWhole(path), SnapshotCorruptError);
});

Deno.test("what is not a snapshot has an error of its own, with the path", async (t) => {
  using dir = tempDir();
  const path = dir.join("a.h5");
  const cases: [string, Uint8Array, string][] = [
    ["empty", new Uint8Array(0), "empty"],
    ["text", new TextEncoder().encode("hello\n".repeat(50)), "not even an HDF5 file"],
    ["tiny", Uint8Array.of(1), "not even an HDF5 file"],
    ["foreign", foreignHdf5(), "not a snapshot"],
  ];
  for (const [name, bytes, words] of cases) {
    await t.step(name, async () => {
      Deno.writeFileSync(path, bytes);
      for (const call of [readWhole, readMetadata, verifySnapshot]) {
        const error = await assertRejects(() => call(path), SnapshotFormatError, words);
        assertEquals(error.path, path);
      }
    });
  }
  await t.step("a folder", async () => {
    await assertRejects(() => readWhole(dir.path), SnapshotFormatError, "is a folder");
  });
  await t.step("nothing there", async () => {
    const missing = dir.join("none.h5");
    const error = await assertRejects(() => readWhole(missing), Deno.errors.NotFound, missing);
    assertStringIncludes(error.message, "check the path");
  });
  await t.step("not a path", async () => {
    await assertRejects(() => readWhole(""), TypeError);
    await assertRejects(() => readWhole(new URL("https://example.org/a.h5")), TypeError);
  });
});

/** The beginning of an HDF5 file that another program wrote. */
function foreignHdf5(): Uint8Array {
  const bytes = new Uint8Array(2048);
  bytes.set([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);
  return bytes;
}

Deno.test("a newer schema is refused by name", async () => {
  using dir = tempDir();
  const path = dir.join("a.h5");
  await writeEntries(path, sourceOf(sampleEntries()), metadata);
  const bytes = Deno.readFileSync(path);
  const view = new DataView(bytes.buffer, bytes.length - 64);
  const length = Number(view.getBigUint64(16, true));
  const text = bytes.subarray(length, bytes.length - 64);
  const manifest = JSON.parse(new TextDecoder().decode(text));
  const tail = encodeTail(length, { ...manifest, schemaVersion: 7 });
  const newer = new Uint8Array(length + tail.bytes.length);
  newer.set(bytes.subarray(0, length));
  newer.set(tail.bytes, length);
  Deno.writeFileSync(path, newer);
  await assertRejects(() => readWhole(path), SnapshotFormatError, "schema version 7");
});

Deno.test("verifySnapshot names the damaged dataset, large or small", async () => {
  using dir = tempDir();
  const path = dir.join("a.h5");
  const entries = sampleEntries(100_000);
  await writeEntries(path, sourceOf(entries), metadata);
  assertEquals(await verifySnapshot(path), {
    path,
    ok: true,
    damaged: [],
    problems: [],
    files: [path],
    bytes: (await verifySnapshot(path)).bytes,
  });
  const sound = Deno.readFileSync(path);
  const flipInside = (data: ArrayBufferView) => {
    const bytes = sound.slice();
    bytes[find(bytes, data) + 5] ^= 4;
    Deno.writeFileSync(path, bytes);
  };
  flipInside(entries.get("meshes/Mesh_0/variables/T")!.data!);
  const large = await verifySnapshot(path);
  assertEquals(large.damaged.length, 1);
  const error = await assertRejects(() => readWhole(path), SnapshotCorruptError);
  assertEquals(error.datasets, large.damaged);
  flipInside(entries.get("state/cube")!.data!);
  assertEquals((await verifySnapshot(path)).damaged, ["/state/cube"]);
  Deno.writeFileSync(path, sound.subarray(0, sound.length - 100));
  const cut = await verifySnapshot(path);
  assertEquals(cut.ok, false);
  assertEquals(cut.damaged, []);
});

/** Where the bytes of `data` begin. */
function find(bytes: Uint8Array, data: ArrayBufferView): number {
  const wanted = new Uint8Array(data.buffer, data.byteOffset, 64);
  for (let at = 0; at < bytes.length - 64; at++) {
    let i = 0;
    while (i < 64 && bytes[at + i] === wanted[i]) i++;
    if (i === 64) return at;
  }
  throw new Error("not in the file");
}
