/** Files whose checksums match and whose content is hostile: one typed error, nothing changed, HDF5 usable afterwards. */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Model, readSnapshot, TimestashError } from "../../mod.ts";
import { writeEntries } from "../../src/archive/write_entries.ts";
import type { ReadDescription } from "../../src/deps/h5wasm.ts";
import { loadLibrary, noteSpoiled } from "../../src/snapshot/file/hdf5_library.ts";
import { SizeLimits } from "../../src/snapshot/file/size_limits.ts";
import { open } from "../../src/snapshot/snapshot.ts";
import { type TempDir, tempDir } from "../_helpers.ts";
import { craftedModel, hdf5Of, sealed } from "./_crafted.ts";
import { assertSameEntries, type Entries, metadata, sourceOf } from "./_entries.ts";

/** The entries of a model, as they are now. */
function entriesOf(model: Model): Entries {
  using token = model.saveState();
  const source = open(token);
  return new Map(Array.from(source.keys(), (key) => {
    const entry = source.get(key)!, data = entry.data?.slice() ?? null;
    return [key, { ...entry, data }] as const;
  }));
}

/** Loading is refused by one of the toolkit's errors, in both ways, and the model stays as it was. */
async function assertRefused(model: Model, path: string, what: string): Promise<void> {
  const before = entriesOf(model);
  for (const load of [() => model.loadState(path), () => Model.fromSnapshot(path)]) {
    const error = await load().then(() => null, (error) => error);
    assert(error instanceof TimestashError, `${what}: ${error}`);
    assertStringIncludes(error.message, path);
  }
  assertSameEntries(entriesOf(model), before);
}

type Edit = (entries: Entries) => void;

/** Changes one entry. */
function edit(
  key: string,
  change: (entry: NonNullable<ReturnType<Entries["get"]>>) => object,
): Edit {
  return (entries) => {
    const entry = entries.get(key);
    if (entry === undefined) throw new Error(`no ${key}`);
    entries.set(key, { ...entry, ...change(entry) });
  };
}

const swarm = "swarms/Swarm_0", mesh = "meshes/Mesh_0";
const ids = (change: (ids: BigInt64Array) => void): Edit =>
  edit(`${swarm}/ids`, ({ data }) => {
    change(data as BigInt64Array);
    return {};
  });
const attribute = (key: string, name: string, value: number | bigint | string): Edit =>
  edit(key, ({ attributes }) => ({ attributes: { ...attributes, [name]: value } }));

const hostile: Record<string, Edit> = {
  "a negative id": ids((ids) => ids[3] = -7n),
  "an id that occurs twice": ids((ids) => ids[3] = ids[9]),
  "ids in disorder, one twice": ids((ids) => ids.reverse()[3] = ids[9]),
  "an id that is still to come": ids((ids) => ids[3] = 1n << 60n),
  "a negative next id": attribute(swarm, "next_id", -5n),
  "a next id that is a text": attribute(swarm, "next_id", "x"),
  "a particle that is nowhere": edit(`${swarm}/coordinates`, ({ data }) => {
    data![5] = NaN;
    return {};
  }),
  "a negative count": attribute(swarm, "count", -1),
  "a count that does not fit": attribute(swarm, "count", 1e15),
  "nodes that are nowhere": edit(
    `${mesh}/coordinates`,
    ({ data }) => ({ data: new Float64Array(data!.length).fill(NaN) }),
  ),
  "cells of nodes that do not exist": edit(`${mesh}/topology/cells`, ({ data }) => ({
    data: new Int32Array(data!.length).fill(1e9),
  })),
  "a field of degree 9": attribute(`${mesh}/variables/T`, "degree", 9),
  "a formula that assigns": attribute("state/SymbolicDDt_0/psi", "text", "x = Deno.exit(7)"),
  "a formula that is too deep": attribute(
    "state/SymbolicDDt_0/psi",
    "text",
    "(".repeat(20_000) + "x" + ")".repeat(20_000),
  ),
  "a formula that is too long": attribute(
    "state/SymbolicDDt_0/psi",
    "text",
    "x+".repeat(200_000) + "x",
  ),
  "texts that are no list": attribute("state/own: texts/texts", "json", '{"a":1}'),
  "texts that are no JSON": attribute("state/own: texts/texts", "json", "{"),
  "a date that is none": attribute("state/own: texts/when", "iso", "yesterday"),
  "a tracker that is a list": edit("tracker", () => ({ kind: "list" })),
  "a record without keys": edit("tracker/nested", () => ({ keys: undefined })),
  "a record that is an array": edit("parameters", () => ({ kind: "array" })),
  "a record that is a formula": edit("random", () => ({ kind: "expression" })),
};

async function saved(dir: TempDir, change: Edit): Promise<string> {
  const entries = entriesOf(craftedModel());
  change(entries);
  const path = dir.join("hostile.snap.h5");
  await writeEntries(path, sourceOf(entries), metadata, { view: false });
  return path;
}

Deno.test("what an entry says is checked before anything is changed", async (t) => {
  using dir = tempDir();
  const model = craftedModel();
  const good = await model.saveState({ file: dir.join("good.snap.h5") });
  for (const [what, change] of Object.entries(hostile)) {
    await t.step(what, async () => assertRefused(model, await saved(dir, change), what));
  }
  await t.step("and nothing of it stays", async () => {
    model.tracker.time = 7;
    await model.loadState(good);
    assertEquals(model.tracker.time, 0.5);
  });
});

/** Texts of the file's structure, each replaced by one of the same length. */
const structure: Record<string, [was: RegExp, is: string]> = {
  "keys that are no JSON": [/\["meshes",/, "{"],
  "keys that are a number": [/\["meshes",[^\]]*\]/, "5"],
  "keys that are null": [/\["meshes",[^\]]*\]/, "null"],
  "keys that are a record": [/\["meshes",[^\]]*\]/, '{"length":3}'],
  "keys that are numbers": [/\["meshes",[^\]]*\]/, "[1,2,3]"],
  "keys that are lists": [/\["meshes",[^\]]*\]/, "[[[[[]]]]]"],
  "one key twice": [/\["meshes",[^\]]*\]/, '["tracker","tracker"]'],
  "keys that lead elsewhere": [/\["meshes",[^\]]*\]/, '["../../etc/passwd"]'],
  "a kind that does not exist": [/"kind":"record"/, '"kind":"banana"'],
  "a kind of every object": [/"kind":"record"/, '"kind":"keys"'],
  "a mark that is a list": [/\{"kind":"group",[^}]*\}/, "[]"],
  "a mark that is null": [/\{"kind":"group",[^}]*\}/, "null"],
  "a mark with keys that are a number": [/"keys":\["Mesh_0"\]/, '"keys":5'],
  "a mark with keys that are records": [/"keys":\["Mesh_0"\]/, '"keys":[{},{}]'],
  "a mark with negative extents": [/"kind":"array"/, '"shape":[-1]'],
};

Deno.test("lists of keys and marks that are something else are refused", async (t) => {
  using dir = tempDir();
  const model = craftedModel(), path = dir.join("hostile.snap.h5");
  await model.saveState({ file: path, view: false });
  const good = new TextDecoder("latin1").decode(hdf5Of(Deno.readFileSync(path)));
  for (const [what, [was, is]] of Object.entries(structure)) {
    await t.step(what, async () => {
      const text = good.replace(was, (found) => is.padEnd(found.length));
      assert(text !== good && text.length === good.length, "the text is in the file");
      const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
      Deno.writeFileSync(path, sealed(bytes));
      await assertRefused(model, path, what);
      await assertRejects(() => readSnapshot(path), TimestashError);
    });
  }
});

function described(shape: number[], more: object = {}): ReadDescription {
  const type = { type: 1, size: 8, signed: true, littleEndian: true, vlen: false, chunks: null };
  return { ...type, shape, total_size: 0, ...more };
}

Deno.test("sizes are compared with the length of the file before anything is allocated", () => {
  const limits = new SizeLimits(1000);
  limits.requireDataset("/a", described([100]), false);
  limits.requireDataset("/a", described([100]), false);
  assertThrows(() => limits.requireDataset("/b", described([100]), false), Error, "cannot hold");
  for (const shape of [[2 ** 60], [2 ** 40, 2 ** 15], [2 ** 29], [NaN]]) {
    for (const filtered of [false, true]) {
      const fresh = new SizeLimits(1000);
      assertThrows(() => fresh.requireDataset("/x", described(shape), filtered), Error, "hold");
    }
  }
  const elsewhere = described([1], { virtual_sources: [] });
  assertThrows(() => new SizeLimits(1000).requireDataset("/v", elsewhere, false), Error, "virtual");
  // Compressed numbers may be larger than their file.
  new SizeLimits(1000).requireDataset("/z", described([1 << 20]), true);
});

Deno.test("a copy of HDF5 that broke off is replaced by another one, which reads the next file", async () => {
  using dir = tempDir();
  const model = craftedModel();
  const path = await model.saveState({ file: dir.join("a.snap.h5") });
  const before = await loadLibrary();
  assert(!noteSpoiled(new Error("HDF5 could not read it")));
  assertEquals(await loadLibrary(), before);
  assert(noteSpoiled(new WebAssembly.RuntimeError("memory access out of bounds")));
  const after = await loadLibrary();
  assert(after.module !== before.module);
  await model.loadState(path);
  await model.saveState({ file: path, layout: "sidecars", compression: "gzip" });
  await model.loadState(path);
});
