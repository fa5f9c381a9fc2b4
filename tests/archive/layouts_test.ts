import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { SnapshotCorruptError, SnapshotFormatError } from "../../src/errors.ts";
import { dependentsOf } from "../../src/snapshot/file/dependents.ts";
import { denoLayer } from "../../src/snapshot/file/file_layer.ts";
import { consolidateFile, removeSnapshotFile } from "../../src/archive/manage.ts";
import { readMetadata, readWhole } from "../../src/archive/read_whole.ts";
import { verifySnapshot } from "../../src/archive/disk.ts";
import type { FileOptions } from "../../src/archive/file_options.ts";
import { writeEntries } from "../../src/archive/write_entries.ts";
import { tempDir } from "../_helpers.ts";
import { assertSameEntries, type Entries, metadata, sampleEntries, sourceOf } from "./_entries.ts";

const N = 100_000;
const sidecars: FileOptions = { layout: "sidecars" };

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

/** Bytes of all files below a folder. */
function bytesIn(folder: string): number {
  let bytes = 0;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    bytes += isDirectory ? bytesIn(path) : Deno.statSync(path).size;
  }
  return bytes;
}

/** The same entries, one number of the temperature changed. */
function changed(entries: Entries): Entries {
  const key = "meshes/Mesh_0/variables/T";
  const entry = entries.get(key)!;
  const data = (entry.data as Float64Array).slice();
  data[17] += 1;
  return new Map(entries).set(key, { ...entry, data });
}

Deno.test("sidecars: a file for each mesh and swarm, replaced by the next save, movable together", async () => {
  using dir = tempDir();
  const path = dir.join("step42.snap.h5"), bulk = dir.join("step42.snap.bulk");
  const entries = sampleEntries();
  await writeEntries(path, sourceOf(entries), metadata, sidecars);
  const first = names(bulk);
  assertEquals(first.map((name) => name.split(/[.~]/)[0]), [
    "mesh_Mesh_0",
    "mesh__mesh",
    "swarm_s",
  ]);
  await writeEntries(path, sourceOf(entries), metadata, sidecars);
  const second = names(bulk);
  assertEquals(second.length, 3);
  assertEquals(second.filter((name) => first.includes(name)), []);
  Deno.mkdirSync(dir.join("elsewhere"));
  Deno.renameSync(path, dir.join("elsewhere", "step42.snap.h5"));
  Deno.renameSync(bulk, dir.join("elsewhere", "step42.snap.bulk"));
  const moved = dir.join("elsewhere", "step42.snap.h5");
  assertSameEntries((await readWhole(moved)).entries, entries);
  await writeEntries(moved, sourceOf(entries), metadata);
  assertEquals(names(dir.join("elsewhere")), ["step42.snap.h5"]);
});

Deno.test("a missing folder of sidecars is reported with the place where it was expected", async () => {
  using dir = tempDir();
  const path = dir.join("a.snap.h5"), bulk = dir.join("a.snap.bulk");
  await writeEntries(path, sourceOf(sampleEntries()), metadata, sidecars);
  Deno.renameSync(bulk, dir.join("gone"));
  const error = await assertRejects(() => readWhole(path), SnapshotCorruptError, "missing");
  assertStringIncludes(error.message, bulk);
  const report = await verifySnapshot(path);
  assertEquals(report.ok, false);
  assertEquals((await readMetadata(path)).step, 42);
});

Deno.test("a sidecar that was exchanged or damaged is refused", async () => {
  using dir = tempDir();
  const a = dir.join("a.snap.h5"), b = dir.join("b.snap.h5");
  await writeEntries(a, sourceOf(sampleEntries(N)), metadata, sidecars);
  await writeEntries(b, sourceOf(changed(sampleEntries(N))), metadata, sidecars);
  const meshOf = (folder: string) =>
    dir.join(folder, names(dir.join(folder)).find((name) => name.startsWith("mesh_Mesh_0"))!);
  const own = meshOf("a.snap.bulk");
  const kept = Deno.readFileSync(own);
  Deno.copyFileSync(meshOf("b.snap.bulk"), own);
  await assertRejects(() => readWhole(a), SnapshotCorruptError, "not the file it was saved with");
  const damaged = kept.slice();
  damaged[damaged.length >> 1] ^= 1;
  Deno.writeFileSync(own, damaged);
  await assertRejects(() => readWhole(a), SnapshotCorruptError);
  assertEquals((await verifySnapshot(a)).ok, false);
  Deno.writeFileSync(own, kept);
  assertEquals((await verifySnapshot(a)).ok, true);
});

for (const options of [{}, sidecars]) {
  const layout = options.layout ?? "single";
  Deno.test(`with a base only what changed is written, and chains load: ${layout}`, async () => {
    using dir = tempDir();
    const paths = [0, 1, 2, 3].map((i) => dir.join(`step${i}.snap.h5`));
    const one = sampleEntries(N), two = changed(one), three = changed(two);
    await writeEntries(paths[0], sourceOf(one), metadata, options);
    const full = bytesIn(dir.path);
    await writeEntries(paths[1], sourceOf(one), metadata, { ...options, base: paths[0] });
    const unchanged = bytesIn(dir.path) - full;
    // Structure only: names and attributes of two meshes, a swarm and state.
    assert(unchanged < 600_000, `${unchanged} bytes for nothing new`);
    await writeEntries(paths[2], sourceOf(two), metadata, { ...options, base: paths[1] });
    await writeEntries(paths[3], sourceOf(three), metadata, { ...options, base: paths[2] });
    assertSameEntries((await readWhole(paths[1])).entries, one);
    assertSameEntries((await readWhole(paths[2])).entries, two);
    assertSameEntries((await readWhole(paths[3])).entries, three);
    assertEquals((await verifySnapshot(paths[3])).ok, true);
  });
}

Deno.test("a base that others need is neither deleted nor replaced until they are consolidated", async () => {
  using dir = tempDir();
  const base = dir.join("base.snap.h5"), next = dir.join("next.snap.h5");
  const one = sampleEntries(N), two = changed(one);
  await writeEntries(base, sourceOf(one), metadata);
  await writeEntries(next, sourceOf(two), metadata, { base });
  assertEquals(dependentsOf(denoLayer, base), [next]);
  await assertRejects(() => removeSnapshotFile(base), SnapshotFormatError, next);
  await assertRejects(() => writeEntries(base, sourceOf(two), metadata), SnapshotFormatError, next);
  await assertRejects(
    () => writeEntries(base, sourceOf(two), metadata, { base }),
    RangeError,
    "another file",
  );
  // By hand: the error says what is missing, and where it was.
  Deno.renameSync(base, dir.join("moved"));
  await assertRejects(() => readWhole(next), SnapshotCorruptError, base);
  Deno.renameSync(dir.join("moved"), base);
  await consolidateFile(next);
  assertEquals(dependentsOf(denoLayer, base), []);
  await removeSnapshotFile(base);
  assertSameEntries((await readWhole(next)).entries, two);
  assertEquals((await readMetadata(next)).sim_time, metadata.sim_time);
});

Deno.test("removing a snapshot takes its sidecars with it", async () => {
  using dir = tempDir();
  const path = dir.join("a.snap.h5");
  await writeEntries(path, sourceOf(sampleEntries()), metadata, sidecars);
  await removeSnapshotFile(path);
  assertEquals(names(dir.path), []);
  await assertRejects(() => removeSnapshotFile(path), Deno.errors.NotFound);
});
